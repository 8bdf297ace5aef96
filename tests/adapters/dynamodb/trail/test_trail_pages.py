"""Pages of the trail, merged from queries that may each have stopped early."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.adapters.dynamodb.trail import DynamoTrail
from chalicelib.domain.lists import Page
from chalicelib.domain.trail import Action, Entry, Outcome, TrailQuery
from chalicelib.domain.vending.intents import build_outcome_entry
from tests.adapters.dynamodb.recorded import TRAIL, Recorded, Response, answer
from tests.builders import NOON
from tests.rows import every

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# An entry a minute, the newest first.
ENTRIES = [
    Entry(
        id=f"e{number}",
        at=NOON - number * MINUTE,
        actor="lena",
        action=Action.GRANT_CREATE,
        outcome=Outcome.DONE,
        engagement="acme-prod",
    )
    for number in range(10)
]
E = [entry.position for entry in ENTRIES]


def ask(client: Recorded, **changes: Any) -> Page[Entry]:
    span = {"since": NOON - DAY, "until": NOON + MINUTE, "limit": 4}
    return DynamoTrail(client.tables).page(TrailQuery(**(span | changes)))


def at(*numbers: int, stopped_at: str = "") -> Response:
    """Return a query's response with the entries of these numbers."""
    return answer([ENTRIES[number] for number in numbers], stopped_at=stopped_at)


def of(page: Page[Entry]) -> tuple[list[int], str]:
    return [ENTRIES.index(entry) for entry in page.items], page.cursor


@every(
    "vends, changes, expected, cursor",
    [
        # Both queries reached the end.
        (at(), at(), [], ""),
        (at(1), at(0, 2), [0, 1, 2], ""),
        (at(0, 2), at(1, 3), [0, 1, 2, 3], ""),
        (at(0, 2, 4), at(1, 3), [0, 1, 2, 3], E[3]),
        (at(), at(0, 1, 2, 3, 4), [0, 1, 2, 3], E[3]),
        # One query stopped early: older entries are left to the next page.
        (at(1, stopped_at=E[3]), at(0, 2, 4), [0, 1, 2], E[3]),
        (at(0, 2, 4), at(1, stopped_at=E[3]), [0, 1, 2], E[3]),
        (at(1, 3, stopped_at=E[3]), at(0, 2, 4), [0, 1, 2, 3], E[3]),
        # Both stopped early: the page ends at the newer of the two positions.
        (at(1, stopped_at=E[2]), at(0, 3, stopped_at=E[5]), [0, 1], E[2]),
        (at(1, stopped_at=E[5]), at(0, 3, stopped_at=E[2]), [0, 1], E[2]),
        # None of a thousand entries matched: an empty page with a cursor.
        (at(stopped_at=E[7]), at(), [], E[7]),
        (at(stopped_at=E[7]), at(8, 9), [], E[7]),
        (at(), at(stopped_at=E[7]), [], E[7]),
        (at(0, stopped_at=E[7]), at(8), [0], E[7]),
    ],
)
def test_several_queries_are_merged_down_to_the_entry_that_all_have_reached(
    vends: Response, changes: Response, expected: list[int], cursor: str
) -> None:
    client = Recorded(vends, changes)
    assert of(ask(client, engagement="acme-prod")) == (expected, cursor)
    assert len(client.requests) == 2


def test_the_cursors_own_entry_is_not_repeated() -> None:
    client = Recorded(at(3, 4), at(5))
    assert of(ask(client, engagement="acme-prod", cursor=E[3])) == ([4, 5], "")


@every("limit", [1, 2, 3, 4, 5, 6])
def test_every_page_continues_where_the_one_before_ended(limit: int) -> None:
    """DynamoDB reads a few entries at a time, and every third entry matches."""
    seen: list[int] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        after = [n for n in range(10) if not cursor or E[n] <= cursor][:3]
        last = E[after[-1]] if after[-1] != 9 else ""
        client = Recorded(at(*(n for n in after if n % 3 == 0), stopped_at=last))
        page = ask(client, engagement="acme-prod", vends_only=True, cursor=cursor, limit=limit)
        result, cursor = of(page)
        seen, pages = seen + result, pages + 1
        assert pages < 20
    assert seen == [0, 3, 6, 9]


def queried_days(client: Recorded) -> list[str]:
    return [sent["ExpressionAttributeValues"][":key"]["S"] for sent in client.requests]


def on_day(back: int, number: int = 0) -> Entry:
    return Entry(
        id=f"d{back}-{number}",
        at=NOON - back * DAY - number * MINUTE,
        actor="lena",
        action=Action.MEMBER_CREATE,
        outcome=Outcome.DONE,
    )


def test_every_day_of_the_span_is_queried_including_the_oldest() -> None:
    client = Recorded(answer([]), answer([on_day(1)]), answer([on_day(2)]))
    assert ask(client, since=NOON - 2 * DAY) == Page((on_day(1), on_day(2)), "")
    assert queried_days(client) == ["2026-11-24", "2026-11-23", "2026-11-22"]


def test_a_span_of_part_of_a_day_is_one_query() -> None:
    client = Recorded(answer([on_day(0)]))
    assert ask(client, since=NOON - MINUTE) == Page((on_day(0),), "")
    assert queried_days(client) == ["2026-11-24"]


