"""`daypass request`, `withdraw` and `emergency`: what is sent, and what the member learns."""

import json
import shlex

import pytest

from tests.cli.requests.moments import ALICES, MINE, approved, moment, open_now, pending
from tests.cli.samples import EMERGENCY, END, REVOCATION
from tests.cli.transcript import in_turn

PATH = "/v1/engagements/acme-prod/requests"
ONE = f"/v1/requests/{ALICES}"
WITHDRAW, GIVE_BACK = f"{MINE}/{ALICES}/withdraw", f"{MINE}/{ALICES}/end"
EMERGENCY_PATH = "/v1/engagements/acme-prod/roles/deploy/emergency"
ASK = ("request", "acme-prod/deploy", "--because", "the new home page")
WAITS = {"expires_at": END}


@pytest.fixture(autouse=True)
def _request(broker):
    broker.answers[PATH] = 201, pending(**WAITS)


def test_the_words_become_the_fields_of_a_request(terminal):
    words = """\
        --for 2h
        --for 1h30m --ticket OPS-12
        --for 2h --as-agent
        --until 2036-01-05T18:00
        --from '2036-01-05 22:00' --until '2036-01-06 02:00'
        --from '2036-01-05 22:00' --until 2:00
        --from 2036-01-05 --for 4h

        --from 'sat 22:00'
        --for 2h --until 18:00
        --for '2 fortnights'
        --until 1999-01-01
        --from '2036-01-05 22:00' --until '2036-01-05 21:00'"""
    for line in words.splitlines():
        terminal.type(*ASK, *shlex.split(line))
    for field in ("duration", "starts_at", "ends_at", "ticket"):
        problem = {"reason": "bad-value", "detail": "It is too long.", "field": field}
        terminal.note(f"Daypass refuses {field}", {PATH: (400, problem)})
        terminal.type(*ASK, "--for", "2h")
    terminal.note("the role is open already")
    terminal.broker.refuse(PATH, "access-already-open", "You have access without a request.")
    terminal.type(*ASK, "--for", "2h")
    terminal.hold("request")


RESULTS = {
    "approved": approved(),
    "denied": pending(status="denied", message="lena denied this request: not this week."),
    "expired": pending(status="expired", message="No one decided it."),
}


def test_waiting_ends_with_the_result(terminal):
    no_answer = 503, {"reason": "timed-out", "detail": "Wait."}
    for result, request in RESULTS.items():
        terminal.note(result, {ONE: in_turn(no_answer, (200, request))})
        terminal.type(*ASK, "--for", "2h", "--wait")
        assert terminal.broker.counts[ONE] == 2
    terminal.hold("request-waits")


def test_waiting_prints_nothing_but_json_for_a_program(machine, broker):
    broker.answers[ONE] = 200, RESULTS["denied"]
    output = machine.type(*ASK, "--for", "2h", "--wait", "--json")
    assert (output.code, output.err) == (3, "")
    assert json.loads(output.out)["status"] == "denied"


def test_waiting_for_a_broker_that_is_gone_ends_after_the_expiry(machine, broker):
    broker.answers[PATH] = 201, pending(expires_at=moment(-2))
    broker.answers[ONE] = 503, {"reason": "timed-out", "detail": "Wait."}
    output = machine.type(*ASK, "--for", "2h", "--wait")
    assert output.code == 5
    assert "Daypass: Wait." in output.err


def test_a_request_is_withdrawn_or_its_access_given_back(terminal):
    withdrawn = pending(message="alice withdrew this request.")
    terminal.note("it waits", {WITHDRAW: withdrawn, GIVE_BACK: REVOCATION})
    terminal.type("withdraw", ALICES)
    terminal.note("it was decided already")
    terminal.broker.refuse(WITHDRAW, "request-decided", "It was decided already.", 409)
    for text, request in (
        ("its access has not begun", approved()),
        ("its access is open", open_now()),
        ("its access has ended", approved(you_may=[], message="The access is over.")),
        ("it is denied", pending(message="lena denied this request: no.")),
    ):
        terminal.note(text, {ONE: request})
        terminal.type("withdraw", ALICES)
    terminal.hold("withdraw")


def test_an_emergency_states_its_effect_and_asks(terminal):
    opened = {**EMERGENCY, "reason": "the site is down"}
    words = ("emergency", "acme-prod/deploy", "--for", "30m", "--because")
    terminal.note("no emergency is open", {EMERGENCY_PATH: (201, opened)})
    terminal.type(*words, "the site is down")
    terminal.type(*words, "the site is down", "--yes")
    terminal.run("emergency acme-prod --for 30m --because r")
    terminal.note("one is open")
    terminal.type(*words, "again", "--yes")
    terminal.hold("emergency")
