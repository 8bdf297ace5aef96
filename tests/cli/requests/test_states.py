"""A request's state and time left, as `daypass requests` shows them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.requests.moments import ALICES, MINE, approved, moment, open_now, pending
from tests.cli.samples import BEGIN, EMERGENCY, REQUEST
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.transcript import Transcript
from tests.cli.typed import Machine

PENDING = "/v1/requests"
Build = Callable[[], dict[str, Any]]


def list_requests(
    broker: ScriptedBroker, mine: list[dict[str, Any]], others: list[dict[str, Any]]
) -> None:
    broker.answers[MINE] = 200, {"requests": mine, "cursor": None}
    broker.answers[PENDING] = 200, {"requests": others, "cursor": None}


def upcoming(**changes: Any) -> dict[str, Any]:
    """Return Alice's approved request whose access opens later."""
    span = {"starts_at": moment(60), "ends_at": moment(180)}
    opened = {"access_starts_at": moment(60), "access_ends_at": moment(180)}
    return approved(duration=None, **span, **opened, **changes)


STATES: dict[str, Build] = {
    "pending": pending,
    "pending for two": lambda: pending(waiting_for=["a lead", "bob", "the client"]),
    "pending for one of two": lambda: pending(waiting_for=["a lead or bob", "the client"]),
    "denied": lambda: pending(status="denied", decided_by="lena"),
    "denied by the client": lambda: pending(status="denied", decided_by="@client/jo"),
    "withdrawn": lambda: pending(status="withdrawn"),
    "expired": lambda: pending(status="expired"),
    "not begun": approved,
    "not used": lambda: approved(access_ends_at=moment(-1)),
    "open": open_now,
    "over": lambda: open_now(access_ends_at=moment(-1)),
    "no longer stored": lambda: open_now(access_ends_at=None),
    "revoked": lambda: open_now(access_revoked_at=BEGIN),
}


@pytest.mark.golden
def test_the_list_shows_the_state_and_the_time_left(terminal: Transcript) -> None:
    for state, build in STATES.items():
        terminal.note(state)
        list_requests(terminal.broker, [build()], [])
        terminal.type("requests", "--all")
        terminal.type("requests")
    terminal.note("one's own, one's own again, and another's")
    list_requests(terminal.broker, [pending()], [pending(), REQUEST])
    terminal.type("requests")
    answer = json.loads(terminal.machine.type("requests", "--json").out)
    assert [each["id"] for each in answer["to_decide"]] == [REQUEST["id"]]
    assert [each["id"] for each in answer["mine"]] == [ALICES]
    terminal.hold("requests")


def test_access_that_opens_later_is_shown_so(machine: Machine, broker: ScriptedBroker) -> None:
    list_requests(broker, [upcoming()], [])
    assert "  approved: opens " in machine.type("requests").out


@pytest.mark.golden
def test_one_request_with_all_that_is_known_of_it(terminal: Transcript) -> None:
    path, words = f"/v1/requests/{REQUEST['id']}", ("requests", REQUEST["id"])
    terminal.type(*words)
    reviewed = {"reviewed_at": BEGIN, "reviewed_by": "lena", "review": "all fine"}
    until: dict[str, Any] = {"duration": None, "ends_at": "2036-01-01T18:00:00Z"}
    span = until | {"starts_at": "2036-01-05T22:00:00Z", "ends_at": "2036-01-05T23:30:00Z"}
    for text, request in (
        ("an emergency without a review", {**EMERGENCY, "reviewed_at": None}),
        ("an emergency with a review", EMERGENCY | reviewed),
        ("of an agent", {**REQUEST, "caller": "agent"}),
        ("with an end", REQUEST | until),
        ("with a start and an end", REQUEST | span),
    ):
        terminal.note(text, {path: request})
        terminal.type(*words)
    terminal.hold("request-shown")


def test_the_ids_of_open_requests_are_offered_for_completion(
    machine: Machine, broker: ScriptedBroker
) -> None:
    list_requests(broker, [pending(status="denied")], [REQUEST])
    machine.type("requests", "--all")
    assert machine.type("complete-requests").out == f"{REQUEST['id']}\n"
    list_requests(broker, [], [{**REQUEST, "id": "$(touch owned)"}])
    assert machine.type("requests").code == 0
    assert machine.type("complete-requests").out == f"{REQUEST['id']}\n"
