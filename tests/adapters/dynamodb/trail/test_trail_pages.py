"""Pages of the trail, merged from queries that may each have stopped early."""

from datetime import timedelta
from itertools import product

from msgspec.structs import replace

from chalicelib.adapters.dynamodb.trail import DynamoTrail
from chalicelib.domain.trail import Action, Outcome, TrailQuery
from chalicelib.domain.values import Page
from chalicelib.domain.vending.vends import build_outcome_entry
from tests.adapters.dynamodb.recorded import Recorded, answer
from tests.adapters.dynamodb.trail.test_trail_contract import an_end, an_intent
from tests.adapters.scene import entry
from tests.builders import NOON
from tests.fakes import World
from tests.rows import every

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


class Short:
    """A DynamoDB client whose limited queries read this many entries at most."""

    def __init__(self, client, most):
        self._client, self._most = client, most

    def query(self, **request):
        if "Limit" in request:
            request["Limit"] = min(self._most, request["Limit"])
        return self._client.query(**request)


def record_all(trail, name, newest):
    """Record sessions, their ends, and changes between them, some on the days before."""
    for number in range(4):
        at = newest - number * MINUTE
        intent = an_intent(name, str(number), at=at)
        trail.record(intent)
        if number:
            trail.put_outcome(intent, build_outcome_entry(intent, Outcome.ISSUED, at=NOON))
        if number % 2:
            trail.put_end(intent, an_end(intent, Action.SESSION_END, name))
            trail.put_end(intent, an_end(intent, Action.SESSION_REVOKE, f"{name}-lead"))
        back = number * timedelta(hours=12) + timedelta(seconds=30)
        about = {"engagement": name, "at": newest - back}
        trail.record(entry(f"{name}c{number}", actor=name, **about))
        trail.record(entry(f"{name}s{number}", subject=name, outcome=Outcome.REFUSED, **about))


CRITERIA = [
    {"engagement": True},
    {"engagement": True, "outcome": Outcome.REFUSED},
    {"engagement": True, "vends_only": True},
    {"member": True},
    {"member": True, "vends_only": True},
    {"engagement": True, "member": True},
    {"revoked_sessions_only": True},
    {},
]


@every("most", [2, 3, 5])
def test_pages_give_every_entry_once_however_few_entries_a_query_reads(aws, name, most):
    name = f"{name}{most}"
    tables = aws.ports.trail._tables
    short = DynamoTrail(replace(tables, client=Short(tables.client, most)))
    fake = World().ports().trail
    newest = NOON - timedelta(days=int(name[1:5], 16) + 20_000 * most)  # days of this test alone
    for trail in (fake, aws.ports.trail):
        record_all(trail, name, newest)
    for criteria in CRITERIA:
        chosen = {key: value if value is not True or key.endswith("_only") else name
                  for key, value in criteria.items()}  # fmt: skip
        span = {"since": newest - 3 * DAY, "until": newest + DAY}
        expected = fake.page(TrailQuery(**span, **chosen, limit=200)).items
        for trail, limit in product((short, fake), (1, 3)):
            pages = all_pages(trail, TrailQuery(**span, **chosen, limit=limit))
            assert [each for page in pages for each in page] == list(expected), (criteria, limit)
            if "vends_only" in criteria:
                assert all(page[-1].outcome is Outcome.INTENDED for page in pages if page)
            else:
                assert max(map(len, pages)) <= limit


def all_pages(trail, query):
    pages = [trail.page(query)]
    while pages[-1].cursor:
        assert len(pages) < 50
        pages.append(trail.page(query.after(pages[-1].cursor)))
    return [page.items for page in pages]


def on_day(back, number=0):
    return entry(f"d{back}-{number}", at=NOON - back * DAY - number * MINUTE)


def ask(client, days, cursor=""):
    """Return a page of all entries of these days, and the days that it queried."""
    span = {"since": NOON - days * DAY, "until": NOON + MINUTE, "limit": 4}
    page = DynamoTrail(client.tables).page(TrailQuery(**span, cursor=cursor))
    return page, [sent["ExpressionAttributeValues"][":key"]["S"] for sent in client.requests]


def days_from(newest, oldest):
    return (f"2026-11-{day}" for day in range(newest, oldest - 1, -1))


def test_a_long_span_is_ten_days_a_page_and_the_next_ends_with_the_oldest():
    page, days = ask(Recorded(*[answer([])] * 10), 12)
    assert (page.items, days) == ((), list(days_from(24, 15)))
    # The next page's first query may still look at the last day; it finds nothing there again.
    on_that_day = "2026-11-15T00:00:00.000000Z"
    assert on_that_day <= page.cursor < f"{on_that_day}#{'0' * 16}"
    client = Recorded(*[answer([])] * 3, answer([on_day(12)]))
    page, days = ask(client, 12, page.cursor)
    assert (page, days) == (Page((on_day(12),), ""), list(days_from(15, 12)))


def test_a_page_stops_at_the_day_that_fills_it_after_a_look_for_more():
    many = [on_day(1, number) for number in range(5)]
    page, days = ask(Recorded(answer([]), answer(many)), 5)
    assert (page, len(days)) == (Page(tuple(many[:4]), many[3].position), 2)
    for further, cursor in (([on_day(2)], many[3].position), ([], "")):
        client = Recorded(answer([]), answer(many[:4]), answer(further))
        page, days = ask(client, 2)
        assert (page, len(days)) == (Page(tuple(many[:4]), cursor), 3)


def test_an_intent_that_was_read_and_does_not_match_the_filter_is_not_read_again():
    intent = an_intent("alice")
    issued = build_outcome_entry(intent, Outcome.ISSUED, at=NOON)
    client = Recorded(answer([issued], stopped_at=intent.position, intents=[intent]))
    span = {"since": NOON - DAY, "until": NOON + DAY, "engagement": "alice", "vends_only": True}
    page = DynamoTrail(client.tables).page(TrailQuery(**span))
    assert page == Page((issued,), intent.position)
