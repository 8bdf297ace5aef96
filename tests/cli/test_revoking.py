"""`daypass revoke`: the effect first, then Daypass's answer, then the progress of the cut-offs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.samples import CUT_OFF, END, ENDED_PART, ENGAGEMENT, FREEZE, REVOCATION, SESSION
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.transcript import Transcript, in_turn
from tests.cli.typed import Machine

WHY = ("--reason=r", "--yes")
MEMBER = ("revoke", "member", "bob", *WHY)
BOB, CLIENT = "/v1/members/bob/revoke", "/v1/clients/revoke"
CUT_OFFS, SESSIONS, TOKENS = "/v1/cut-offs", "/v1/sessions", "/v1/members/bob/tokens"
REQUESTED = {**CUT_OFF, "status": "requested", "seen_at": None, "written_at": None}
CLIENT_WRITES = {
    **REQUESTED,
    "method": "none",
    "problem": "client-must-write",
    "message": "Only the client's administrator can end them.",
    "policy": '{"Version": "2012-10-17"}',
    "commands": "aws iam put-role-policy --policy-document '{\n}'",
}
WAITING = {**ENDED_PART, "engagement": "acme-dev", "status": "not-blocked", "alive": 0}
HALF = {**REVOCATION, "engagements": [WAITING, ENDED_PART], "cut_offs": []}
WHOLE = {**REVOCATION, "engagements": [ENDED_PART], "cut_offs": []}


def revoked(*cut_offs: dict[str, Any]) -> tuple[int, Any]:
    return 200, {**REVOCATION, "cut_offs": list(cut_offs)}


def listed(*cut_offs: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"cut_offs": list(cut_offs), "cursor": None}


def sessions(*changes: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"sessions": [{**SESSION, **each} for each in changes], "cursor": None}


@pytest.mark.golden
def test_each_scope_shows_its_effect_and_is_one_request(terminal: Transcript) -> None:
    scopes: dict[tuple[str, ...], str] = {
        ("session", "bob.5d2f8a0c4e917b36"): "/v1/members/bob/sessions/5d2f8a0c4e917b36/revoke",
        ("session", "bob.1"): "/v1/members/bob/sessions/1/revoke",
        ("session", "bob.5d2f.agent"): "/v1/members/bob/sessions/5d2f/revoke",
        ("token", "bob", "0123456789ab"): "/v1/members/bob/tokens/0123456789ab/revoke",
        ("grant", "bob", "acme-prod"): "/v1/engagements/acme-prod/grants/bob/revoke",
        ("member", "bob"): BOB,
        ("role", "acme-prod/readonly"): "/v1/engagements/acme-prod/roles/readonly/revoke",
        ("engagement", "acme-prod"): "/v1/engagements/acme-prod/revoke",
        ("client", "Acme"): CLIENT,
    }
    others = (
        {},
        {},
        {"engagement": "hooli", "role": "audit", "session_name": "bob.0", "token": "f" * 12},
        {"role": "deploy", "session_name": "bob.2", "token": "f" * 12},
    )
    hooli = {"/v1/engagements/hooli": {**ENGAGEMENT, "cut_off": "none"}}
    terminal.note(
        "bob has four sessions in two engagements", {SESSIONS: sessions(*others), **hooli}
    )
    for words, path in scopes.items():
        terminal.broker.answers[path] = revoked()
        terminal.type("revoke", *words, *WHY)
    terminal.type("close", "acme-prod", *WHY)
    terminal.note("no session is alive", {SESSIONS: sessions()})
    for words in scopes:
        if words[0] in ("engagement", "member", "token"):
            terminal.type("revoke", *words, *WHY)
    ended = {"is_cut_off": True}
    terminal.note("one session is cut off already", {SESSIONS: sessions(ended)})
    terminal.type(*MEMBER)
    terminal.note("and one is alive", {SESSIONS: sessions({}, ended)})
    terminal.type(*MEMBER)
    many = sessions(*({"role": f"r{number}"} for number in range(10)))
    terminal.note("ten roles have a session", {SESSIONS: many})
    terminal.type("revoke", "engagement", "acme-prod", *WHY)
    denies_all = {"/v1/engagements/acme-prod": {**ENGAGEMENT, "cut_off": "deny-all"}}
    terminal.note("acme-prod has deny-all", denies_all | {SESSIONS: sessions({})})
    for words in (("engagement", "acme-prod"), ("member", "bob")):
        terminal.type("revoke", *words, *WHY)
    terminal.note("the sessions cannot be read")
    terminal.broker.refuse(SESSIONS, "records-unavailable", "DynamoDB does not answer.", 503)
    terminal.type(*MEMBER)
    terminal.hold("revoke-scopes")


@pytest.mark.golden
def test_what_does_not_fit_changes_nothing(terminal: Transcript) -> None:
    for words in (
        ("session", "bob"),
        ("role", "acme-prod"),
        ("client", "Stark", "Industries"),
        ("client", "Acm"),
        ("everything", "now"),
        ("token", "bob"),
    ):
        terminal.type("revoke", *words, *WHY)
    terminal.type("revoke", "member", "bob", "--reason=r")
    (terminal.machine.home / "steps.txt").write_text("precious")
    terminal.type("revoke", "member", "bob", "--save=steps.txt", *WHY)
    assert (terminal.machine.home / "steps.txt").read_text() == "precious"
    terminal.note("bob has no token", {TOKENS: {"tokens": [], "cursor": None}})
    terminal.type("revoke", "token", "bob", *WHY)
    terminal.hold("revoke-refused")


@pytest.mark.golden
def test_an_answer_that_is_lost_or_incomplete_is_asked_for_again(terminal: Transcript) -> None:
    lost = 504, {"reason": "timed-out", "detail": "It took too long.", "status": 504}
    terminal.note("the first answer is lost", {BOB: in_turn(lost, revoked(CUT_OFF))})
    terminal.type(*MEMBER)
    terminal.note("every answer is lost", {BOB: in_turn(lost)})
    terminal.type(*MEMBER)
    half, whole = (200, HALF), (200, WHOLE)
    terminal.note("two answers are about a part", {CLIENT: in_turn(half, half, whole)})
    terminal.type("revoke", "client", " ACME ", *WHY)
    terminal.note("every answer is about a part", {CLIENT: half})
    terminal.type("revoke", "client", "Acme", *WHY)
    terminal.type("revoke", "client", "Acme", *WHY, "--json")
    terminal.hold("revoke-again")


@pytest.mark.golden
def test_a_cut_off_is_followed_until_it_is_seen_or_the_time_is_up(terminal: Transcript) -> None:
    written = {**REQUESTED, "status": "written", "written_at": END}
    states = in_turn(listed(REQUESTED), listed(written), listed(CUT_OFF))
    terminal.note("it is requested, written, and seen", {BOB: revoked(REQUESTED), CUT_OFFS: states})
    terminal.type(*MEMBER)
    for changes in (
        {},
        {"problem": "brake-missing"},
        {"status": "written", "written_at": END},
        {"problem": "whole-role-only"},
        {"status": "over"},
    ):
        answers = {
            BOB: revoked({**REQUESTED, **changes}),
            CUT_OFFS: listed({**REQUESTED, **changes}),
        }
        terminal.note(f"it stays so: {changes}", answers)
        terminal.type("revoke", "member", "bob", "--wait=1", *WHY)
    other = {BOB: revoked(REQUESTED), CUT_OFFS: listed({**CUT_OFF, "id": "another"})}
    terminal.note("it is not listed any more", other)
    terminal.type("revoke", "member", "bob", "--wait=1", *WHY)
    terminal.note("the lead has suspended themself")
    terminal.broker.refuse(CUT_OFFS, "member-suspended", "You are suspended.", 401)
    terminal.type(*MEMBER)
    assert terminal.broker.counts[CUT_OFFS] == 1
    terminal.hold("revoke-cut-offs")


@pytest.mark.golden
def test_the_commands_for_the_client_are_printed_or_saved(terminal: Transcript) -> None:
    terminal.note("the client has to act", {BOB: revoked(CLIENT_WRITES, CLIENT_WRITES)})
    terminal.type(*MEMBER)
    assert terminal.broker.counts[CUT_OFFS] == 0
    for name in ("steps.txt", "nowhere/steps.txt"):
        terminal.type("revoke", "member", "bob", f"--save={name}", *WHY)
    assert "aws iam put-role-policy" in (terminal.machine.home / "steps.txt").read_text()
    everyone = {**CLIENT_WRITES, "member": ""}
    two = {**REQUESTED, "sessions": ["bob.1", "bob.2"], "role": "deploy"}
    cut_offs = listed(everyone, two, {**two, "sessions": ["bob.1"]})
    thawed = {**FREEZE, "frozen": False}
    terminal.note("there are three cut-offs", {"/v1/freeze": thawed, CUT_OFFS: cut_offs})
    terminal.type("cut-offs", "acme-prod")
    assert "?engagement=acme-prod" in terminal.broker.requests[0][1]
    terminal.type("cut-offs", "--commands")
    terminal.note("there are none", {CUT_OFFS: listed()})
    terminal.type("cut-offs")
    terminal.type("cut-offs", "--save=more.txt")
    assert not (terminal.machine.home / "more.txt").exists()
    terminal.hold("revoke-commands")


def test_json_is_the_answer_with_the_last_state(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers[BOB] = revoked(REQUESTED)
    broker.answers[CUT_OFFS] = listed(CUT_OFF)
    output = machine.type("revoke", "member", "bob", "--json", *WHY)
    assert json.loads(output.out) == {**REVOCATION, "cut_offs": [CUT_OFF]}


def test_no_text_of_a_client_steers_the_terminal(machine: Machine, broker: ScriptedBroker) -> None:
    evil = {**CLIENT_WRITES, "message": "\x1b[2J", "commands": "aws\x1b[2J\u202e"}
    broker.answers[BOB] = revoked(evil)
    output = machine.type(*MEMBER)
    assert not set("\x1b\u202e") & set(output.out)
