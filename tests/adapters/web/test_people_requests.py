"""Requests for the console's pages about people make ten calls to AWS at most, sign-in included."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.people.members import Kind
from tests.adapters.dynamodb.listing import recorded_calls, written
from tests.adapters.scene import Aws
from tests.builders import a_grant, a_member, a_role, a_token, an_engagement, an_enrolment
from tests.entrypoints.driver import Api
from tests.entrypoints.web.browser import Browser
from tests.fakes import NOON

LEAD, FORMER, BOB = "lena-counts", "mallory-led", "bob-counted"
ACME, GLOBEX = "acme-counted", "globex-counted"


@pytest.fixture
def browser(crowd: Aws, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Return the browser of a lead who signed in, and then waited for more than a minute: the next
    request also stores when the session was used last."""
    moments = [NOON]
    ports = lambda: replace(crowd.ports, now=lambda: moments[-1])  # noqa: E731
    monkeypatch.setattr("chalicelib.bootstrap.ports", ports)
    nothing: Any = None
    browser = Browser(Api(nothing, nothing))
    browser.sign_in(LEAD)
    moments.append(NOON + timedelta(seconds=61))
    return browser


@pytest.fixture(scope="module", autouse=True)
def _people(crowd: Aws) -> None:
    roles = [f"role-{number:02}" for number in range(20)]
    items = [
        a_member(LEAD, kind=Kind.LEAD),
        a_token(LEAD),
        a_member(FORMER, kind=Kind.LEAD, suspended_at=NOON),
        a_member(BOB),
        a_token(BOB),
        an_enrolment(BOB, made_by=LEAD),
        *(an_engagement(name, external_id=f"daypass-{name}") for name in (ACME, GLOBEX)),
        *(a_role(role, engagement=name) for name in (ACME, GLOBEX) for role in roles),
        a_grant(BOB, engagement=ACME, roles=frozenset(roles)),
    ]
    written(crowd.ports, "counted", items)


PAGES = [
    "people",
    f"people?starts_with={BOB}",
    f"people/{BOB}",
    f"people/{FORMER}",
    f"people/{FORMER}/changes",
    "people/nobody",
    "me",
    "actions/invite-member",
    f"actions/create-enrolment?member={BOB}",
    f"actions/revoke-enrolment?member={BOB}",
    f"actions/change-member?member={BOB}",
    f"actions/reinstate-member?member={FORMER}",
    "actions/grant-access",
    f"actions/grant-access?member={BOB}&engagement={GLOBEX}",
    f"actions/change-grant?member={BOB}&engagement={ACME}",
    f"actions/rename-token?token={a_token(LEAD).id}",
    f"actions/revoke-own-token?token={a_token(LEAD).id}",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_makes_ten_calls_at_most(browser: Browser, dynamodb: Any, path: str) -> None:
    with recorded_calls(dynamodb) as calls:
        page = browser.get(f"/web/{path}")
    assert page.status == (404 if "nobody" in path else 200), page.text
    assert 3 <= len(calls) <= 10, [operation for operation, _ in calls]
