"""Take the values of sentences from trail entries, and format them for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from chalicelib.domain.moments import describe_duration, utc_text
from chalicelib.domain.notifications.message import (
    LONGEST_TEXT,
    clean_text,
    format_actor,
    format_names,
)
from chalicelib.domain.notifications.requests import DURATION_FIELDS, POLICY_FIELDS
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.trail import Action, Entry
from chalicelib.domain.vending.cut_off.cut_offs import CutOffProblem
from chalicelib.domain.vending.cut_off.view import PROBLEM_TEXTS
from chalicelib.domain.verification.cut_off_report import CUT_OFF_CHECKS
from chalicelib.domain.verification.findings import CAUSES, CHECKS

_FIELDS: Mapping[str, str] = {
    "account_id": "AWS account",
    "agents": "access of agents",
    "allows_chaining": "sessions may assume further roles",
    "allows_links": "allows access links",
    "arn": "ARN",
    "boundary_arn": "permissions boundary",
    "client": "client",
    "cut_off": "cut-off method",
    "duration": "duration",
    "email": "e-mail address",
    "emergency": "roles in an emergency",
    "ends_at": "end",
    "external_id": "external ID",
    "external_id_imported": "external ID from an AWS profile",
    "kind": "kind",
    "label": "label",
    "makes_boundary": "the client creates a permissions boundary",
    "max_session": "longest session",
    "max_session_duration": "the IAM role's longest session",
    "name": "name",
    "next_external_id": "next external ID",
    "on_request": "roles on request",
    "permissions": "permissions",
    "requires_client_approval": "needs the client's approval",
    "requires_reason": "requires a reason",
    "roles": "roles",
    "starts_at": "start",
}
"""The fields whose changes a sentence mentions, in words that a value can follow. A change of an
approval policy has those of `POLICY_FIELDS`."""
_DURATIONS = DURATION_FIELDS | {"duration", "max_session", "max_session_duration"}
"""The fields whose values are seconds."""
_WORDS = {"true": "yes", "false": "no", "": "none"}
_FORMER = "former_"
_ENTRY_FIELDS = frozenset(Entry.__struct_fields__) - {"details"}


def find_value(entry: Entry, name: str) -> str:
    """Return the entry's value of this name: a value that this function derives, a field or a
    detail. Return "" if the entry has none."""
    derive = _DERIVED.get(name)
    if derive is not None:
        return derive(entry)
    field = getattr(entry, name) if name in _ENTRY_FIELDS else ""
    return entry.detail(name) or str(field)


def _begin_with_actor(entry: Entry) -> str:
    actor = format_actor(entry.actor)
    return actor if actor == clean_text(entry.actor) else actor[0].upper() + actor[1:]


def _name_owner(entry: Entry) -> str:
    return f"{_name_member(entry)}'s" if entry.subject else "their own"


def _name_member(entry: Entry) -> str:
    return format_actor(entry.subject or entry.actor)


def _name_other(entry: Entry) -> str:
    return format_actor(entry.subject) if entry.subject else "themself"


def _name_engagement(entry: Entry) -> str:
    """Return the engagement's ID. In a refusal it can be one that does not exist."""
    return entry.engagement or entry.detail("asked_for") or "an engagement"


def _name_target(entry: Entry) -> str:
    """Return the role as `engagement/role`, or the engagement if the entry has no role."""
    engagement = _name_engagement(entry)
    return f"{engagement}/{entry.role}" if entry.role else engagement


def find_reason_text(reason: str) -> str:
    """Return the sentence for a reason's code. Empty if this version does not know the code."""
    text = next((each.text(Surface.SHELL) for each in Reason if each == reason), "")
    return text or next((PROBLEM_TEXTS[each] for each in CutOffProblem if each == reason), "")


def _describe_reason(entry: Entry) -> str:
    """Return the entry's reason with its sentence, if this version has one."""
    text = find_reason_text(entry.reason)
    return f"“{text}” ({entry.reason})" if text else clean_text(entry.reason)


def _list_changes(entry: Entry) -> str:
    """Return the changed fields, such as `end: 27 November 2026, 18:00 UTC (before: …)`."""
    fields = POLICY_FIELDS if entry.action is Action.APPROVAL_POLICY_CHANGE else _FIELDS
    names = dict.fromkeys(name.removeprefix(_FORMER) for name in entry.details)
    changes = (
        f"{fields[name]}: {_describe_change(entry, name)}" for name in names if name in fields
    )
    return "; ".join(changes)


def _describe_change(entry: Entry, name: str) -> str:
    new = _describe_field(name, entry.details.get(name, ""))
    former = entry.details.get(_FORMER + name)
    before = "" if former is None else f" (before: {_describe_field(name, former)})"
    return f"{new}{before}"


def _describe_field(name: str, text: str) -> str:
    if name in _DURATIONS and text:
        return _format_duration(text)
    return _WORDS.get(text) or _format_time(text)


_DERIVED: Mapping[str, Callable[[Entry], str]] = {
    "by": _begin_with_actor,
    "actor": lambda entry: format_actor(entry.actor),
    "member": _name_member,
    "other": _name_other,
    "owner": _name_owner,
    "engagement": _name_engagement,
    "target": _name_target,
    "reason": _describe_reason,
    "changes": _list_changes,
}


def _format_time(text: str) -> str:
    """Return the time for people. Return other text as it is, on one line."""
    try:
        return utc_text(datetime.fromisoformat(text)) if "T" in text else clean_long(text)
    except (ValueError, OverflowError):
        return clean_long(text)


def _format_duration(text: str) -> str:
    return describe_duration(int(text)) if text.isdecimal() and len(text) < 10 else clean_long(text)


def _format_checks(text: str) -> str:
    """Return the sentences for the failed parts of a check that this version knows."""
    return " ".join(CHECKS[check].failed for check in CHECKS if check in text.split())


def _format_cut_off_checks(text: str) -> str:
    failed = text.split()
    return " ".join(CUT_OFF_CHECKS[check].failed for check in CUT_OFF_CHECKS if check in failed)


def _format_causes(text: str) -> str:
    return " ".join(CAUSES[cause].message for cause in CAUSES if cause in text.split()[:1])


def clean_long(text: str) -> str:
    """Return the text on one line, cut to 200 characters."""
    return clean_text(text, LONGEST_TEXT)


FORMATS: Mapping[str, Callable[[str], str]] = {
    "": clean_long,
    "actor": format_actor,
    "time": _format_time,
    "names": format_names,
    "duration": _format_duration,
    "checks": _format_checks,
    "causes": _format_causes,
    "cutoffchecks": _format_cut_off_checks,
    "whole": lambda text: text,
}
"""The formats of values, by their name in templates."""
