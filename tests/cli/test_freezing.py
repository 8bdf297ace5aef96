"""`daypass freeze` stops everything, and two leads lift it with `daypass thaw`. `lift-pause` lifts
a client's pause in the same way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.samples import FREEZE, LIFT_ASKED, PAUSE
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.test_revoking import WHY, listed
from tests.cli.transcript import Transcript, in_turn
from tests.cli.typed import Machine

PATH = "/v1/freeze"
THAWED = {**FREEZE, "frozen": False, "message": "The freeze was lifted."}
FIRST_WORD = {**FREEZE, "message": "alice asked to lift it."}


def bodies(broker: ScriptedBroker, path: str) -> list[Any]:
    return [body for method, name, _, body in broker.requests if (method, name) == ("POST", path)]


@pytest.mark.golden
def test_a_freeze_and_what_it_counts(terminal: Transcript) -> None:
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


def test_a_freeze_is_shown_before_the_sessions_are_counted(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[PATH] = 200, {**FREEZE, "listed_at": None, "alive": None, "last_moment": None}
    with machine.start("freeze", "--wait=30", *WHY) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Daypass is frozen")
        assert len(bodies(broker, PATH)) == 1
        process.kill()


@pytest.mark.golden
def test_lists_begin_with_the_freeze_and_two_leads_lift_it(terminal: Transcript) -> None:
    no_session = {"/v1/sessions": {"sessions": [], "cursor": None}}
    terminal.note("alice has asked to lift it", {PATH: FIRST_WORD} | no_session)
    for command in ("who", "cut-offs"):
        terminal.type(command)
    terminal.type("thaw", *WHY)
    terminal.note("another lead has asked", {"/v1/thaw": THAWED})
    terminal.type("thaw", *WHY)
    terminal.note("it is lifted", {PATH: THAWED})
    for words in (("who",), ("cut-offs",), ("thaw", *WHY), ("thaw", "--json", *WHY)):
        terminal.type(*words)
    terminal.hold("thaw")


@pytest.mark.golden
def test_a_pause_is_lifted_by_two_leads_after_the_client_was_asked(terminal: Transcript) -> None:
    path = "/v1/engagements/acme-prod/"
    words = ("lift-pause", "acme-prod", *WHY)
    not_paused = {**PAUSE, "paused": False, "lifted_by": "bob"}
    terminal.type(*words)
    terminal.note("alice has asked", {f"{path}pause": LIFT_ASKED, f"{path}lift-pause": not_paused})
    terminal.type(*words)
    terminal.note("it is lifted", {f"{path}pause": not_paused})
    terminal.type(*words)
    terminal.type(*words, "--json")
    terminal.hold("lift-pause")
