"""Entries for the tests of notifications."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.trail import Action, Entry, Outcome
from tests.fakes import NOON

END, EARLIER, LATER = "2026-12-24T12:00:00Z", "2026-11-27T12:00:00Z", "2027-03-01T00:00:00Z"
GONE, NOW = "2026-11-20T12:00:00Z", "2026-11-24T12:00:00Z"
REFUSED = Outcome.REFUSED


def entry(action: Action, details: dict[str, str] | None = None, **facts: Any) -> Entry:
    """Return an entry by lena, unless `facts` name another actor."""
    defaults = {"id": "5d2f8a0c4e917b36", "at": NOON, "actor": "lena", "outcome": Outcome.DONE}
    return Entry(action=action, details=details or {}, **(defaults | facts))


A = Action
ALICES: dict[str, Any] = {"subject": "alice"}
ACMES: dict[str, Any] = {"engagement": "acme-prod"}
HERS: dict[str, Any] = {**ACMES, **ALICES}
READONLY: dict[str, Any] = {**ACMES, "role": "readonly"}
USED = {"because": "used", "token": "0a" * 6, "used_at": GONE, "used_from": "203.0.113.7"}
SPAN = {"starts_at": NOW, "ends_at": END}
FAILED = {"passed": "false", "failed": "no-external-id wrong-external-id", "causes": ""}
WHY = {"why": "AWS did not answer every probe, or the role was changed meanwhile."}
CANNOT_ASSUME = {
    "passed": "false",
    "failed": "right-external-id",
    "causes": "external-id principal",
}
NOT_VENDED = (
    "Daypass gives no session from this role until it passes a check, or a lead overrides the"
    " check."
)
SUSPENDED = "All their tokens and codes are now invalid, and they get no more sessions."
OPEN_DOOR = (
    "Daypass can assume the role WITHOUT an external ID. Possible causes: the condition on"
    " sts:ExternalId is missing, uses IfExists, or is not in every statement that allows"
    " sts:AssumeRole. A condition on the source identity, tags or session name is no substitute."
)
REOPENED = {"ends_at": END, "former_ends_at": GONE, "reopened": "true"}
OWN_GRANT = f"lena granted themselves access to acme-prod: roles readonly, from {NOW} until {END}."


def row(entry: Entry, title: str, text: str, *alerts: str) -> tuple[Entry, str, str, list[str]]:
    """Return an entry with the expected title, text and alerts."""
    return entry, title, text, list(alerts)
