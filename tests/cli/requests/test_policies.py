"""`daypass approvals`, `approvers` and `client-approval`, and grants with roles on request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.samples import APPROVER, BEGIN, END, GRANT, POLICY, REVIEWED_GRANT
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine

ACME = "/v1/engagements/acme-prod"
NOBODY = {
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


def sent(broker: ScriptedBroker, method: str) -> list[tuple[str, Any]]:
    return [(path, body) for done, path, _, body in broker.requests if done == method]


def test_a_policy_in_a_few_lines(machine: Machine) -> None:
    assert machine.type("approvals", "acme-prod").out == (
        "Requests for acme-prod, each role without a policy of its own:\n"
        "  approved by  one of: a lead, bob or carol, and the client\n"
        "  answer       within 1 h\n"
        "  longest      8 h\n"
        "  sensitive    not by a button in Slack\n"
        "  first        bob, and the others after 10 min\n"
        "  ticket       OPS-# at https://tickets.example.com/{ticket}\n"
        "  emergency    the client hears of each\n"
    )


def test_a_role_with_a_policy_of_its_own_is_shown_below_the_engagements(
    machine: Machine, broker: ScriptedBroker
) -> None:
    names = {"readonly": None, "deploy": None, "audit": BEGIN}
    roles = [{"name": name, "ended_at": ended_at} for name, ended_at in names.items()]
    broker.answers[f"{ACME}/roles"] = 200, {"roles": roles, "cursor": None}
    broker.answers[f"{ACME}/approval-policy"] = 200, NOBODY
    own = {**NOBODY, "role": "deploy", "leads": True, "people": 1}
    broker.answers[f"{ACME}/roles/deploy/approval-policy"] = 200, own
    assert machine.type("approvals", "acme-prod").out == (
        "Requests for acme-prod, each role without a policy of its own:\n"
        "  approved by  no one: a request for access is refused\n"
        "Requests for acme-prod/deploy, which has a policy of its own:\n"
        "  approved by  a lead\n"
        "  answer       within 1 h\n"
        "  longest      8 h\n"
    )


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "no one: a request for access is refused"),
        ({"leads": True, "people": 1}, "a lead"),
        ({"leads": True, "people": 2}, "two leads"),
        ({"members": ["bob"], "people": 1}, "one of: bob"),
        ({"members": ["bob", "carol"], "people": 2}, "bob and carol"),
        ({"members": ["bob", "carol", "dan"], "people": 2}, "two of: bob, carol or dan"),
        ({"leads": True, "members": ["bob"], "people": 2}, "two of: a lead or bob"),
        ({"client": True}, "the client"),
        ({"leads": True, "people": 1, "client": True}, "a lead, and the client"),
    ],
)
def test_the_approvers_in_words(
    machine: Machine, broker: ScriptedBroker, changes: dict[str, Any], text: str
) -> None:
    broker.answers[f"{ACME}/approval-policy"] = 200, {**NOBODY, **changes}
    assert f"  approved by  {text}\n" in machine.type("approvals", "acme-prod").out


@pytest.mark.parametrize(("role", "note"), [("", " (as for all of acme-prod)"), ("deploy", "")])
def test_the_policy_of_a_role_says_if_it_is_the_engagements(
    machine: Machine, broker: ScriptedBroker, role: str, note: str
) -> None:
    broker.answers[f"{ACME}/roles/deploy/approval-policy"] = 200, {**POLICY, "role": role}
    first = machine.type("approvals", "acme-prod/deploy").out.splitlines()[0]
    assert first == f"Requests for acme-prod/deploy{note}:"


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (("--by-leads",), {"leads": True, "people": 1}),
        (("--by", "bob, carol", "--people", "2"), {"members": ["bob", "carol"], "people": 2}),
        (("--client",), {"client": True}),
        (("--nobody",), {"leads": False, "members": [], "people": 0, "client": False}),
        (("--sensitive", "--no-client"), {"sensitive": True, "client": False}),
        (
            ("--answer-within", "30m", "--longest", "1d"),
            {"answer_within": 1800, "longest": 86_400},
        ),
        (
            ("--ticket", "OPS-#", "--ticket-url", "https://t.example/{ticket}"),
            {"ticket_pattern": "OPS-#", "ticket_url": "https://t.example/{ticket}"},
        ),
        (
            ("--first", "bob", "--others-after", "10m"),
            {"first_approver": "bob", "others_after": 600},
        ),
        (("--tell-client",), {"notify_client_of_emergencies": True}),
    ],
)
def test_the_words_become_a_change(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], body: dict[str, Any]
) -> None:
    broker.answers[f"{ACME}/approval-policy"] = 200, NOBODY
    assert machine.type("approvals", "acme-prod", *words, "--yes").code == 0
    assert sent(broker, "PATCH") == [(f"{ACME}/approval-policy", body)]


def test_members_can_be_taken_back_and_the_number_of_people_stays(
    machine: Machine, broker: ScriptedBroker
) -> None:
    assert machine.type("approvals", "acme-prod", "--by", "none", "--yes").code == 0
    assert sent(broker, "PATCH") == [(f"{ACME}/approval-policy", {"members": []})]


@pytest.mark.parametrize("members", ["bob carol", "bob,", "a/b", "Bob"])
def test_what_names_no_members_is_explained(
    machine: Machine, broker: ScriptedBroker, members: str
) -> None:
    output = machine.type("approvals", "acme-prod", "--by", members, "--yes")
    assert (output.code, output.sentence) == (
        2,
        "Daypass: Name members as in --by bob,carol, or type --by none.",
    )
    assert sent(broker, "PATCH") == []


def test_a_change_shows_the_policy_before_and_after_and_asks(
    machine: Machine, broker: ScriptedBroker
) -> None:
    output = machine.type("approvals", "acme-prod/deploy", "--people", "2", "--no-client")
    assert output.code == 2
    assert "  approved by  one of: a lead, bob or carol, and the client\n" in output.err
    assert "Then:\n  approved by  two of: a lead, bob or carol\n" in output.err
    assert "Every lead hears of it." in output.err
    assert sent(broker, "PATCH") == []


def test_the_clients_approvers(machine: Machine, broker: ScriptedBroker) -> None:
    contact = {**APPROVER, "id": "ann", "is_contact": True, "revoked_at": END}
    broker.answers[f"{ACME}/approvers"] = 200, {"approvers": [APPROVER, contact], "cursor": None}
    assert machine.type("approvers", "acme-prod").out == (
        "APPROVER  NAME    ADDRESS                            SINCE                     NAMED BY\n"
        "jo        Jo Doe  jo@acme.example  approves          Thu 2026-01-01 00:00 UTC  lena\n"
        "ann       Jo Doe  jo@acme.example  only hears of it  Thu 2026-01-01 00:00 UTC  lena    "
        "  revoked\n"
    )
    broker.answers[f"{ACME}/approvers"] = 200, {"approvers": [], "cursor": None}
    assert "To name one: daypass approvers acme-prod name jo" in (
        machine.type("approvers", "acme-prod").out
    )


NAME = ("approvers", "acme-prod", "name", "jo", "--name", "Jo Doe", "--email", "jo@acme.example")


@pytest.mark.parametrize(
    ("words", "is_contact", "effect"),
    [
        ((), False, "This lets Jo Doe approve requests for acme-prod, for the client."),
        (("--contact",), True, "They decide nothing."),
    ],
)
def test_an_approver_is_named_after_the_address_was_shown(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], effect: str, *,
    is_contact: bool,
) -> None:  # fmt: skip
    output = machine.type(*NAME, *words)
    assert output.code == 2
    assert effect in output.err
    assert "jo@acme.example" in output.err
    assert broker.requests == []
    assert machine.type(*NAME, *words, "--yes").out == "Jo Doe is named.\n"
    body = {"id": "jo", "name": "Jo Doe", "email": "jo@acme.example", "is_contact": is_contact}
    assert sent(broker, "POST") == [(f"{ACME}/approvers", body)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("name",), "Name the approver: daypass approvers … name jo"),
        (("link",), "Name the approver: daypass approvers … link jo"),
        (("name", "jo", "--name", "Jo"), "Add --name and --email, such as"),
        (("revoke", "jo"), "Say why, with --because."),
    ],
)
def test_what_is_missing_is_named(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], sentence: str
) -> None:
    output = machine.type("approvers", "acme-prod", *words, "--yes")
    assert output.code == 2
    assert sentence in output.sentence
    assert broker.requests == []


def test_a_new_link_is_mailed_and_no_one_here_sees_it(
    machine: Machine, broker: ScriptedBroker
) -> None:
    output = machine.type("approvers", "acme-prod", "link", "jo", "--yes")
    assert output.out == "Daypass mails it in the next minutes.\n"
    assert sent(broker, "POST") == [(f"{ACME}/approvers/jo/link", {})]


def test_an_approver_is_revoked_with_a_reason_as_everything_is(
    machine: Machine, broker: ScriptedBroker
) -> None:
    words = ("approvers", "acme-prod", "revoke", "jo", "--because", "left Acme", "--yes")
    assert machine.type(*words).out.startswith("It is revoked.\n")
    words = ("revoke", "approver", "acme-prod", "jo", "--because", "left Acme", "--yes")
    assert machine.type(*words).out.startswith("It is revoked.\n")
    assert sent(broker, "POST") == [(f"{ACME}/approvers/jo/revoke", {"reason": "left Acme"})] * 2


def test_the_clients_approval_for_everything_states_its_effect(
    machine: Machine, broker: ScriptedBroker
) -> None:
    words = ("client-approval", "acme-prod", "--because", "as agreed")
    output = machine.type(*words)
    assert output.code == 2
    assert "no lead, and no one in an emergency" in output.err
    assert "Only the client can lift this" in output.err
    assert broker.requests == []
    assert machine.type(*words, "--yes").code == 0
    assert sent(broker, "POST") == [(f"{ACME}/client-approval", {"reason": "as agreed"})]


GRANTED: dict[str, tuple[tuple[str, ...], dict[str, Any], str]] = {
    "standing": (("readonly",), {"roles": ["readonly"]}, ""),
    "on request": (
        ("readonly", "--on-request", "deploy"),
        {"roles": ["readonly", "deploy"], "on_request": ["deploy"]},
        " They get deploy only after a request is approved.",
    ),
    "in an emergency": (
        ("--emergency", "deploy"),
        {"roles": ["deploy"], "on_request": ["deploy"], "emergency": ["deploy"]},
        " They get deploy only after a request is approved. In an emergency they can open deploy",
    ),
}


@pytest.mark.parametrize("kind", GRANTED)
def test_a_grant_can_have_roles_on_request(
    machine: Machine, broker: ScriptedBroker, kind: str
) -> None:
    words, body, effect = GRANTED[kind]
    broker.answers[f"{ACME}/grants"] = 200, {**GRANT, "grants": [], "cursor": None}
    output = machine.type("grant", "bob", "acme-prod", *words, "--yes")
    assert output.code == 0, output.err
    assert f"until Tue 2036-01-01 00:00 UTC.{effect}" in output.err
    assert ("daypass approvals acme-prod" in output.out) == ("on_request" in body)
    whole = {"member": "bob", "ends_at": END, "on_request": [], "emergency": [], **body}
    assert sent(broker, "POST") == [(f"{ACME}/grants", whole)]


CHANGED: dict[str, tuple[tuple[str, ...], dict[str, Any], str]] = {
    "another role": (
        ("audit",),
        {"roles": ["readonly", "deploy", "admin", "audit"]},
        "readonly, deploy (on request), admin (on request or in an emergency), audit, until Mon",
    ),
    "another end": (
        ("--until", "2035-12-30"),
        {"ends_at": "2035-12-31T00:00:00Z"},
        "readonly, deploy (on request), admin (on request or in an emergency), until Mon 2035-12",
    ),
    "a role that was on request": (
        ("deploy",),
        {"on_request": ["admin"]},
        "readonly, deploy, admin (on request or in an emergency), until Mon",
    ),
    "a role on request": (
        ("--on-request", "readonly", "--on-request", "admin"),
        {"on_request": ["readonly", "deploy", "admin"], "emergency": []},
        "readonly (on request), deploy (on request), admin (on request), until Mon",
    ),
    "a role less": (
        ("--remove", "admin"),
        {"roles": ["readonly", "deploy"], "on_request": ["deploy"], "emergency": []},
        "readonly, deploy (on request), until Mon",
    ),
}


def test_a_grant_keeps_what_is_not_named_and_shows_before_and_after(
    machine: Machine, broker: ScriptedBroker
) -> None:
    grant = {**GRANT, "roles": ["readonly", "deploy", "admin"], "ends_at": "2035-01-01T00:00:00Z"}
    grant |= {"on_request": ["deploy", "admin"], "emergency": ["admin"]}
    broker.answers[f"{ACME}/grants"] = 200, {"grants": [grant], "cursor": None}
    before = (
        "  before  readonly, deploy (on request), admin (on request or in an emergency), until Mon"
        " 2035-01-01 00:00 UTC\n"
    )
    wrong = []
    for kind, (words, changes, after) in CHANGED.items():
        broker.requests.clear()
        output = machine.type("grant", "bob", "acme-prod", *words, "--yes")
        shown = before in output.err and f"  after   {after}" in output.err
        if not shown or sent(broker, "PATCH") != [(f"{ACME}/grants/bob", changes)]:
            wrong.append((kind, output.err, sent(broker, "PATCH")))
    assert wrong == []


def test_a_grant_that_has_all_this_already_is_not_changed(
    machine: Machine, broker: ScriptedBroker
) -> None:
    output = machine.type("grant", "bob", "acme-prod", "readonly")
    assert (output.code, output.err) == (0, "")
    assert output.out == "That is so already: readonly, until Tue 2036-01-01 00:00 UTC.\n"
    assert sent(broker, "PATCH") == []


def test_a_grant_that_is_over_keeps_nothing(machine: Machine, broker: ScriptedBroker) -> None:
    over = {**GRANT, "roles": ["deploy"], "ends_at": GRANT["starts_at"]}
    broker.answers[f"{ACME}/grants"] = 200, {**GRANT, "grants": [over], "cursor": None}
    output = machine.type("grant", "bob", "acme-prod", "readonly", "--yes")
    assert "get sessions of readonly in acme-prod" in output.err
    body = {
        "member": "bob",
        "roles": ["readonly"],
        "on_request": [],
        "emergency": [],
        "ends_at": END,
    }
    assert sent(broker, "POST") == [(f"{ACME}/grants", body)]


def test_a_grant_needs_a_role(machine: Machine, broker: ScriptedBroker) -> None:
    output = machine.type("grant", "bob", "acme-prod", "--remove", "readonly", "--yes")
    assert output.sentence.startswith("Daypass: No role is left. To end the grant: daypass revoke")
    broker.answers[f"{ACME}/grants"] = 200, {"grants": [], "cursor": None}
    output = machine.type("grant", "bob", "acme-prod", "--yes")
    assert output.sentence == "Daypass: Name a role, such as readonly, or --on-request deploy."


@pytest.mark.parametrize("command", [("access", "bob"), ("review",)])
def test_lists_of_grants_show_the_roles_on_request(
    machine: Machine, broker: ScriptedBroker, command: tuple[str, ...]
) -> None:
    limits = {"roles": ["audit", "deploy", "admin"], "on_request": ["deploy", "admin"]}
    limits["emergency"] = ["admin"]
    for path, grant in (("/v1/members/bob/grants", GRANT), ("/v1/review", REVIEWED_GRANT)):
        broker.answers[path] = 200, {"grants": [{**grant, **limits}], "cursor": None}
    text = "audit, deploy (on request), admin (on request or in an emergency)"
    assert text in machine.type(*command).out
    assert json.loads(machine.type(*command, "--json").out)


def test_an_approver_is_revoked_and_the_answer_is_shown(
    machine: Machine, broker: ScriptedBroker
) -> None:
    message = "The revocation is in force. No session is alive."
    ended = {"message": message, "cut_offs": [], "cut_off_count": 0, "cut_offs_missing": False}
    broker.answers[f"{ACME}/approvers/jo/revoke"] = 200, {**APPROVER, "ended": ended}
    words = ("approvers", "acme-prod", "revoke", "jo", "--because", "left Acme", "--yes")
    output = machine.type(*words)
    assert output.out == f"{message}\n"
    assert "and any access that they approved.\n" in output.err
    assert "Alive now" not in output.err  # only Daypass knows the sessions that end
