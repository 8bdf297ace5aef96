"""`daypass approve` and `deny`: the effect first, shorter access, and no decision by an agent."""

import json

import pytest

from tests.cli.requests.moments import moment
from tests.cli.samples import EMERGENCY, REQUEST

ID = REQUEST["id"]
PATH = f"/v1/requests/{ID}"
UNTIL = {"duration": None, "ends_at": "2036-01-05T18:00:00Z"}
SPAN = {**UNTIL, "starts_at": "2036-01-05T12:00:00Z"}


def test_a_decision_shows_the_request_and_its_effect_and_asks(terminal):
    terminal.run(f"""
        approve {ID}
        approve {ID} --yes --because 'as discussed'
        approve {ID} --for 1h --yes
        approve {ID} --for 1h --until 18:00 --yes
        approve {ID} --until 18:00 --yes
        deny {ID}
        deny {ID} --because 'not this week'
    """)
    terminal.note("the access has a start and an end", {PATH: {**REQUEST, **SPAN}})
    terminal.run(f"""
        approve {ID} --for 1h --yes
        approve {ID} --until 2036-01-05T14:00 --yes
    """)
    terminal.note("the access has an end", {PATH: {**REQUEST, **UNTIL}})
    terminal.run(f"""
        approve {ID} --until 2036-01-05T14:00 --yes
        approve {ID} --yes
    """)
    terminal.note("someone has denied it", {PATH: {**REQUEST, "status": "denied", "effects": {}}})
    for command in ("approve", "deny"):
        terminal.broker.refuse(f"{PATH}/{command}", "request-decided", "lena denied it.", 409)
        terminal.type(command, ID, "--because", "r")
    terminal.hold("decide")


def test_a_shorter_time_counts_from_now_if_the_access_has_no_start(machine, broker):
    broker.answers[PATH] = 200, {**REQUEST, **UNTIL}
    earliest = moment(60)
    assert machine.type("approve", ID, "--for", "1h", "--yes").code == 0
    (body,) = [body for method, _, _, body in broker.requests if method == "POST"]
    assert earliest <= body["ends_at"] <= moment(60)


@pytest.mark.parametrize("variable", ["CLAUDECODE", "CURSOR_TRACE_ID"])
def test_a_program_that_works_by_itself_decides_nothing(machine, broker, variable):
    machine.variables[variable] = "1"
    for words in (
        ("approve", ID, "--yes"),
        ("deny", ID, "--because", "no"),
        ("emergency", "acme-prod/deploy", "--for", "30m", "--because", "r", "--yes"),
        ("confirm-emergency", ID, "--because", "ok", "--yes"),
    ):
        output = machine.type(*words)
        assert (output.code, output.out) == (3, ""), words
        assert "A person has to decide, in a terminal of their own" in output.sentence
        assert f"here, {variable} is set. (agent-cannot-decide)" in output.sentence
    assert broker.requests == []


def test_a_lead_confirms_an_emergency_or_revokes_the_access(terminal):
    words = f"confirm-emergency {ID} --because 'the disk was full; all fine'"
    terminal.run(words)
    terminal.run(f"{words} --yes")
    terminal.note("luis has confirmed it", {PATH: {**EMERGENCY, "effects": {}}})
    terminal.broker.refuse(f"{PATH}/confirm", "emergency-confirmed", "luis confirmed it.", 409)
    terminal.run(f"{words} --yes\nrevoke request {ID} --because done --yes")
    terminal.hold("confirm-emergency")


@pytest.mark.parametrize("command", ["approve", "deny", "confirm-emergency"])
def test_json_is_the_answer(machine, broker, command):
    out = machine.type(command, ID, "--because", "r", "--json", *["--yes"][: command != "deny"]).out
    assert json.loads(out)["id"] == ID
