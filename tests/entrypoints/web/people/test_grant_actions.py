"""The console's actions about grants: forms with the engagement's roles."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.domain.engagements.grants import Grant
from tests.builders import AFTER, a_grant, a_member, a_role, an_engagement
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.people.test_people_actions import written
from tests.entrypoints.web.people.test_people_pages import ESCAPED, MARKUP, text_of
from tests.fakes import NOON

NAMES = {"engagement": "acme-prod", "member": "bob"}
ROLES = {"roles": ["readonly"], "emergency": ["deploy"]}


@pytest.fixture(autouse=True)
def _roles(api: Api) -> None:
    api.world.add(a_role("deploy"), a_role("ended", ended_at=NOON))


def grant_of(api: Api, member: str) -> Grant:
    grant = api.scene.ports.state.get(Grant, "acme-prod", member)
    assert grant is not None
    return grant


def test_the_form_has_the_engagements_roles(api: Api, signed_in: SignIn) -> None:
    api.world.add(an_engagement(client=MARKUP), a_member("bob", name=MARKUP))
    page = signed_in("lena").get("/web/actions/grant-access", **NAMES)
    assert page.status == 200
    for field in ("roles", "on_request", "emergency"):
        for role in ("readonly", "deploy"):
            assert f'name="{field}" value="{role}"' in page.text
    assert 'value="ended"' not in page.text
    assert f'value="{AFTER:%Y-%m-%dT%H:%M}"' in page.text
    assert ESCAPED in page.text
    assert "<b>\u05d0" not in page.text


def test_access_is_granted_once(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    form: dict[str, Any] = NAMES | ROLES | {"ends_at": "2026-12-01T18:00"}
    page = browser.follow(browser.act("grant-access", form))
    assert "Access is granted." in page.text
    assert "deploy on request" in text_of(page.text)
    grant = grant_of(api, "bob")
    assert grant.roles == {"readonly", "deploy"}
    assert grant.on_request == grant.emergency == {"deploy"}
    assert f"{grant.ends_at:%d %H:%M}" == "01 18:00"
    assert browser.act("grant-access", form).status == 303
    assert written(api) == ["grant.create done bob"]
    different = browser.act("grant-access", form | {"emergency": [], "on_request": ["deploy"]})
    assert different.status == 409
    assert grant_of(api, "bob") == grant


def test_without_dates_a_grant_lasts_from_now_to_the_engagements_end(
    api: Api, signed_in: SignIn
) -> None:
    signed_in("lena").act("grant-access", NAMES | {"roles": ["readonly"]})
    assert (grant_of(api, "bob").starts_at, grant_of(api, "bob").ends_at) == (NOON, AFTER)


@pytest.mark.parametrize(
    "form",
    [
        NAMES,
        NAMES | {"roles": ["readonly"], "on_request": ["readonly"]},
        NAMES | {"roles": ["readonly"], "emergency": ["readonly"]},
        NAMES | {"roles": ["readonly"], "ends_at": "2020-01-01T00:00"},
        NAMES | {"roles": ["ended"]},
    ],
)
def test_a_wrong_form_comes_back_with_its_error_and_its_ticks(
    api: Api, signed_in: SignIn, form: dict[str, Any]
) -> None:
    browser = signed_in("lena")
    browser.get("/web/actions/grant-access", **NAMES)
    page = browser.post("/web/actions/grant-access", form)  # also a role that no page offers
    assert page.status in (400, 404)
    assert 'class="message bad"' in page.text
    ticked = f'name="roles" value="{form.get("roles", ["-"])[0]}" checked'
    assert (ticked in page.text) == (form.get("roles") == ["readonly"])
    assert written(api) == []


@pytest.mark.parametrize("query", [{}, {"member": "bob"}, {"engagement": "acme-prod"}])
def test_without_names_the_page_asks_for_them(signed_in: SignIn, query: dict[str, str]) -> None:
    page = signed_in("lena").get("/web/actions/grant-access", **query)
    assert page.status == 200
    assert '<form class="form" method="get" action="/api/web/actions/grant-access">' in page.text
    assert ('<option value="globex">' in page.text) == ("engagement" not in query)
    assert ('<option value="alice">' in page.text) == ("member" not in query)
    for name, text in query.items():
        assert re.search(f'name="{name}"[^>]* value="{text}"', page.text)


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_name_is_not_found(signed_in: SignIn, name: str) -> None:
    page = signed_in("lena").get("/web/actions/grant-access", **(NAMES | {name: "no-such"}))
    assert page.status == 404


def test_warnings_come_before_a_grant_that_opens_nothing(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    names = NAMES | {"member": "sam"}
    assert "This member is suspended." in browser.get("/web/actions/grant-access", **names).text
    names = NAMES | {"member": "alice"}
    assert "They have a grant here" in browser.get("/web/actions/grant-access", **names).text
    api.world.add(an_engagement(closed_at=NOON))
    assert "This engagement is over." in browser.get("/web/actions/grant-access", **NAMES).text
    api.world.add(an_engagement(requires_client_approval=True))
    page = browser.get("/web/actions/grant-access", **NAMES).text
    assert "The client lets no one in without its own approval" in page


def test_an_auditor_gets_no_grant(api: Api, signed_in: SignIn) -> None:
    form = NAMES | {"member": "ada", "roles": ["readonly"]}
    assert signed_in("lena").act("grant-access", form).status == 400
    assert written(api) == []


ALICE = {"engagement": "acme-prod", "member": "alice"}


def test_a_grant_is_changed_as_the_form_shows_it(api: Api, signed_in: SignIn) -> None:
    api.world.add(
        a_grant(roles=frozenset({"readonly", "deploy"}), on_request=frozenset({"deploy"}))
    )
    browser = signed_in("lena")
    page = browser.get("/web/actions/change-grant", **ALICE)
    assert 'name="on_request" value="deploy" checked' in page.text
    assert 'name="emergency" value="deploy">' in page.text
    form = ALICE | {"version": "1", "roles": ["readonly", "deploy"], "ends_at": "2026-12-01T18:00"}
    page = browser.follow(browser.act("change-grant", form | {"on_request": []}))
    assert "The grant is changed." in page.text
    grant = grant_of(api, "alice")
    assert (grant.on_request, f"{grant.ends_at:%d}") == (frozenset(), "01")
    assert browser.post("/web/actions/change-grant", form).status == 303  # sent twice
    assert written(api) == ["grant.change done alice"]


def test_of_two_tabs_the_second_sees_the_grant_as_it_is(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    browser.act("change-grant", ALICE | {"version": "1", "roles": ["deploy"]})
    second = ALICE | {"version": "1", "roles": ["readonly", "deploy"]}
    page = browser.post("/web/actions/change-grant", second)
    assert page.status == 409
    assert "Someone has changed this grant since" in page.text
    assert 'name="version" value="2"' in page.text
    assert 'name="roles" value="readonly">' in page.text
    assert 'name="roles" value="deploy" checked' in page.text
    assert grant_of(api, "alice").roles == {"deploy"}


def test_a_form_without_changes_changes_nothing(api: Api, signed_in: SignIn) -> None:
    """A browser's times have no seconds. They do not move the grant's."""
    times = {"starts_at": NOON.replace(second=30), "ends_at": AFTER.replace(second=59)}
    api.world.add(a_grant(**times))
    form = {
        "version": "1",
        "roles": ["readonly"],
        "starts_at": f"{NOON:%Y-%m-%dT%H:%M}",
        "ends_at": f"{AFTER:%Y-%m-%dT%H:%M}",
    }
    assert signed_in("lena").act("change-grant", ALICE | form).status == 303
    assert written(api) == []


def test_a_revoked_grant_is_not_changed(api: Api, signed_in: SignIn) -> None:
    api.world.add(a_grant(revoked_at=NOON))
    browser = signed_in("lena")
    assert "This grant is revoked." in browser.get("/web/actions/change-grant", **ALICE).text
    page = browser.act("change-grant", ALICE | {"version": "1", "roles": ["deploy"]})
    assert page.status == 409
