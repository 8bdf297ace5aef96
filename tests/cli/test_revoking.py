"""`daypass revoke`: the effect first, then Daypass's answer, then the progress of the cut-offs."""

import json

from daypass.commands.leads.declared import STOPS
from tests.cli.samples import (
    CUT_OFF,
    END,
    ENDED_PART,
    FREEZE,
    PREVIEW,
    REVOCATION,
    STOP_NAMES,
)
from tests.cli.transcript import in_turn

WHY = ("--reason=r", "--yes")
MEMBER = ("revoke", "member", "bob", *WHY)
BOB, CLIENT = "/v1/members/bob/revoke", "/v1/clients/revoke"
CUT_OFFS, TOKENS = "/v1/cut-offs", "/v1/members/bob/tokens"
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


def revoked(*cut_offs):
    return 200, {**REVOCATION, "cut_offs": list(cut_offs)}


def listed(*cut_offs):
    return 200, {"cut_offs": list(cut_offs), "cursor": None}


TYPED = {
    "revoke-session": "revoke session bob.5d2f.agent",
    "revoke-token": "revoke token bob 0123456789ab",
    "revoke-grant": "revoke grant bob acme-prod",
    "revoke-request": "revoke request bob.00d9o4r5k3f81c2q",
    "revoke-member": "revoke member bob",
    "member-leaves": "leave bob",
    "revoke-role": "revoke role acme-prod/readonly",
    "revoke-engagement": "revoke engagement acme-prod",
    "close-engagement": "close acme-prod",
    "revoke-client": "revoke client Acme",
    "freeze": "revoke everything",
}


def test_each_stop_is_previewed_and_sent_with_the_same_names(machine, broker):
    assert set(TYPED) == set(STOP_NAMES)
    routes = dict(STOPS.values())
    for name, words in TYPED.items():
        broker.requests.clear()
        broker.answers["/v1/members/bob/sessions/5d2f/revoke"] = revoked()
        machine.type(*words.split(), *WHY)
        posts = [(path, body) for method, path, _, body in broker.requests if method == "POST"]
        (preview, names), (path, body) = posts
        assert preview == f"/v1/previews/{name}"
        assert path == routes[name].format(**names)
        sent = {each for each in names if f"{{{each}}}" in routes[name]}
        assert body == {"reason": "r"} | {k: v for k, v in names.items() if k not in sent}


def test_the_preview_is_shown_before_the_question(terminal):
    terminal.type(*MEMBER)
    warned = {**PREVIEW, "warnings": ["This is you."]}
    terminal.note("the lead suspends themself", {"/v1/previews/revoke-member": (200, warned)})
    terminal.type(*MEMBER)
    terminal.note("the preview cannot be read")
    terminal.broker.refuse("/v1/previews/revoke-member", "records-unavailable", "No answer.", 503)
    terminal.type(*MEMBER)
    terminal.note("there is no such member")
    terminal.broker.refuse("/v1/previews/revoke-member", "no-such-member", "No such member.", 404)
    terminal.type(*MEMBER)
    assert BOB not in terminal.broker.counts
    terminal.hold("revoke-preview")


def test_what_does_not_fit_changes_nothing(terminal):
    terminal.run("""
        revoke session bob --reason=r --yes
        revoke role acme-prod --reason=r --yes
        revoke client Stark Industries --reason=r --yes
        revoke everything now --reason=r --yes
        revoke token bob --reason=r --yes
        revoke member bob --reason=r
    """)
    (terminal.machine.home / "steps.txt").write_text("precious")
    terminal.type("revoke", "member", "bob", "--save=steps.txt", *WHY)
    assert (terminal.machine.home / "steps.txt").read_text() == "precious"
    terminal.note("bob has no token", {TOKENS: {"tokens": [], "cursor": None}})
    terminal.run("revoke token bob --reason=r --yes")
    terminal.hold("revoke-refused")


def test_an_answer_that_is_lost_or_incomplete_is_asked_for_again(terminal):
    lost = 504, {"reason": "timed-out", "detail": "It took too long.", "status": 504}
    terminal.note("the first answer is lost", {BOB: in_turn(lost, revoked(CUT_OFF))})
    terminal.type(*MEMBER)
    terminal.note("every answer is lost", {BOB: in_turn(lost)})
    terminal.type(*MEMBER)
    half, whole = (200, HALF), (200, WHOLE)
    terminal.note("two answers are about a part", {CLIENT: in_turn(half, half, whole)})
    terminal.run("revoke client ' ACME ' --reason=r --yes")
    terminal.note("every answer is about a part", {CLIENT: half})
    terminal.run("""
        revoke client Acme --reason=r --yes
        revoke client Acme --reason=r --yes --json
    """)
    terminal.hold("revoke-again")


def test_a_cut_off_is_followed_until_it_is_seen_or_the_time_is_up(terminal):
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


def test_the_commands_for_the_client_are_printed_or_saved(terminal):
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
    terminal.run("cut-offs acme-prod")
    assert "?engagement=acme-prod" in terminal.broker.requests[0][1]
    terminal.run("cut-offs --commands")
    terminal.note("there are none", {CUT_OFFS: listed()})
    terminal.run("""
        cut-offs
        cut-offs --save=more.txt
    """)
    assert not (terminal.machine.home / "more.txt").exists()
    terminal.hold("revoke-commands")


def test_json_is_the_answer_with_the_last_state(machine, broker):
    broker.answers[BOB] = revoked(REQUESTED)
    broker.answers[CUT_OFFS] = listed(CUT_OFF)
    output = machine.type("revoke", "member", "bob", "--json", *WHY)
    assert json.loads(output.out) == {**REVOCATION, "cut_offs": [CUT_OFF]}


def test_no_text_of_a_client_steers_the_terminal(machine, broker):
    evil = {**CLIENT_WRITES, "message": "\x1b[2J", "commands": "aws\x1b[2J\u202e"}
    broker.answers[BOB] = revoked(evil)
    output = machine.type(*MEMBER)
    assert not set("\x1b\u202e") & set(output.out)
