"""`daypass revoke`: the effect first, then Daypass's answer, then the progress of the cut-offs."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.cli.samples import CUT_OFF, END, ENDED_PART, ENGAGEMENT, FREEZE, REVOCATION, SESSION
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine

WHY = ("--reason=r", "--yes")
BOB = "/v1/members/bob/revoke"
FROZEN = {**CUT_OFF, "status": "requested", "seen_at": None, "written_at": None}
CLIENT_WRITES = {
    **FROZEN,
    "method": "none",
    "problem": "client-must-write",
    "message": "Only the client's administrator can end them.",
    "policy": '{"Version": "2012-10-17"}',
    "commands": "aws iam put-role-policy --policy-document '{\n}'",
}


def revoked(*cut_offs: dict[str, Any]) -> tuple[int, Any]:
    return 200, {**REVOCATION, "cut_offs": list(cut_offs)}


def listed(*cut_offs: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"cut_offs": list(cut_offs), "cursor": None}


def sessions(*changes: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"sessions": [{**SESSION, **each} for each in changes], "cursor": None}


def in_turn(*answers: tuple[int, Any]) -> Callable[[BaseHTTPRequestHandler], None]:
    """Return an answer that is another one each time, and the last one from then on."""
    left = list(answers)

    def answer(request: BaseHTTPRequestHandler) -> None:
        status, document = left.pop(0) if len(left) > 1 else left[0]
        content = json.dumps(document).encode()
        request.send_response_only(status)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


SCOPES = [
    (("session", "bob.5d2f8a0c4e917b36"), "/v1/members/bob/sessions/5d2f8a0c4e917b36/revoke", {}),
    (("session", "bob.5d2f.agent"), "/v1/members/bob/sessions/5d2f/revoke", {}),
    (("token", "bob", "0123456789ab"), "/v1/members/bob/tokens/0123456789ab/revoke", {}),
    (("grant", "bob", "acme-prod"), "/v1/engagements/acme-prod/grants/bob/revoke", {}),
    (("member", "bob"), BOB, {}),
    (("role", "acme-prod/readonly"), "/v1/engagements/acme-prod/roles/readonly/revoke", {}),
    (("engagement", "acme-prod"), "/v1/engagements/acme-prod/revoke", {}),
    (("client", "Acme"), "/v1/clients/revoke", {"client": "Acme"}),
]


@pytest.mark.parametrize(("words", "path", "fields"), SCOPES)
def test_each_scope_is_one_request_with_the_reason(
    machine: Machine,
    broker: ScriptedBroker,
    words: tuple[str, ...],
    path: str,
    fields: dict[str, str],
) -> None:
    broker.answers[path] = revoked()
    output = machine.type("revoke", *words, *WHY)
    assert (output.code, output.out) == (0, "It is revoked.\n"), output.err
    posted = [(path, body) for method, path, _, body in broker.requests if method == "POST"]
    assert posted == [(path, {**fields, "reason": "r"})]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("session", "bob"), "'bob' is not the name of a session. Copy it from: daypass who"),
        (("role", "acme-prod"), "Name the role too"),
        (("client", "Stark", "Industries"), "Type: daypass revoke client CLIENT --reason …"),
        (
            ("client", "Acm"),
            "No engagement is with a client named 'Acm'. Clients: 'Acme'",
        ),
        (("everything", "now"), "Type: daypass revoke everything --reason …"),
    ],
)
def test_names_that_do_not_fit_change_nothing(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], sentence: str
) -> None:
    output = machine.type("revoke", *words, *WHY)
    assert output.code == 2
    assert sentence in output.sentence
    assert all(method == "GET" for method, *_ in broker.requests)


def test_the_effect_says_who_is_alive_and_what_each_cut_off_will_do(
    machine: Machine, broker: ScriptedBroker
) -> None:
    bob = {"engagement": "hooli", "role": "audit"}
    broker.answers["/v1/sessions"] = sessions({}, {}, bob)
    broker.answers["/v1/engagements/hooli"] = 200, {**ENGAGEMENT, "cut_off": "none"}
    output = machine.type("revoke", "member", "bob", *WHY)
    assert output.err == (
        "This suspends bob: their tokens and codes become invalid, and they get no more sessions.\n"
        "Alive now, until this time at the latest:\n"
        "  bob in acme-prod/readonly: 2 sessions, until Tue 2036-01-01 00:00 UTC\n"
        "  bob in hooli/audit: 1 session, until Tue 2036-01-01 00:00 UTC\n"
        "  and those of others under access that they approved, which are not counted here\n"
        "Cut-off:\n"
        "  acme-prod (brake): Daypass denies these sessions everything there."
        " A cut-off does not reach EKS tokens or open connections.\n"
        "  hooli (none): only the client can end them sooner. The answer says how.\n"
    )


@pytest.mark.parametrize(
    ("words", "but"),
    [
        (("engagement", "acme-prod"), ""),
        (("member", "bob"), ", not counting those of others under access that they approved"),
        (
            ("token", "bob", "5d2f8a0c4e91"),
            (
                ", not counting those from tokens that it replaced and from the Slack user linked"
                " with it"
            ),
        ),
    ],
)
def test_no_live_session_is_claimed_only_of_the_sessions_that_were_read(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], but: str
) -> None:
    broker.answers["/v1/sessions"] = 200, {"sessions": [], "cursor": None}
    assert f"\nDaypass lists no live session{but}.\n" in machine.type("revoke", *words, *WHY).err


@pytest.mark.parametrize(
    ("words", "effect"),
    [
        (
            ("engagement", "acme-prod"),
            "Daypass freezes the role. Only the client can lift that. A cut-off does not reach",
        ),
        (("member", "bob"), "only the client can end them sooner. The answer says how."),
    ],
)
def test_a_freeze_is_for_whole_roles_only(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], effect: str
) -> None:
    broker.answers["/v1/engagements/acme-prod"] = 200, {**ENGAGEMENT, "cut_off": "freeze"}
    assert f"acme-prod (freeze): {effect}" in machine.type("revoke", *words, *WHY).err


def test_closing_cuts_nothing_off(machine: Machine, broker: ScriptedBroker) -> None:
    error = machine.type("close", "acme-prod", *WHY).err
    assert "Alive now, and not ended by this:\n  bob in acme-prod/readonly: 1 session" in error
    assert "Cut-off" not in error


def test_more_sessions_than_a_screen_holds_are_counted(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers["/v1/sessions"] = sessions(*({"role": f"r{number}"} for number in range(10)))
    lines = machine.type("revoke", "engagement", "acme-prod", *WHY).err.splitlines()
    assert len(lines) == 13
    assert lines[10] == "  and 2 sessions of others"


def test_only_sessions_under_the_revocation_count(machine: Machine, broker: ScriptedBroker) -> None:
    others = (
        {"engagement": "hooli", "session_name": "bob.0", "token": "ffffffffffff"},
        {"role": "deploy", "session_name": "bob.2", "token": "ffffffffffff"},
        {},
    )
    broker.answers["/v1/sessions"] = sessions(*others)
    broker.answers["/v1/engagements/acme-prod/roles/readonly/revoke"] = revoked()
    broker.answers["/v1/members/bob/sessions/1/revoke"] = revoked()
    broker.answers["/v1/members/bob/tokens/0123456789ab/revoke"] = revoked()
    token = ("token", "bob", "0123456789ab")
    for words in (("role", "acme-prod/readonly"), ("session", "bob.1"), token):
        error = machine.type("revoke", *words, *WHY).err
        assert "bob in acme-prod/readonly: 1 session" in error
        assert "deploy" not in error


def test_sessions_that_cannot_be_read_do_not_prevent_the_revocation(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.refuse("/v1/sessions", "records-unavailable", "DynamoDB does not answer.", 503)
    output = machine.type("revoke", "member", "bob", *WHY)
    assert output.code == 0
    assert "The live sessions could not be read: DynamoDB does not answer." in output.err


def test_a_lead_who_does_not_know_the_token_gets_their_list(
    machine: Machine, broker: ScriptedBroker
) -> None:
    output = machine.type("revoke", "token", "bob", *WHY)
    assert output.code == 2
    assert "tokens too: 0123456789ab (laptop, until Tue 2036-01-01 00:00 UTC)" in output.sentence
    broker.answers["/v1/members/bob/tokens"] = 200, {"tokens": [], "cursor": None}
    assert "there are none" in machine.type("revoke", "token", "bob", *WHY).sentence


def test_without_a_confirmation_nothing_is_revoked(
    machine: Machine, broker: ScriptedBroker
) -> None:
    output = machine.type("revoke", "member", "bob", "--reason=r")
    assert output.code == 2
    assert broker.counts[BOB] == 0


def test_an_answer_that_was_lost_is_asked_for_once_more(
    machine: Machine, broker: ScriptedBroker
) -> None:
    unavailable = {"reason": "timed-out", "detail": "It took too long.", "status": 504}
    broker.answers[BOB] = in_turn((504, unavailable), revoked(CUT_OFF))
    assert machine.type("revoke", "member", "bob", *WHY).code == 0
    broker.answers[BOB] = in_turn((504, unavailable))
    output = machine.type("revoke", "member", "bob", *WHY)
    assert output.code == 5
    assert "Run the same line again: that is safe" in output.err


CLIENT = "/v1/clients/revoke"
WAITING = {**ENDED_PART, "engagement": "acme-dev", "status": "not-blocked", "alive": 0}


def test_a_revocation_that_ran_out_of_time_is_continued(
    machine: Machine, broker: ScriptedBroker
) -> None:
    half = 200, {**REVOCATION, "engagements": [WAITING, ENDED_PART], "cut_offs": []}
    whole = 200, {**REVOCATION, "engagements": [ENDED_PART], "cut_offs": []}
    broker.answers[CLIENT] = in_turn(half, half, whole)
    output = machine.type("revoke", "client", " ACME ", *WHY)
    assert (output.code, broker.counts[CLIENT]) == (0, 3)
    assert "acme-prod   Acme    blocked       1\n" in output.out
    assert "not-blocked" not in output.out


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_a_revocation_that_stays_incomplete_fails_and_names_what_is_left(
    machine: Machine, broker: ScriptedBroker, json: tuple[str, ...]
) -> None:
    half = {**REVOCATION, "engagements": [WAITING, ENDED_PART], "cut_offs": []}
    broker.answers[CLIENT] = 200, half
    output = machine.type("revoke", "client", "Acme", *WHY, *json)
    assert output.code == 5
    assert "Not every engagement is blocked yet. Run the same line again." in output.err
    assert "not-blocked" in output.out


def test_a_cut_off_is_followed_until_it_is_seen(machine: Machine, broker: ScriptedBroker) -> None:
    written = {**FROZEN, "status": "written", "written_at": END}
    broker.answers[BOB] = revoked(FROZEN)
    broker.answers["/v1/cut-offs"] = in_turn(listed(FROZEN), listed(written), listed(CUT_OFF))
    output = machine.type("revoke", "member", "bob", *WHY)
    assert output.out == (
        "It is revoked.\n"
        "CUT-OFF             WHOSE SESSIONS  STATE\n"
        "acme-prod/readonly  bob's           seen at 00:00:00 UTC\n"
    )
    assert "⠋" not in output.err
    assert broker.counts["/v1/cut-offs"] == 3


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "requested"),
        ({"problem": "brake-missing"}, "requested: brake-missing"),
        ({"status": "written", "written_at": END}, "written at 00:00:00 UTC, not seen yet"),
        ({"problem": "whole-role-only"}, "requested: the client has to act"),
        ({"status": "over"}, "over"),
    ],
)
def test_a_cut_off_that_is_not_seen_in_time_says_how_far_it_is(
    machine: Machine, broker: ScriptedBroker, changes: dict[str, Any], state: str
) -> None:
    broker.answers[BOB] = revoked({**FROZEN, **changes})
    broker.answers["/v1/cut-offs"] = listed({**FROZEN, **changes})
    output = machine.type("revoke", "member", "bob", "--wait=1", *WHY)
    lines = output.out.splitlines()
    assert lines[2] == f"acme-prod/readonly  bob's           {state}"
    assert (lines[3:] == []) == (state == "over")


def test_a_lead_who_has_suspended_themself_still_gets_the_answer(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[BOB] = revoked(FROZEN)
    broker.refuse("/v1/cut-offs", "member-suspended", "You are suspended.", 401)
    output = machine.type("revoke", "member", "bob", *WHY)
    assert output.code == 0
    assert "acme-prod/readonly  bob's           requested\n" in output.out
    assert broker.counts["/v1/cut-offs"] == 1


def test_a_cut_off_that_is_no_longer_listed_stays_as_it_was(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[BOB] = revoked(FROZEN)
    broker.answers["/v1/cut-offs"] = listed({**CUT_OFF, "id": "another"})
    output = machine.type("revoke", "member", "bob", "--wait=1", *WHY)
    assert "bob's           requested\n" in output.out


def test_the_commands_for_the_client_are_printed_and_not_waited_for(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[BOB] = revoked(CLIENT_WRITES, CLIENT_WRITES)
    output = machine.type("revoke", "member", "bob", *WHY)
    assert broker.counts["/v1/cut-offs"] == 0
    assert output.out.endswith(
        "Only the client's administrator can end them.\n"
        "\n"
        "For the client's administrator, to end the sessions of acme-prod/readonly\n"
        "that began until Thu 2026-01-01 00:00 UTC:\n"
        "\n"
        "aws iam put-role-policy --policy-document '{\n}'\n"
    )


def test_the_commands_for_the_client_can_be_saved(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers[BOB] = revoked(CLIENT_WRITES)
    output = machine.type("revoke", "member", "bob", "--save=steps.txt", *WHY)
    assert output.out.endswith("The commands for the client's administrator are in 'steps.txt'.\n")
    assert "put-role-policy" not in output.out
    assert "aws iam put-role-policy" in (machine.home / "steps.txt").read_text()


def test_a_file_that_exists_is_kept_and_nothing_is_revoked(
    machine: Machine, broker: ScriptedBroker
) -> None:
    (machine.home / "steps.txt").write_text("precious")
    output = machine.type("revoke", "member", "bob", "--save=steps.txt", *WHY)
    assert output.code == 6
    assert "exists already" in output.sentence
    assert broker.requests == []
    assert (machine.home / "steps.txt").read_text() == "precious"


def test_commands_that_cannot_be_saved_are_printed(
    machine: Machine, broker: ScriptedBroker, tmp_path: Path
) -> None:
    broker.answers[BOB] = revoked(CLIENT_WRITES)
    output = machine.type("revoke", "member", "bob", "--save=nowhere/steps.txt", *WHY)
    assert output.code == 0
    assert "Cannot write" in output.err
    assert "aws iam put-role-policy" in output.out


def test_json_is_the_answer_with_the_last_state(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers[BOB] = revoked(FROZEN)
    broker.answers["/v1/cut-offs"] = listed(CUT_OFF)
    output = machine.type("revoke", "member", "bob", "--json", *WHY)
    assert json.loads(output.out) == {**REVOCATION, "cut_offs": [CUT_OFF]}


def test_no_text_of_a_client_steers_the_terminal(machine: Machine, broker: ScriptedBroker) -> None:
    evil = {**CLIENT_WRITES, "message": "\x1b[2J", "commands": "aws\x1b[2J\u202e"}
    broker.answers[BOB] = revoked(evil)
    output = machine.type("revoke", "member", "bob", *WHY)
    assert not set("\x1b\u202e") & set(output.out)


def test_the_list_of_cut_offs(machine: Machine, broker: ScriptedBroker) -> None:
    everyone = {**CLIENT_WRITES, "member": ""}
    two = {**FROZEN, "sessions": ["bob.1", "bob.2"], "role": "deploy"}
    broker.answers["/v1/freeze"] = 200, {**FREEZE, "frozen": False}
    broker.answers["/v1/cut-offs"] = listed(everyone, two, {**two, "sessions": ["bob.1"]})
    output = machine.type("cut-offs", "acme-prod")
    assert "?engagement=acme-prod" in broker.requests[0][1]
    assert output.out == (
        "CUT-OFF             WHOSE SESSIONS  STATE\n"
        "acme-prod/readonly  everyone's      requested: the client has to act\n"
        "acme-prod/deploy    2 sessions      requested\n"
        "acme-prod/deploy    bob.1           requested\n"
        "Only the client's administrator can end them.\n"
        "Daypass saw AWS deny its own session.\n"
        "For the commands that the client's administrator needs, add --commands.\n"
    )
    assert "aws iam put-role-policy" in machine.type("cut-offs", "--commands").out
    broker.answers["/v1/cut-offs"] = listed()
    assert machine.type("cut-offs").out == "No cut-off is in progress or in force.\n"
    saved = machine.type("cut-offs", "--save=steps.txt")
    assert saved.code == 0
    assert not (machine.home / "steps.txt").exists()


def test_sessions_that_are_cut_off_already_are_not_counted_as_alive(
    machine: Machine, broker: ScriptedBroker
) -> None:
    ended = {**SESSION, "is_cut_off": True}
    for sessions, text in (
        ([SESSION, ended], "Cut off already, and not counted here: 1\n"),
        ([ended], "of others under access that they approved. Cut off already: 1.\n"),
    ):
        broker.answers["/v1/sessions"] = 200, {"sessions": sessions, "cursor": None}
        error = machine.type("revoke", "member", "bob", "--reason=r", "--yes").err
        assert text in error
        assert "2 sessions" not in error
