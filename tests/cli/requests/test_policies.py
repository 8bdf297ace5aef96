"""`daypass approvals`, `approvers`, `client-approval` and `grant`, with roles on request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.samples import APPROVER, BEGIN, END, GRANT, POLICY
from tests.cli.transcript import Transcript

ACME = "/v1/engagements/acme-prod"
POLICY_PATH = f"{ACME}/approval-policy"
NOBODY: dict[str, Any] = {
    **POLICY,
    "leads": False,
    "members": [],
    "people": 0,
    "client": False,
    "sensitive": False,
    "first_approver": None,
    "ticket_pattern": None,
    "ticket_url": None,
    "notify_client_of_emergencies": False,
}
pytestmark = pytest.mark.golden


def test_a_policy_in_words(terminal: Transcript) -> None:
    terminal.type("approvals", "acme-prod")
    terminal.type("approvals", "acme-prod/deploy")
    for changes in (
        {},
        {"leads": True, "people": 1},
        {"leads": True, "people": 2},
        {"members": ["bob"], "people": 1},
        {"members": ["bob", "carol"], "people": 2},
        {"members": ["bob", "carol", "dan"], "people": 2},
        {"leads": True, "members": ["bob"], "people": 2},
        {"client": True},
        {"leads": True, "people": 1, "client": True},
    ):
        terminal.note(f"nobody but {changes}", {POLICY_PATH: {**NOBODY, **changes}})
        terminal.type("approvals", "acme-prod")
    names = {"readonly": None, "deploy": None, "audit": BEGIN}
    roles = [{"name": name, "ended_at": ended_at} for name, ended_at in names.items()]
    own = {**NOBODY, "role": "deploy", "leads": True, "people": 1}
    answers = {f"{ACME}/roles": {"roles": roles, "cursor": None}, POLICY_PATH: NOBODY}
    answers[f"{ACME}/roles/deploy/approval-policy"] = own
    terminal.note("deploy has a policy of its own, and audit has ended", answers)
    terminal.type("approvals", "acme-prod")
    terminal.hold("approvals")


def test_a_change_of_a_policy(terminal: Transcript) -> None:
    terminal.type("approvals", "acme-prod/deploy", "--people", "2", "--no-client")
    terminal.type("approvals", "acme-prod", "--by", "none", "--yes")
    for members in ("bob carol", "bob,", "a/b", "Bob"):
        terminal.type("approvals", "acme-prod", "--by", members, "--yes")
    terminal.note("nobody approves", {POLICY_PATH: NOBODY})
    for words in (
        ("--by-leads",),
        ("--by", "bob, carol", "--people", "2"),
        ("--client",),
        ("--nobody",),
        ("--sensitive", "--no-client"),
        ("--answer-within", "30m", "--longest", "1d"),
        ("--ticket", "OPS-#", "--ticket-url", "https://t.example/{ticket}"),
        ("--first", "bob", "--others-after", "10m"),
        ("--tell-client",),
    ):
        terminal.type("approvals", "acme-prod", *words, "--yes")
    terminal.hold("approvals-changed")


def test_the_clients_approvers(terminal: Transcript) -> None:
    name = (
        "approvers",
        "acme-prod",
        "name",
        "jo",
        "--name",
        "Jo Doe",
        "--email",
        "jo@acme.example",
    )
    why = ("--because", "left Acme", "--yes")
    contact = {**APPROVER, "id": "ann", "is_contact": True, "revoked_at": END}
    approvers = {"approvers": [APPROVER, contact], "cursor": None}
    terminal.note("there are an approver and a revoked contact", {f"{ACME}/approvers": approvers})
    terminal.type("approvers", "acme-prod")
    for words in ((), ("--yes",), ("--contact",), ("--contact", "--yes")):
        terminal.type(*name, *words)
    for wrong in (("name",), ("link",), ("name", "jo", "--name", "Jo"), ("revoke", "jo")):
        terminal.type("approvers", "acme-prod", *wrong, "--yes")
    terminal.type("approvers", "acme-prod", "link", "jo", "--yes")
    terminal.type("approvers", "acme-prod", "revoke", "jo", *why)
    for words in ((), ("--yes",)):
        terminal.type("client-approval", "acme-prod", "--because", "as agreed", *words)
    none: dict[str, Any] = {"approvers": [], "cursor": None}
    message = "The revocation is in force. No session is alive."
    ended = {"message": message, "cut_offs": [], "cut_off_count": 0, "cut_offs_missing": False}
    answers = {f"{ACME}/approvers": none}
    answers[f"{ACME}/approvers/jo/revoke"] = {**APPROVER, "ended": ended}
    terminal.note("there is no approver, and no session", answers)
    terminal.type("approvers", "acme-prod")
    terminal.type("approvers", "acme-prod", "revoke", "jo", *why)
    terminal.hold("approvers")


def test_a_new_grant(terminal: Transcript) -> None:
    over = {**GRANT, "roles": ["deploy"], "ends_at": GRANT["starts_at"]}
    for text, grants in (("bob has no grant", []), ("bob has a grant that is over", [over])):
        terminal.note(text, {f"{ACME}/grants": {**GRANT, "grants": grants, "cursor": None}})
        terminal.type("grant", "bob", "acme-prod", "readonly", "--yes")
        terminal.type("grant", "bob", "acme-prod", "readonly", "--on-request", "deploy", "--yes")
        terminal.type("grant", "bob", "acme-prod", "--emergency", "deploy", "--yes")
        terminal.type("grant", "bob", "acme-prod", "--yes")
    terminal.hold("grant")


def test_a_grant_keeps_what_is_not_named_and_shows_before_and_after(terminal: Transcript) -> None:
    terminal.type("grant", "bob", "acme-prod", "readonly")
    terminal.type("grant", "bob", "acme-prod", "--remove", "readonly", "--yes")
    grant = {**GRANT, "roles": ["readonly", "deploy", "admin"], "ends_at": "2035-01-01T00:00:00Z"}
    grant |= {"on_request": ["deploy", "admin"], "emergency": ["admin"]}
    listed = {"grants": [grant], "cursor": None}
    answers = {f"{ACME}/grants": listed, "/v1/members/bob/grants": listed}
    terminal.note("two of bob's three roles are on request", answers)
    for words in (
        ("audit",),
        ("--until", "2035-12-30"),
        ("deploy",),
        ("--on-request", "readonly", "--on-request", "admin"),
        ("--remove", "admin"),
    ):
        terminal.type("grant", "bob", "acme-prod", *words, "--yes")
    terminal.type("access", "bob")
    terminal.hold("grant-changed")
