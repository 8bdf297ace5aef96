"""`daypass freeze` stops everything, and two leads lift it with `daypass thaw`."""

import json

from tests.cli.samples import FREEZE, session_list
from tests.cli.test_revoking import WHY, listed
from tests.cli.transcript import in_turn

PATH = "/v1/freeze"
THAWED = {**FREEZE, "frozen": False, "message": "The freeze was lifted."}
FIRST_WORD = {**FREEZE, "message": "alice asked to lift it."}


def bodies(broker, path):
    return [body for method, name, _, body in broker.requests if (method, name) == ("POST", path)]


def test_a_freeze_and_what_it_counts(terminal):
    early = {**FREEZE, "listed_at": None, "message": "Daypass counts."}
    terminal.type("freeze", *WHY)
    counted = in_turn((200, early), (200, early), (200, FREEZE))
    terminal.note("the live sessions are counted at the third look", {PATH: counted})
    terminal.type("freeze", *WHY)
    terminal.note("they are not counted", {PATH: early})
    terminal.type("freeze", "--wait=1", *WHY)
    terminal.note("it is frozen", {PATH: FREEZE, "/v1/cut-offs": listed()})
    assert json.loads(terminal.machine.type("freeze", "--json", *WHY).out)["alive"] == 1
    terminal.hold("freeze")


def test_a_freeze_is_shown_before_the_sessions_are_counted(machine, broker):
    broker.answers[PATH] = 200, {**FREEZE, "listed_at": None, "alive": None, "last_moment": None}
    with machine.start("freeze", "--wait=30", *WHY) as process:
        assert process.stdout.readline().startswith("Daypass is frozen")
        assert len(bodies(broker, PATH)) == 1
        process.kill()


def test_lists_begin_with_the_freeze_and_two_leads_lift_it(terminal):
    no_session = {"/v1/sessions": session_list()}
    terminal.note("alice has asked to lift it", {PATH: FIRST_WORD} | no_session)
    terminal.run("""
        who
        cut-offs
        thaw --reason=r --yes
    """)
    terminal.note("another lead has asked", {"/v1/thaw": THAWED})
    terminal.type("thaw", *WHY)
    terminal.note("it is lifted", {PATH: THAWED})
    terminal.run("""
        who
        cut-offs
        thaw --reason=r --yes
        thaw --json --reason=r --yes
    """)
    terminal.hold("thaw")
