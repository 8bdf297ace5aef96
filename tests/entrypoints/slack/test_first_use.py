"""`/daypass access` for approved access whose time has not begun: the page's button begins it."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.requests.requests import RequestStatus
from tests.builders import a_role, a_verification, an_approved_grant
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ALICE
from tests.entrypoints.slack.request_scene import REQUEST, let_alice_ask, with_request
from tests.fakes import NOON
from tests.fakes.slack import buttons_of, text_of


def approved(api: Api) -> None:
    """Let alice start two hours of `deploy` within a day."""
    let_alice_ask(api)
    api.world.add(a_role("deploy", verification=a_verification()))
    with_request(api, status=RequestStatus.APPROVED, number="1")
    api.world.add(
        an_approved_grant(
            role="deploy", request=REQUEST, duration=7200, ends_at=NOON + timedelta(days=1)
        )
    )


def access(api: Api) -> ApprovedGrant:
    (grant,) = api.world.find(ApprovedGrant, where=lambda _: True)
    return grant


def test_the_time_begins_with_the_press_on_the_page_and_not_before(api: Api) -> None:
    approved(api)
    answer = api.types("access acme-prod deploy", ALICE).json
    assert "Your approved access lasts 2 hours, and begins when you get" in text_of(answer)
    page = "/access/" + buttons_of(answer)["open"]["url"].rpartition("/")[2]

    opened = api.send("GET", page)
    assert opened.status == 200
    assert "Approved access" in opened.text
    assert "2 hours, starting when you click" in opened.text
    assert access(api).started_at is None

    api.world.later(minutes=1)
    assert api.send("POST", page, raw="").status == 200
    assert access(api).started_at == NOON + timedelta(minutes=1)
    assert len(api.world.issued) == 1


def test_the_page_says_until_when_access_that_has_begun_lasts(api: Api) -> None:
    approved(api)
    api.world.add(access(api).started(NOON))
    answer = api.types("access acme-prod deploy", ALICE).json
    assert "Your approved access" not in text_of(answer)
    page = "/access/" + buttons_of(answer)["open"]["url"].rpartition("/")[2]
    opened = api.send("GET", page).text
    assert "2 hours, starting when you click" not in opened
    assert "Approved access" in opened
