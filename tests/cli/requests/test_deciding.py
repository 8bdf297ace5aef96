"""`daypass approve` and `deny`: the effect first, shorter access, and no decision by an agent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.requests.moments import moment
from tests.cli.samples import BEGIN, EMERGENCY, REQUEST
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.transcript import Transcript
from tests.cli.typed import Machine

ID = REQUEST["id"]
PATH = f"/v1/requests/{ID}"
UNTIL: dict[str, Any] = {"duration": None, "ends_at": "2036-01-05T18:00:00Z"}
SPAN = {**UNTIL, "starts_at": "2036-01-05T12:00:00Z"}


@pytest.mark.golden
def test_a_decision_shows_the_request_and_its_effect_and_asks(terminal: Transcript) -> None:
    terminal.type("approve", ID)
    terminal.type("approve", ID, "--yes", "--because", "as discussed")
    for words in (("--for", "1h"), ("--for", "1h", "--until", "18:00"), ("--until", "18:00")):
        terminal.type("approve", ID, *words, "--yes")
    terminal.type("deny", ID)
    terminal.type("deny", ID, "--because", "not this week")
    waits = {f"{PATH}/approve": {**REQUEST, "waiting_for": ["the client"]}}
    terminal.note("another approval is missing", waits)
    terminal.type("approve", ID, "--yes")
    terminal.note("the access has a start and an end", {PATH: {**REQUEST, **SPAN}})
    terminal.type("approve", ID, "--for", "1h", "--yes")
    terminal.type("approve", ID, "--until", "2036-01-05T14:00", "--yes")
    terminal.note("the access has an end", {PATH: {**REQUEST, **UNTIL}})
    terminal.type("approve", ID, "--until", "2036-01-05T14:00", "--yes")
    terminal.type("approve", ID, "--yes")
    terminal.note("someone has denied it", {PATH: {**REQUEST, "status": "denied", "effects": {}}})
    for command in ("approve", "deny"):
        terminal.broker.refuse(f"{PATH}/{command}", "request-decided", "lena denied it.", 409)
        terminal.type(command, ID, "--because", "r")
    terminal.hold("decide")


def test_a_shorter_time_counts_from_now_if_the_access_has_no_start(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[PATH] = 200, {**REQUEST, **UNTIL}
    earliest = moment(60)
    assert machine.type("approve", ID, "--for", "1h", "--yes").code == 0
    (body,) = [body for method, _, _, body in broker.requests if method == "POST"]
    assert earliest <= body["ends_at"] <= moment(60)


@pytest.mark.parametrize("variable", ["CLAUDECODE", "CURSOR_TRACE_ID"])
def test_a_program_that_works_by_itself_decides_nothing(
    machine: Machine, broker: ScriptedBroker, variable: str
) -> None:
    machine.variables[variable] = "1"
    for words in (
        ("approve", ID, "--yes"),
        ("deny", ID, "--because", "no"),
        ("emergency", "acme-prod/deploy", "--for", "30m", "--because", "r", "--yes"),
        ("review-emergency", ID, "--because", "ok", "--yes"),
    ):
        output = machine.type(*words)
        assert (output.code, output.out) == (3, ""), words
        assert "A person has to, in a terminal of their own" in output.sentence
        assert f"here, {variable} is set. (agent-cannot-decide)" in output.sentence
    assert broker.requests == []


@pytest.mark.golden
def test_a_lead_reviews_an_emergency_or_revokes_the_access(terminal: Transcript) -> None:
    words = ("review-emergency", ID, "--because", "the disk was full; all fine")
    terminal.type(*words)
    terminal.type(*words, "--yes")
    reviewed = {**EMERGENCY, "reviewed_by": "luis", "reviewed_at": BEGIN, "review": "all fine"}
    terminal.note("luis has reviewed it", {PATH: reviewed})
    terminal.type(*words, "--yes")
    terminal.type("revoke", "request", ID, "--because", "done", "--yes")
    terminal.hold("review-emergency")


@pytest.mark.parametrize("command", ["approve", "deny", "review-emergency"])
def test_json_is_the_answer(machine: Machine, broker: ScriptedBroker, command: str) -> None:
    out = machine.type(command, ID, "--because", "r", "--json", *["--yes"][: command != "deny"]).out
    assert json.loads(out)["id"] == ID
