"""`daypass approve` and `deny`: the effect first, shorter access, and no decision by an agent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.requests.moments import moment
from tests.cli.samples import APPROVED, BEGIN, EMERGENCY, REQUEST, SESSION
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine

ID = REQUEST["id"]
PATH = f"/v1/requests/{ID}"


def decisions(broker: ScriptedBroker) -> list[tuple[str, Any]]:
    return [(path, body) for method, path, _, body in broker.requests if method == "POST"]


def test_an_approval_shows_the_request_and_its_effect_and_asks(
    machine: Machine, broker: ScriptedBroker
) -> None:
    refused = machine.type("approve", ID)
    assert refused.code == 2
    assert f"Request {ID} of bob, " in refused.err
    assert "  reason    the new home page\n" in refused.err
    assert (
        "This approves sessions of acme-prod/deploy for bob: 2 h from its first use.\n"
        in refused.err
    )
    assert decisions(broker) == []
    output = machine.type("approve", ID, "--yes", "--because", "as discussed")
    assert decisions(broker) == [(f"{PATH}/approve", {"reason": "as discussed"})]
    assert output.out == (
        "The request of bob for acme-prod/deploy is approved: 2 h from its first use. They hear of"
        " it.\n"
    )


def test_an_approval_that_is_not_enough_says_what_the_request_still_waits_for(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[f"{PATH}/approve"] = 200, {**REQUEST, "waiting_for": ["the client"]}
    assert machine.type("approve", ID, "--yes").out == (
        "You approved it. It still waits for the client, until Tue 2036-01-01 00:00 UTC.\n"
    )


def test_an_approval_of_a_decided_request_shows_no_effect(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[PATH] = 200, {**REQUEST, "status": "denied"}
    broker.refuse(f"{PATH}/approve", "request-decided", "lena denied this request.", 409)
    output = machine.type("approve", ID)
    assert output.code == 3
    assert "lena denied this request." in output.sentence
    assert "This approves" not in output.err


UNTIL = {"duration": None, "ends_at": "2036-01-05T18:00:00Z"}
SPAN = {**UNTIL, "starts_at": "2036-01-05T12:00:00Z"}


@pytest.mark.parametrize(
    ("request_has", "words", "body"),
    [
        ({}, ("--for", "1h"), {"duration": 3600}),
        (SPAN, ("--for", "1h"), {"ends_at": "2036-01-05T13:00:00Z"}),
        (SPAN, ("--until", "2036-01-05T14:00"), {"ends_at": "2036-01-05T14:00:00Z"}),
        (UNTIL, ("--until", "2036-01-05T14:00"), {"ends_at": "2036-01-05T14:00:00Z"}),
        (UNTIL, (), {}),
    ],
)
def test_an_approver_can_shorten_the_access(
    machine: Machine,
    broker: ScriptedBroker,
    request_has: dict[str, Any],
    words: tuple[str, ...],
    body: dict[str, Any],
) -> None:
    broker.answers[PATH] = 200, {**REQUEST, **request_has}
    assert machine.type("approve", ID, *words, "--yes").code == 0
    assert decisions(broker) == [(f"{PATH}/approve", body)]


def test_a_shorter_time_counts_from_now_if_the_access_has_no_start(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[PATH] = 200, {**REQUEST, **UNTIL}
    earliest = moment(60)
    assert machine.type("approve", ID, "--for", "1h", "--yes").code == 0
    ((_, body),) = decisions(broker)
    assert earliest <= body["ends_at"] <= moment(60)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--for", "1h", "--until", "18:00"), "Give --for or --until, not both."),
        (("--until", "18:00"), "This access begins with its first use. Shorten it with --for."),
    ],
)
def test_a_time_that_does_not_fit_the_request_is_explained(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], sentence: str
) -> None:
    output = machine.type("approve", ID, *words, "--yes")
    assert (output.code, output.sentence) == (2, f"Daypass: {sentence}")
    assert decisions(broker) == []


def test_a_denial_needs_words(machine: Machine, broker: ScriptedBroker) -> None:
    assert "--because" in machine.type("deny", ID).sentence
    assert broker.requests == []
    assert machine.type("deny", ID, "--because", "not this week").out == (
        "The request of bob for acme-prod/deploy is denied. They hear of it.\n"
    )
    assert decisions(broker) == [(f"{PATH}/deny", {"reason": "not this week"})]


def test_a_decision_that_comes_late_is_answered_with_the_reason(
    machine: Machine, broker: ScriptedBroker
) -> None:
    text = "This request was decided already. lena approved this request."
    broker.refuse(f"{PATH}/deny", "request-decided", text, 409)
    output = machine.type("deny", ID, "--because", "no")
    assert (output.code, output.out) == (3, "")
    assert text in output.sentence


@pytest.mark.parametrize(
    "words",
    [
        ("approve", ID, "--yes"),
        ("deny", ID, "--because", "no"),
        ("emergency", "acme-prod/deploy", "--for", "30m", "--because", "r", "--yes"),
        ("review-emergency", ID, "--because", "ok", "--yes"),
    ],
    ids=lambda words: words[0],
)
@pytest.mark.parametrize("variable", ["CLAUDECODE", "CURSOR_TRACE_ID"])
def test_a_program_that_works_by_itself_decides_nothing(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], variable: str
) -> None:
    machine.variables[variable] = "1"
    output = machine.type(*words)
    assert (output.code, output.out) == (3, "")
    assert "A person has to, in a terminal of their own" in output.sentence
    assert f"here, {variable} is set. (agent-cannot-decide)" in output.sentence
    assert broker.requests == []


def test_a_lead_reviews_an_emergency(machine: Machine, broker: ScriptedBroker) -> None:
    words = ("review-emergency", ID, "--because", "the disk was full; all fine")
    refused = machine.type(*words)
    assert refused.code == 2
    assert "This puts your review on the trail. bob can then open a role in an" in refused.err
    assert decisions(broker) == []
    assert (
        machine.type(*words, "--yes").out
        == "You reviewed the emergency of bob: they can open another.\n"
    )
    assert decisions(broker) == [(f"{PATH}/review", {"reason": "the disk was full; all fine"})]


def test_a_review_that_is_there_is_shown_and_not_sent_again(
    machine: Machine, broker: ScriptedBroker
) -> None:
    reviewed = {**EMERGENCY, "reviewed_by": "luis", "reviewed_at": BEGIN, "review": "all fine"}
    broker.answers[PATH] = 200, reviewed
    output = machine.type("review-emergency", ID, "--because", "all fine", "--yes")
    assert output.code == 0
    assert "luis" in output.out
    assert output.out.endswith("Nothing is left to do.\n")
    assert decisions(broker) == []


def test_the_access_that_a_request_opened_is_revoked(
    machine: Machine, broker: ScriptedBroker
) -> None:
    opened = {**APPROVED, "started_at": BEGIN, "access_starts_at": "2026-01-02T00:00:00Z"}
    broker.answers[PATH] = 200, opened
    sessions = [
        {
            **SESSION,
            "role": "deploy",
            "session_name": f"bob.{day}",
            "began_at": f"2026-01-0{day}T00:00:00Z",
        }
        for day in (1, 2, 3)
    ]
    broker.answers["/v1/sessions"] = 200, {"sessions": [*sessions, SESSION], "cursor": None}
    output = machine.type("revoke", "request", ID, "--because", "done", "--yes")
    assert output.code == 0
    assert f"This revokes the access that the request {ID} opened" in output.err
    assert "Other access of theirs to the role goes on." in output.err
    assert "  bob in acme-prod/deploy: 2 sessions, until" in output.err
    assert decisions(broker) == [(f"{PATH}/revoke", {"reason": "done"})]
    assert [path for _, path, _, _ in broker.requests if "member=bob" in path]


@pytest.mark.parametrize("command", ["approve", "deny", "review-emergency"])
def test_json_is_the_answer(machine: Machine, broker: ScriptedBroker, command: str) -> None:
    out = machine.type(command, ID, "--because", "r", "--json", *["--yes"][: command != "deny"]).out
    assert json.loads(out)["id"] == ID
