"""The page *Pictures*, through the real app."""

from __future__ import annotations

import pytest

from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.web.overview.job import make_overview
from tests.builders import NOON, a_grant, a_member, a_scene
from tests.entrypoints.driver import Api, fresh_api
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.transcript import Transcript
from tests.rows import every

PAGE = "/web/pictures"


def make(api: Api) -> None:
    """Make an overview, as the hourly job does."""
    make_overview(api.world.ports(), time_left=lambda: 600.0)


def vend_one(api: Api) -> None:
    """Vend a session to alice."""
    request = SessionRequest(role="readonly", duration=900)
    vend(api.world.ports(), a_scene().origin(), "acme-prod", request)


@pytest.mark.golden
def test_the_page_in_each_state(console: Transcript) -> None:
    console.open("lena", PAGE)
    make(console.api)
    console.note("there is an overview, and no session yet")
    console.open("lena", PAGE)
    vend_one(console.api)
    make(console.api)
    console.note("alice got a session")
    console.open("lena", PAGE)
    for query in (
        {"member": "ada"},
        {"lines": "changes"},
        {"day": "2026-10-01"},
        {"engagement": "globex"},
        {"client": "Globex "},
    ):
        console.open("lena", PAGE, **query)
    console.api.world.later(days=1)
    console.api.world.add(a_grant("alice", revoked_at=NOON), a_grant("lena"))
    make(console.api)
    console.note("a day later, alice's grant is revoked and lena has one")
    console.open("lena", PAGE)
    console.open("lena", PAGE, lines="changes")
    console.open("lena", PAGE, day="2026-11-24", before="2026-11-25")
    console.hold("pictures-states")


@pytest.mark.golden
def test_a_long_graph_has_pages_that_keep_the_filter(console: Transcript) -> None:
    members = [f"m{number:03}" for number in range(70)]
    console.api.world.add(*map(a_member, members), *map(a_grant, members))
    make(console.api)
    console.open("lena", PAGE, engagement="acme-prod", lines="all")
    console.open("lena", PAGE, engagement="acme-prod", page="2")
    console.hold("pictures-pages")


@every(
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
    api=fresh_api,
)
def test_an_invalid_query_is_refused(api: Api, query: dict[str, str]) -> None:
    assert enter(api, "lena").get(PAGE, **query).status == 400
