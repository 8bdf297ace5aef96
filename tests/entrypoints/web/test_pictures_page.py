"""The page *Pictures*, through the real app."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.web.overview.days import AccessDay, DaySessions
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.web.overview.job import make_overview
from tests.builders import NOON, a_grant, a_member, a_scene, an_engagement
from tests.entrypoints.driver import Api
from tests.entrypoints.web.browser import Browser

SignIn = Callable[[str], Browser]
PAGE = "/web/pictures"
FIRST = "Daypass makes the first overview within an hour"


def make(api: Api) -> None:
    """Make an overview, as the hourly job does."""
    make_overview(api.world.ports(), time_left=lambda: 600.0)


def vend_one(api: Api) -> None:
    """Vend a session to alice."""
    request = SessionRequest(role="readonly", duration=900)
    vend(api.world.ports(), a_scene().origin(), "acme-prod", request)


def show(signed_in: SignIn, **query: str) -> str:
    answer = signed_in("lena").get(PAGE, **query)
    assert answer.status == 200, answer.text
    return answer.text


def test_before_the_first_overview_the_page_says_when_it_comes(api: Api, signed_in: SignIn) -> None:
    text = show(signed_in)
    assert text.count(FIRST) == 2
    assert "as of" not in text.partition("<footer>")[0]
    assert '<svg class="chart"' not in text


def test_the_page_shows_the_sessions_and_the_access_and_from_when_they_are(
    api: Api, signed_in: SignIn
) -> None:
    vend_one(api)
    make(api)
    text = show(signed_in)
    main = text.partition("<footer>")[0]
    assert main.count("as of <time") == 2
    assert "Tue 24 Nov 2026: 1 session so far (acme-prod 1)" in text
    assert "alice → acme-prod/readonly, until 24 Dec 2026" in text
    assert "There is no record of 23 November 2026 to compare with" in text
    assert '<a href="/api/web/people/alice">' in text


@pytest.mark.parametrize(("member", "status"), [("ada", 200), ("lena", 200), ("alice", 403)])
def test_leads_and_auditors_may_see_it(
    api: Api, signed_in: SignIn, member: str, status: int
) -> None:
    assert signed_in(member).get(PAGE).status == status


def test_the_changes_between_two_days_are_marked(api: Api, signed_in: SignIn) -> None:
    make(api)
    api.world.later(days=1)
    api.world.add(a_grant("alice", revoked_at=NOON), a_grant("lena"))
    make(api)
    text = show(signed_in)
    assert "3 lines: 1 new, 1 gone, 0 changed since 24 November 2026." in text
    assert "lena → acme-prod/readonly, until 24 Dec 2026, new" in text
    assert "alice → acme-prod/readonly, until 24 Dec 2026, gone" in text
    only_changes = show(signed_in, lines="changes")
    assert "bob" not in only_changes.partition("Access graph")[2].partition("</section>")[0]
    back = show(signed_in, day="2026-11-24", before="2026-11-25")
    assert "alice → acme-prod/readonly, until 24 Dec 2026, new" in back


@pytest.mark.parametrize(
    "query",
    [{"member": "bob"}, {"engagement": "globex"}, {"client": "globex"}, {"client": "Globex "}],
)
def test_the_form_keeps_what_was_typed_and_selects_the_lines(
    api: Api, signed_in: SignIn, query: dict[str, str]
) -> None:
    make(api)
    text = show(signed_in, **query, day="", lines="all")
    assert "1 line." in text
    assert "bob → globex/readonly" in text
    ((name, value),) = query.items()
    assert f'name="{name}" value="{value.strip()}"' in text


def test_a_day_without_a_record_says_so(api: Api, signed_in: SignIn) -> None:
    make(api)
    text = show(signed_in, day="2026-10-01")
    assert "There is no record of the access on 1 October 2026." in text


def test_nobody_and_no_changes_are_different_sentences(api: Api, signed_in: SignIn) -> None:
    make(api)
    assert "No one had access like this." in show(signed_in, member="ada")
    assert "No changes between these days." in show(signed_in, lines="changes")


@pytest.mark.parametrize(
    "query",
    [
        {"day": "2026-02-30"},
        {"day": "yesterday"},
        {"before": "1999-01-01"},
        {"before": "20261124"},
        {"member": "alice b"},
        {"lines": "some"},
        {"page": "0"},
        {"page": "10001"},
        {"other": "1"},
    ],
)
def test_an_invalid_query_is_refused(signed_in: SignIn, query: dict[str, str]) -> None:
    assert signed_in("lena").get(PAGE, **query).status == 400


def test_a_long_graph_has_pages_that_keep_the_filter(api: Api, signed_in: SignIn) -> None:
    members = [f"m{number:03}" for number in range(70)]
    api.world.add(*map(a_member, members), *map(a_grant, members))
    make(api)
    first = show(signed_in, engagement="acme-prod", lines="all")
    assert "71 lines. Page 1 of 2;" in first
    url = "/api/web/pictures?engagement=acme-prod&amp;lines=all&amp;page=2#access"
    assert f'href="{url}"' in first
    second = show(signed_in, engagement="acme-prod", page="2")
    assert "This is the last page." in second
    assert "m069 →" in second


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (DaySessions, "Daypass could not read the sessions of the last days."),
        (AccessDay, "Daypass could not read the access of these days."),
    ],
)
def test_a_part_that_cannot_be_read_is_not_shown_and_the_other_is(
    api: Api, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, kind: type, sentence: str
) -> None:
    make(api)
    state = type(api.world.ports().state)
    get_many = state.get_many

    def fail(self: object, item_kind: type, keys: object) -> object:
        if item_kind is kind:
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)
        return get_many(self, item_kind, keys)  # type: ignore[arg-type]

    monkeypatch.setattr(state, "get_many", fail)
    text = show(signed_in)
    assert sentence in text
    assert text.count('<svg class="chart"') == (1 if kind is DaySessions else 0)
    assert text.count("Not shown:") == 1


def test_names_of_clients_are_escaped(api: Api, signed_in: SignIn) -> None:
    api.world.add(an_engagement(client="<script>alert(1)</script>"))
    make(api)
    assert "<script>alert" not in show(signed_in)


def test_the_sessions_are_those_of_ninety_days(api: Api, signed_in: SignIn) -> None:
    make(api)
    assert "Daypass handed over no session in the last 90 days." in show(signed_in)
    vend_one(api)
    make(api)
    text = show(signed_in)
    assert text.count(": 0 sessions") == 89
    assert "27 Aug 2026: 0 sessions" in text
