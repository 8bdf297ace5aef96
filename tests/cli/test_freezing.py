"""`daypass freeze` stops everything, and two leads lift it with `daypass thaw`. `lift-pause` lifts
a client's pause in the same way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.samples import CUT_OFF, END, FREEZE, LIFT_ASKED, PAUSE
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.test_revoking import WHY, in_turn, listed
from tests.cli.typed import Machine

PATH = "/v1/freeze"
THAWED = {**FREEZE, "frozen": False, "lifted_by": "alice"}
FIRST_WORD = {**FREEZE, "lift_requested_by": "alice", "lift_request_ends_at": END}


def bodies(broker: ScriptedBroker, path: str) -> list[Any]:
    return [body for method, name, _, body in broker.requests if (method, name) == ("POST", path)]


@pytest.mark.parametrize("words", [("freeze",), ("revoke", "everything")])
def test_a_freeze_says_since_when_no_one_gets_a_session_and_shows_the_cut_offs(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...]
) -> None:
    output = machine.type(*words, *WHY)
    assert output.code == 0
    assert output.err.startswith("This freezes Daypass: no one gets a session of any client, until")
    assert output.out == (
        "Daypass is frozen since Thu 2026-01-01 00:00 UTC, by lena: a laptop is lost\n"
        "It hands over no session after 00:00:00 UTC.\n"
        "1 session may be alive, until Tue 2036-01-01 00:00 UTC at the latest. See: daypass"
        " cut-offs\n"
        "CUT-OFF             WHOSE SESSIONS  STATE\n"
        "acme-prod/readonly  bob's           seen at 00:00:00 UTC\n"
    )
    assert bodies(broker, PATH) == [{"reason": "r"}]


def test_the_count_of_the_live_sessions_is_waited_for(
    machine: Machine, broker: ScriptedBroker
) -> None:
    early = {**FREEZE, "listed_at": None, "alive": None, "last_moment": None}
    broker.answers[PATH] = in_turn((200, early), (200, early), (200, FREEZE))
    assert "1 session may be alive" in machine.type("freeze", *WHY).out
    broker.answers[PATH] = 200, {**early, "no_session_after": END}
    output = machine.type("freeze", "--wait=1", *WHY)
    assert output.out == (
        "Daypass is frozen since Thu 2026-01-01 00:00 UTC, by lena: a laptop is lost\n"
        "Until 00:00:00 UTC, a request from before the freeze may still get a session.\n"
        "It is counting the sessions that may be alive, and then requests their cut-offs.\n"
        "CUT-OFF             WHOSE SESSIONS  STATE\n"
        "acme-prod/readonly  bob's           seen at 00:00:00 UTC\n"
    )
    assert output.code == 0


def test_a_freeze_is_shown_before_the_sessions_are_counted(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[PATH] = 200, {**FREEZE, "listed_at": None, "alive": None, "last_moment": None}
    with machine.start("freeze", "--wait=30", *WHY) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Daypass is frozen since ")
        assert len(bodies(broker, PATH)) == 1
        process.kill()


def test_a_freeze_prints_json(machine: Machine) -> None:
    output = machine.type("freeze", "--json", *WHY)
    assert json.loads(output.out) == {**FREEZE, "cut_offs": [CUT_OFF]}


def test_a_freeze_without_live_sessions(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers[PATH] = 200, {**FREEZE, "alive": 0, "last_moment": None}
    assert "No session is alive.\n" in machine.type("freeze", *WHY).out


@pytest.mark.parametrize("command", ["who", "cut-offs"])
def test_lists_begin_with_the_freeze(
    machine: Machine, broker: ScriptedBroker, command: str
) -> None:
    broker.answers[PATH] = 200, FIRST_WORD
    output = machine.type(command)
    assert output.out.startswith("Daypass is frozen since Thu 2026-01-01 00:00 UTC, by lena:")
    assert "alice asked to lift it. Another lead confirms that until Tue 2036" in output.out
    broker.answers[PATH] = 200, THAWED
    assert "frozen" not in machine.type(command).out
    broker.refuse(PATH, "no-such-route", "There is nothing here.", 404)
    assert machine.type(command).code == 0


def test_the_first_lead_asks_and_the_second_lead_lifts(
    machine: Machine, broker: ScriptedBroker
) -> None:
    output = machine.type("thaw", *WHY)
    assert output.err.startswith("Daypass is frozen since Thu 2026-01-01 00:00 UTC, by lena:")
    assert output.out == (
        "You asked to lift the freeze. Daypass stays frozen until another lead types, before Tue"
        " 2036-01-01 00:00 UTC: daypass thaw --reason …\n"
    )
    broker.answers["/v1/thaw"] = 200, THAWED
    assert machine.type("thaw", *WHY).out == "The freeze is lifted: members get sessions again.\n"
    assert bodies(broker, "/v1/thaw") == [{"reason": "r"}] * 2
    assert json.loads(machine.type("thaw", "--json", *WHY).out) == THAWED


def test_nothing_to_thaw(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers[PATH] = 200, THAWED
    assert machine.type("thaw", *WHY).out == "Daypass is not frozen.\n"
    assert json.loads(machine.type("thaw", "--json", *WHY).out) == THAWED
    assert bodies(broker, "/v1/thaw") == []


def test_a_freeze_whose_cut_offs_are_not_listed_yet(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers["/v1/cut-offs"] = listed()
    assert "CUT-OFF" not in machine.type("freeze", *WHY).out


PAUSE_PATH, LIFT_PATH = (f"/v1/engagements/acme-prod/{name}" for name in ("pause", "lift-pause"))
NOT_PAUSED = {**PAUSE, "paused": False, "lifted_by": "bob"}


def test_a_pause_is_lifted_by_two_leads_after_the_client_was_asked(
    machine: Machine, broker: ScriptedBroker
) -> None:
    output = machine.type("lift-pause", "acme-prod", *WHY)
    assert output.err.startswith(
        "acme-prod is paused since Thu 2026-01-01 00:00 UTC.\n"
        "Someone pressed the button at Thu 2026-01-01 00:00 UTC on the page of the link 0a0a"
    )
    assert output.out == (
        "You asked to lift the pause, and the client can refuse until Thu 2026-01-01 00:00 UTC."
        " Then another lead types, before Tue 2036-01-01 00:00 UTC: daypass lift-pause acme-prod"
        " --reason …\n"
    )
    broker.answers[PAUSE_PATH] = 200, LIFT_ASKED
    broker.answers[LIFT_PATH] = 200, NOT_PAUSED
    output = machine.type("lift-pause", "acme-prod", *WHY)
    assert "alice asked to lift it. Another lead can confirm that from Thu 2026" in output.err
    assert output.out == "The pause is lifted: members get sessions again.\n"
    assert json.loads(machine.type("lift-pause", "acme-prod", "--json", *WHY).out) == NOT_PAUSED
    assert bodies(broker, LIFT_PATH) == [{"reason": "r"}] * 3


def test_no_pause_to_lift(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers[PAUSE_PATH] = 200, NOT_PAUSED
    assert machine.type("lift-pause", "acme-prod", *WHY).out == "acme-prod is not paused.\n"
    assert json.loads(machine.type("lift-pause", "acme-prod", "--json", *WHY).out) == NOT_PAUSED
    assert bodies(broker, LIFT_PATH) == []
