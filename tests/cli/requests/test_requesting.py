"""`daypass request`, `withdraw` and `emergency`: what is sent, and what the member learns."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.cli.requests.moments import ALICES, MINE, approved, moment, open_now, pending
from tests.cli.samples import EMERGENCY, REVOCATION
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine

PATH = "/v1/engagements/acme-prod/requests"
ONE = f"/v1/requests/{ALICES}"
EMERGENCY_PATH = "/v1/engagements/acme-prod/roles/deploy/emergency"
ASK = ("request", "acme-prod/deploy", "--because", "the new home page")


@pytest.fixture(autouse=True)
def _request(broker: ScriptedBroker) -> None:
    broker.answers[PATH] = 201, pending()


def sent(broker: ScriptedBroker) -> list[Any]:
    return [body for method, path, _, body in broker.requests if (method, path) == ("POST", PATH)]


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (("--for", "2h"), {"duration": 7200}),
        (("--for", "1h30m", "--ticket", "OPS-12"), {"duration": 5400, "ticket": "OPS-12"}),
        (("--for", "2h", "--as-agent"), {"duration": 7200, "caller": "agent"}),
        (("--until", "2036-01-05T18:00"), {"ends_at": "2036-01-05T18:00:00Z"}),
        (
            ("--from", "2036-01-05 22:00", "--until", "2036-01-06 02:00"),
            {"starts_at": "2036-01-05T22:00:00Z", "ends_at": "2036-01-06T02:00:00Z"},
        ),
        (
            ("--from", "2036-01-05 22:00", "--until", "2:00"),
            {"starts_at": "2036-01-05T22:00:00Z", "ends_at": "2036-01-06T02:00:00Z"},
        ),
        (
            ("--from", "2036-01-05", "--for", "4h"),
            {"starts_at": "2036-01-05T00:00:00Z", "ends_at": "2036-01-05T04:00:00Z"},
        ),
    ],
)
def test_the_words_become_the_fields_of_a_request(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], fields: dict[str, Any]
) -> None:
    output = machine.type(*ASK, *words)
    assert (output.code, output.err) == (0, "")
    assert sent(broker) == [{"role": "deploy", "reason": "the new home page", **fields}]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Say for how long, such as --for 2h, or until when: --until 18:00."),
        (("--from", "sat 22:00"), "Say for how long, such as --for 2h"),
        (("--for", "2h", "--until", "18:00"), "Give --for or --until, not both."),
        (("--for", "2 fortnights"), "Argument --for: '2 fortnights' is no duration. Type one such"),
        (("--until", "1999-01-01"), "'1999-01-01' is in the past"),
        (
            ("--from", "2036-01-05 22:00", "--until", "2036-01-05 21:00"),
            "'2036-01-05 21:00' is not after the start: Sat 2036-01-05 21:00 UTC.",
        ),
    ],
)
def test_a_span_that_fits_nothing_is_explained_and_not_sent(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], sentence: str
) -> None:
    output = machine.type(*ASK, *words)
    assert (output.code, output.out) == (2, "")
    assert sentence in output.sentence
    assert broker.requests == []


def test_the_member_learns_what_it_waits_for_and_until_when(
    machine: Machine, broker: ScriptedBroker
) -> None:
    request = pending(waiting_for=["a lead", "the client"], expires_at="2036-01-01T00:00:00Z")
    broker.answers[PATH] = 201, request
    title, waits, hint = machine.type(*ASK, "--for", "2h").out.splitlines()
    assert title == f"Request {ALICES}: acme-prod/deploy, 2 h from its first use."
    assert waits.startswith("It waits for a lead and the client, until Tue 2036-01-01 00:00 UTC (")
    assert hint == f"To see it: daypass requests. To take it back: daypass withdraw {ALICES}"


def test_a_role_that_needs_no_request_is_refused_as_daypass_says(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.refuse(PATH, "access-already-open", "You have access to this role without a request.")
    output = machine.type(*ASK, "--for", "2h")
    assert (output.code, output.out) == (3, "")
    assert "You have access to this role without a request." in output.sentence


@pytest.mark.parametrize(
    ("field", "argument"),
    [
        ("duration", "--for"),
        ("starts_at", "--from"),
        ("ends_at", "--until"),
        ("ticket", "--ticket"),
    ],
)
def test_a_refused_field_is_named_as_its_argument(
    machine: Machine, broker: ScriptedBroker, field: str, argument: str
) -> None:
    problem = {"reason": "bad-value", "detail": "It is too long.", "field": field, "status": 400}
    broker.answers[PATH] = 400, problem
    assert f"{argument}: It is too long." in machine.type(*ASK, "--for", "2h").sentence


def reads(broker: ScriptedBroker, *requests: dict[str, Any]) -> None:
    """Answer each further read of the request with the next of these. Status 503 for an empty
    one."""
    rest = list(requests)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        request = rest.pop(0) if len(rest) > 1 else rest[0]
        content = json.dumps(request or {"reason": "timed-out", "detail": "Wait."}).encode()
        handler.send_response_only(200 if request else 503)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    broker.answers[ONE] = answer


RESULTS: dict[str, tuple[dict[str, Any], int, str]] = {
    "approved": (approved(), 0, "Approved by lena: after 18:00\n"),
    "approved by the client": (
        approved(decided_by="@client/jo", decision=""), 0, "Approved by jo at the client.\n"
    ),
    "denied": (
        pending(status="denied", decided_by="lena", decision="not this week"),
        3,
        "Daypass: Denied by lena: not this week\n",
    ),
    "expired": (
        pending(status="expired"),
        3,
        "Daypass: Your request is expired: no one decided in time. If you still need it, ask again",
    ),
    "withdrawn": (pending(status="withdrawn"), 3, "Daypass: Your request is withdrawn. If you"),
}  # fmt: skip


@pytest.mark.parametrize("result", RESULTS)
def test_waiting_ends_with_the_result(
    machine: Machine, broker: ScriptedBroker, result: str
) -> None:
    request, code, text = RESULTS[result]
    reads(broker, {}, request)  # one read fails
    output = machine.type(*ASK, "--for", "2h", "--wait")
    assert output.code == code
    assert text in output.out + output.err
    assert broker.counts[ONE] == 2
    assert ("Next: daypass shell acme-prod/deploy" in output.out) == (code == 0)


def test_waiting_prints_nothing_but_json_for_a_program(
    machine: Machine, broker: ScriptedBroker
) -> None:
    reads(broker, RESULTS["denied"][0])
    output = machine.type(*ASK, "--for", "2h", "--wait", "--json")
    assert (output.code, output.err) == (3, "")
    assert json.loads(output.out)["status"] == "denied"


def test_waiting_for_a_broker_that_is_gone_ends_after_the_expiry(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[PATH] = 201, pending(expires_at=moment(-2))
    reads(broker, {})
    output = machine.type(*ASK, "--for", "2h", "--wait")
    assert output.code == 5
    assert "Daypass: Wait." in output.err


def test_a_request_is_withdrawn(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers[f"{MINE}/{ALICES}/withdraw"] = 200, pending(status="withdrawn")
    assert machine.type("withdraw", ALICES).out == (
        f"Your request {ALICES} for acme-prod/deploy is withdrawn.\n"
    )


@pytest.mark.parametrize("request_then", [approved, open_now])
def test_access_that_was_approved_already_is_given_back(
    machine: Machine, broker: ScriptedBroker, request_then: Any
) -> None:
    broker.refuse(f"{MINE}/{ALICES}/withdraw", "request-decided", "It was decided already.", 409)
    broker.answers[ONE] = 200, request_then()
    broker.answers[f"{MINE}/{ALICES}/end"] = 200, REVOCATION
    output = machine.type("withdraw", ALICES)
    assert output.out == (
        "It was approved. Your access to acme-prod/deploy is ended. It is revoked.\n"
    )


def test_access_that_has_ended_cannot_be_given_back_again(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.refuse(f"{MINE}/{ALICES}/withdraw", "request-decided", "It was decided already.", 409)
    broker.answers[ONE] = 200, {**approved(), "access_revoked_at": "2026-01-02T00:00:00Z"}
    output = machine.type("withdraw", ALICES)
    assert output.code == 3
    assert "Your access to acme-prod/deploy has ended already" in output.sentence
    assert broker.counts[f"{MINE}/{ALICES}/end"] == 0


@pytest.mark.parametrize("status", ["denied", "expired", "withdrawn"])
def test_what_is_over_cannot_be_withdrawn(
    machine: Machine, broker: ScriptedBroker, status: str
) -> None:
    broker.refuse(f"{MINE}/{ALICES}/withdraw", "request-decided", "It was decided already.", 409)
    broker.answers[ONE] = 200, pending(status=status)
    output = machine.type("withdraw", ALICES)
    assert output.code == 3
    assert "It was decided already." in output.sentence
    assert broker.counts[f"{MINE}/{ALICES}/end"] == 0


def test_an_emergency_states_its_effect_and_asks(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers[EMERGENCY_PATH] = 201, {**EMERGENCY, "reason": "the site is down"}
    words = ("emergency", "acme-prod/deploy", "--for", "30m", "--because", "the site is down")
    refused = machine.type(*words)
    assert refused.code == 2
    assert "This opens acme-prod/deploy for you, for 30 min from now" in refused.err
    assert "Every lead hears of it at once" in refused.err
    assert broker.requests == []
    output = machine.type(*words, "--yes")
    assert output.out.startswith("acme-prod/deploy is open for you until Tue 2036-01-01 00:00 UTC.")
    ((_, _, _, body),) = broker.requests
    assert body == {"duration": 1800, "reason": "the site is down"}


def test_a_second_emergency_says_that_the_first_one_is_still_open(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[EMERGENCY_PATH] = 201, {**EMERGENCY, "reason": "the site is down"}
    words = ("emergency", "acme-prod/deploy", "--for", "30m", "--because", "again", "--yes")
    assert machine.type(*words).out.startswith(
        "Your earlier emergency still has acme-prod/deploy open, until Tue 2036-01-01 00:00 UTC.\n"
        "It keeps its reason: the site is down\n"
    )


def test_an_emergency_needs_the_role_by_name(machine: Machine) -> None:
    output = machine.type("emergency", "acme-prod", "--for", "30m", "--because", "r")
    assert output.sentence == "Daypass: Name the role too, such as acme-prod/deploy."
