"""What is looked at in Slack: nobody is named who may not enter, and nothing denied that is not
known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from local.slack.requests import Person
from tests.builders import a_grant, a_role, an_override
from tests.entrypoints.driver import Api
from tests.entrypoints.test_a_role_that_failed import FAILED, FOUND
from tests.fakes import NOON
from tests.fakes.slack import person, text_of

ALICE, LENA = person("alice"), person("lena")


def said(api: Api, text: str, who: Person = ALICE) -> str:
    return text_of(api.types(text, who).json)


def test_who_leaves_out_whom_a_grant_does_not_let_in(api: Api) -> None:
    """Suspended people and auditors keep their grants, which let them in nowhere."""
    api.world.add(a_grant("ada"))
    assert api.world.find(Grant, where=lambda one: one.member == "sam")

    told = said(api, "who acme-prod", LENA)

    assert "Alice" in told
    assert "Sam" not in told
    assert "Ada" not in told


def test_who_says_the_end_that_comes_first(api: Api) -> None:
    for place in api.world.find(Engagement, where=lambda one: one.id == "acme-prod"):
        api.world.add(replace(place, ends_at=NOON + timedelta(days=2)))

    assert "`readonly`, until 26 November 2026" in said(api, "who acme-prod", LENA)


def test_members_see_the_names_of_those_on_their_engagement_and_leads_see_the_rest(
    api: Api,
) -> None:
    """Roles, ends, IDs and sessions of others are not for members: neither by name, nor counted."""
    api.world.add(a_grant("bob"))
    vended(api)

    alices, lenas = said(api, "who acme-prod"), said(api, "who acme-prod", LENA)

    for name in ("Alice", "Bob"):
        assert name in alices
        assert name in lenas
    for fact in ("`alice`", "`readonly`", "until", "session", "may be alive"):
        assert fact in lenas
        assert fact not in alices
    alices, lenas = said(api, "status acme-prod"), said(api, "status acme-prod", LENA)
    assert "1 may be alive" in lenas
    assert "alive" not in alices
    assert "`readonly`: passed its check" in alices


def test_an_end_at_midnight_is_shown_as_its_last_day(api: Api) -> None:
    midnight = datetime(2026, 11, 28, tzinfo=UTC)
    for place in api.world.find(Engagement, where=lambda one: one.id == "acme-prod"):
        api.world.add(replace(place, ends_at=midnight))
    api.world.add(a_role(override=an_override(until=midnight)))

    told = said(api, "status acme-prod", LENA)

    assert "open until the end of 27 November 2026, UTC" in told
    assert "overridden by lena until the end of 27 November 2026, UTC" in told
    assert "28 November" not in told
    for place in api.world.find(Engagement, where=lambda one: one.id == "acme-prod"):
        api.world.add(replace(place, starts_at=NOON + timedelta(days=2)))
    assert "not begun: from 26 November 2026 until the end of 27 November 2026, UTC" in said(
        api, "status acme-prod", LENA
    )
    api.world.later(days=4)
    assert "over since 28 November 2026" in said(api, "status acme-prod", LENA)


CLOSED, REVOKED, BY_DATE = "close", "revoke", ""


@pytest.mark.parametrize(
    ("deed", "changes", "stands"),
    [
        (CLOSED, {}, "closed on 24 November 2026"),
        (REVOKED, {}, "revoked on 24 November 2026"),
        (BY_DATE, {"ends_at": NOON}, "over since 24 November 2026"),
        (BY_DATE, {"starts_at": NOON + timedelta(days=2)}, "not begun: from 26 November 2026"),
    ],
    ids=["closed", "revoked", "over", "not begun"],
)
def test_who_says_how_an_engagement_stands_that_nobody_may_enter(
    api: Api, deed: str, changes: dict[str, object], stands: str
) -> None:
    if deed:
        api.post(f"/v1/engagements/acme-prod/{deed}", "lena", {"reason": "done"})
    for place in api.world.find(Engagement, where=lambda one: one.id == "acme-prod"):
        api.world.add(replace(place, **changes))

    told = said(api, "who acme-prod", LENA)

    assert f"`acme-prod` is {stands}" in told
    assert "Nobody may enter it now." in told
    assert "Alice" not in told


def vended(api: Api) -> None:
    api.post("/v1/engagements/acme-prod/sessions", "alice", {"role": "readonly", "duration": 900})


def test_what_was_not_looked_at_is_not_said_to_be_dead(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The latest vends have ended, and there are others before them."""
    monkeypatch.setattr("chalicelib.usecases.slack.commands.queries.MOST_SESSIONS", 1)
    vended(api)
    vended(api)
    api.world.later(minutes=20)

    live, who = said(api, "live"), said(api, "who acme-prod", LENA)
    status = said(api, "status acme-prod", LENA)
    asked = said(api, "revoke engagement acme-prod because it leaks", LENA)

    assert "no session" not in live
    assert "no session among the latest" in who
    for told in (live, who, status, asked):
        assert "No session is alive" not in told
        assert "none is alive; some of the earlier ones may be. Leads list them all" in told


def test_a_count_of_which_there_may_be_more_is_said_to_be_the_least(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.usecases.slack.commands.queries.MOST_SESSIONS", 1)
    vended(api)
    vended(api)

    live, who = said(api, "live"), said(api, "who acme-prod", LENA)

    assert "at least 1 session that may be alive" in who
    for told in (live, who):
        assert "At least 1 may be alive, the last of these until 24 November 2026, 12:15" in told
        assert "Leads list them all by the API." in told


def test_a_member_is_told_how_the_roles_of_their_grant_stand_and_no_others(api: Api) -> None:
    """What a check found of another role may be a way into the client's account."""
    api.world.add(a_role("admin", verification=FAILED))
    assert FOUND in said(api, "status acme-prod", LENA)
    told = said(api, "status acme-prod")
    assert "`readonly`: passed its check of" in told
    assert "admin" not in told
    assert FOUND not in told


def test_a_member_is_not_told_who_overrides_a_role(api: Api) -> None:
    api.world.add(a_role(override=an_override(by="lena")))
    assert "overridden by lena until" in said(api, "status acme-prod", LENA)
    assert "overridden by a lead until" in said(api, "status acme-prod")


def test_a_member_whose_roles_have_ended_is_told_so(api: Api) -> None:
    api.world.add(a_role(ended_at=NOON))
    assert "Your grant has no role that is in use." in said(api, "status acme-prod")
    assert "It has no role." in said(api, "status acme-prod", LENA)
