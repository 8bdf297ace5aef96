"""A request's state and time left, as `daypass requests` shows them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.requests.moments import ALICES, MINE, approved, moment, open_now, pending
from tests.cli.samples import BEGIN, EMERGENCY, REQUEST
from tests.cli.scripted_broker import ScriptedBroker
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


STATES: dict[str, tuple[Build, str, str]] = {
    "pending": (pending, "waits for a lead", "████████░░ 48 min"),
    "pending for two": (
        lambda: pending(waiting_for=["a lead", "bob", "the client"]),
        "waits for a lead, bob and the client",
        "████████░░ 48 min",
    ),
    "denied": (lambda: pending(status="denied", decided_by="lena"), "denied by lena", ""),
    "denied by the client": (
        lambda: pending(status="denied", decided_by="@client/jo"),
        "denied by jo at the client",
        "",
    ),
    "withdrawn": (lambda: pending(status="withdrawn"), "withdrawn", ""),
    "expired": (lambda: pending(status="expired"), "expired: no one decided in time", ""),
    "not begun": (approved, "approved: the first use begins it", "██████████ 23 h"),
    "not used": (
        lambda: approved(access_ends_at=moment(-1)), "approved, and not used in time", ""
    ),
    "upcoming": (upcoming, "approved: opens ", ""),
    "open": (open_now, "open", "█████░░░░░ 1 h"),
    "over": (lambda: open_now(access_ends_at=moment(-1)), "over", ""),
    "no longer stored": (lambda: open_now(access_ends_at=None), "over", ""),
    "revoked": (lambda: open_now(access_revoked_at=BEGIN), "revoked or given back", ""),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_the_list_shows_the_state_and_the_time_left(
    machine: Machine, broker: ScriptedBroker, state: str
) -> None:
    build, text, left = STATES[state]
    list_requests(broker, [build()], [])
    heading, row, note = machine.type("requests", "--all").out.splitlines()
    assert row.startswith(f"{ALICES}  acme-prod/deploy  ")
    state_column = heading.index("STATE")
    assert row[state_column:].startswith(text)
    assert row[heading.index("TIME LEFT") : state_column].strip() == left
    assert note == "  the new home page (OPS-12)"


@pytest.mark.parametrize("state", STATES)
def test_without_all_the_list_has_only_what_is_open_or_waits(
    machine: Machine, broker: ScriptedBroker, state: str
) -> None:
    is_shown = state in ("pending", "pending for two", "not begun", "upcoming", "open")
    list_requests(broker, [STATES[state][0]()], [])
    assert (ALICES in machine.type("requests").out) == is_shown


def test_the_list_has_the_requests_of_others_first_and_ones_own_only_once(
    machine: Machine, broker: ScriptedBroker
) -> None:
    list_requests(broker, [pending()], [pending(), REQUEST])
    lines = machine.type("requests").out.splitlines()
    assert [line.split()[0] for line in lines if line[:1].strip()] == [
        "WAITING",
        REQUEST["id"],
        "YOURS",
        ALICES,
        "To",
    ]
    assert lines[-1] == "To decide: daypass approve, or daypass deny, and the request's ID"
    answer = json.loads(machine.type("requests", "--json").out)
    assert [each["id"] for each in answer["to_decide"]] == [REQUEST["id"]]
    assert [each["id"] for each in answer["mine"]] == [ALICES]


def test_a_choice_of_approvers_stands_apart_from_the_client(
    machine: Machine, broker: ScriptedBroker
) -> None:
    list_requests(broker, [pending(waiting_for=["a lead or bob", "the client"])], [])
    assert "waits for a lead or bob, and the client\n" in machine.type("requests").out


def test_an_empty_list(machine: Machine, broker: ScriptedBroker) -> None:
    list_requests(broker, [], [])
    assert machine.type("requests").out == (
        "No request waits for you, and you have none. To ask: daypass request\n"
    )


def test_one_request_with_all_that_is_known_of_it(machine: Machine, broker: ScriptedBroker) -> None:
    assert machine.type("requests", REQUEST["id"]).out == (
        f"Request {REQUEST['id']} of bob, Thu 2026-01-01 00:00 UTC\n"
        "  access    acme-prod/deploy, 2 h from its first use\n"
        "  reason    the new home page\n"
        "  ticket    OPS-12 https://tickets.example.com/OPS-12\n"
        "  state     waits for a lead, until Tue 2036-01-01 00:00 UTC\n"
        "  approved  jo at the client, Thu 2026-01-01 00:00 UTC\n"
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"reviewed_at": None},
            f"none yet. A lead types: daypass review-emergency {REQUEST['id']}",
        ),
        ({"reviewed_at": BEGIN, "reviewed_by": "lena", "review": "all fine"}, "lena: all fine"),
    ],
)
def test_an_emergency_and_its_review(
    machine: Machine, broker: ScriptedBroker, changes: dict[str, Any], line: str
) -> None:
    broker.answers[f"/v1/requests/{REQUEST['id']}"] = 200, {**EMERGENCY, **changes}
    out = machine.type("requests", REQUEST["id"]).out
    assert "acme-prod/deploy, an emergency, Thu 2026-01-01" in out
    assert f"  review    {line}\n" in out


def test_the_request_of_an_agent_says_so(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers[f"/v1/requests/{REQUEST['id']}"] = 200, {**REQUEST, "caller": "agent"}
    assert " of an agent of bob, " in machine.type("requests", REQUEST["id"]).out


@pytest.mark.parametrize(
    ("span", "access"),
    [
        ({"ends_at": "2036-01-01T18:00:00Z"}, "until Tue 2036-01-01 18:00 UTC"),
        (
            {"starts_at": "2036-01-05T22:00:00Z", "ends_at": "2036-01-05T23:30:00Z"},
            "Sat 2036-01-05 22:00 UTC to 23:30",
        ),
    ],
)
def test_access_with_an_end(
    machine: Machine, broker: ScriptedBroker, span: dict[str, str], access: str
) -> None:
    request = {**REQUEST, "duration": None, **span}
    broker.answers[f"/v1/requests/{REQUEST['id']}"] = 200, request
    assert f"acme-prod/deploy, {access}\n" in machine.type("requests", REQUEST["id"]).out


def test_the_ids_of_open_requests_are_offered_for_completion(
    machine: Machine, broker: ScriptedBroker
) -> None:
    list_requests(broker, [pending(status="denied")], [REQUEST])
    machine.type("requests", "--all")
    assert machine.type("complete-requests").out == f"{REQUEST['id']}\n"
    list_requests(broker, [], [{**REQUEST, "id": "$(touch owned)"}])
    assert machine.type("requests").code == 0
    assert machine.type("complete-requests").out == f"{REQUEST['id']}\n"