def test_a_long_span_is_ten_days_a_page_and_the_next_ends_with_the_oldest() -> None:
    client = Recorded(*[answer([])] * 10)
    page = ask(client, since=NOON - 12 * DAY)
    assert queried_days(client) == [f"2026-11-{day}" for day in range(24, 14, -1)]
    assert page.items == ()
    # The next page's first query may still look at the last day; it finds nothing there again.
    on_that_day = "2026-11-15T00:00:00.000000Z"
    assert page.cursor.startswith(on_that_day)
    assert page.cursor < f"{on_that_day}#{'0' * 16}"
    client = Recorded(*[answer([])] * 3, answer([on_day(12)]))
    page = ask(client, since=NOON - 12 * DAY, cursor=page.cursor)
    assert queried_days(client) == ["2026-11-15", "2026-11-14", "2026-11-13", "2026-11-12"]
    assert page == Page((on_day(12),), "")


def test_a_page_stops_at_the_day_that_fills_it() -> None:
    many = [on_day(1, number) for number in range(5)]
    client = Recorded(answer([]), answer(many))
    page = ask(client, since=NOON - 5 * DAY)
    assert page == Page(tuple(many[:4]), many[3].position)
    assert len(client.requests) == 2


def test_a_full_page_checks_for_further_entries() -> None:
    many = [on_day(1, number) for number in range(4)]
    client = Recorded(answer([]), answer(many), answer([on_day(2)]))
    page = ask(client, since=NOON - 2 * DAY)
    assert page == Page(tuple(many), many[3].position)
    assert len(client.requests) == 3
    client = Recorded(answer([]), answer(many), answer([]))
    assert ask(client, since=NOON - 2 * DAY) == Page(tuple(many), "")


def test_the_next_page_continues_within_an_unfinished_day() -> None:
    stopped = on_day(1, 7).position
    client = Recorded(answer([on_day(0)]), answer([on_day(1)], stopped_at=stopped))
    page = ask(client, since=NOON - 5 * DAY)
    assert page == Page((on_day(0), on_day(1)), stopped)
    assert len(client.requests) == 2


INTENTS = [
    Entry(
        id=f"v{number}",
        at=NOON - number * MINUTE,
        actor="alice",
        action=Action.VEND,
        outcome=Outcome.INTENDED,
        engagement="acme-prod",
        vend=f"v{number}",
        details={"session_name": f"alice.v{number}"},
    )
    for number in range(4)
]
ISSUED = [build_outcome_entry(intent, Outcome.ISSUED, at=NOON) for intent in INTENTS]
SETTLED = [item for pair in zip(ISSUED, INTENTS, strict=True) for item in pair]
"""Four vends, newest first. Each outcome comes before its intent."""


def stored(*entries: Entry, stopped_at: str = "") -> Response:
    return answer(entries, stopped_at=stopped_at, intents=INTENTS)


def down_to_the_intent(of: Entry) -> dict[str, Any]:
    return {
        "TableName": TRAIL,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :intent AND :sk",
        "ExpressionAttributeValues": {
            ":pk": {"S": "VENDS#alice"},
            ":intent": {"S": of.position},
            ":sk": {"S": f"{of.position}#outcome"},
        },
        "ScanIndexForward": False,
        "ConsistentRead": True,
    }


@every("limit", [1, 3, 5])
def test_where_a_page_of_vends_would_end_with_an_outcome_its_intent_is_read_too(limit: int) -> None:
    last = INTENTS[limit // 2]
    client = Recorded(stored(*SETTLED[: limit + 2]), stored(*SETTLED[limit - 1 : limit + 1]))
    page = ask(client, engagement="acme-prod", vends_only=True, limit=limit)
    assert page == Page(tuple(SETTLED[: limit + 1]), last.position)
    assert client.requests[1:] == [down_to_the_intent(last)]


def test_so_it_is_where_dynamodb_stopped_at_an_outcome() -> None:
    stopped = f"{INTENTS[1].position}#outcome"
    client = Recorded(stored(*SETTLED[:3], stopped_at=stopped), stored(*SETTLED[2:4]))
    page = ask(client, member="alice", vends_only=True)
    assert page == Page(tuple(SETTLED[:4]), INTENTS[1].position)
    assert client.requests[1:] == [down_to_the_intent(INTENTS[1])]


@every("response, limit, page", [
        # It ends with an intent.
        (stored(*SETTLED[:4]), 2, Page(tuple(SETTLED[:2]), INTENTS[0].position)),
        # There is nothing more to come.
        (stored(*SETTLED[:4]), 4, Page(tuple(SETTLED[:4]), "")),
        (stored(ISSUED[0]), 4, Page((ISSUED[0],), "")),
        # DynamoDB read further: the intent does not match the filter.
        (stored(ISSUED[0], stopped_at=INTENTS[0].position), 4,
         Page((ISSUED[0],), INTENTS[0].position)),
        (stored(ISSUED[0], stopped_at=INTENTS[2].position), 4,
         Page((ISSUED[0],), INTENTS[2].position)),
        # Nothing was found.
        (stored(stopped_at=f"{INTENTS[0].position}#outcome"), 4,
         Page((), f"{INTENTS[0].position}#outcome")),
    ])  # fmt: skip
def test_any_other_page_of_vends_is_one_query(
    response: Response, limit: int, page: Page[Entry]
) -> None:
    client = Recorded(response)
    assert ask(client, engagement="acme-prod", vends_only=True, limit=limit) == page
    assert len(client.requests) == 1


def test_a_page_of_everything_may_end_with_an_outcome() -> None:
    """The reader of all entries gets the intent on the next page."""
    client = Recorded(stored(*SETTLED[:4]), answer([]))
    page = ask(client, engagement="acme-prod", limit=1)
    assert page == Page((ISSUED[0],), f"{INTENTS[0].position}#outcome")
    assert len(client.requests) == 2
    client = Recorded(stored(*SETTLED[:4]), answer([]))
    assert ask(client, engagement="acme-prod", cursor=page.cursor).items == tuple(SETTLED[1:4])
