"""The framework of actions: their page, their form, and the requests that it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.domain.engagements.grants import CreateGrant
from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.trail import Action, Outcome
from chalicelib.entrypoints.web.actions import declared
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    FormField,
    Typed,
    Widget,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements.grants import create_grant
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn

FIELDS = {"engagement": "acme-prod", "member": "bob", "roles": ["readonly"]}
ACTION = "/web/actions/try-grant"


class GrantForm(CreateGrant, frozen=True, kw_only=True):
    engagement: EngagementId


@pytest.fixture(autouse=True)
def action() -> Iterator[None]:
    """Declare an action like those of the console, for the time of a test."""

    @web_action(
        "try-grant",
        heading="Grant access",
        button="Grant access",
        done="Access is granted.",
        kinds=LEADS,
        action=Action.GRANT_CREATE,
        form=GrantForm,
        lets_in=True,
    )
    def try_grant(web: WebRequest, form: GrantForm) -> ActionResult:
        request = CreateGrant(member=form.member, roles=form.roles)
        create_grant(web.ports, web.caller, form.engagement, request)
        return go_to("actions/try-grant?engagement=acme-prod")

    @try_grant.page
    def _(_web: WebRequest, typed: Typed) -> ActionPage:
        return ActionPage(
            effect=("They can get sessions until the end of the engagement.",),
            target=typed.get("engagement", ""),
            fields=(
                FormField(name="engagement", label="Engagement", value=typed.get("engagement", "")),
                FormField(name="member", label="Member", value=typed.get("member", "")),
                FormField(
                    name="roles",
                    label="Roles",
                    widget=Widget.CHECKBOXES,
                    value=typed.get("roles", ()),
                    options=(("readonly", "readonly"), ("deploy", "deploy")),
                ),
            ),
        )

    yield
    del declared.ACTIONS["try-grant"]


def grants(api: Api) -> list[str]:
    return [
        entry.subject
        for entry in api.world.entries
        if entry.action is Action.GRANT_CREATE and entry.outcome is Outcome.DONE
    ]


def test_an_action_shows_its_effect_and_is_done_by_its_form(signed_in: SignIn, api: Api) -> None:
    browser = signed_in("lena")
    page = browser.get(ACTION, engagement="acme-prod")
    assert "They can get sessions until the end of the engagement." in page.text
    assert 'value="acme-prod"' in page.text
    answer = browser.post(ACTION, FIELDS)
    assert answer.status == 303, answer.text
    assert grants(api) == ["bob"]
    assert "Access is granted." in browser.follow(answer).text


def test_an_invalid_form_is_shown_again_with_the_error_and_the_typed_values(
    signed_in: SignIn, api: Api
) -> None:
    browser = signed_in("lena")
    browser.get(ACTION)
    answer = browser.post(ACTION, FIELDS | {"member": "Nina <b>"})
    assert answer.status == 400
    assert 'value="nina &lt;b&gt;"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert grants(api) == []


def test_a_refusal_of_the_use_case_is_shown_with_the_form(signed_in: SignIn, api: Api) -> None:
    browser = signed_in("lena")
    browser.get(ACTION)
    answer = browser.post(ACTION, FIELDS | {"member": "nobody-here"})
    assert answer.status in (400, 404, 409)
    assert 'role="alert"' in answer.text
    assert grants(api) == []


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


def test_a_form_of_a_page_without_referrer_is_done(signed_in: SignIn, api: Api) -> None:
    """The pages send no referrer. Chromium then sends this origin with their forms."""
    browser = signed_in("lena")
    browser.get(ACTION)
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert browser.post(ACTION, FIELDS, **headers).status == 303
    assert grants(api) != []


def test_a_form_from_before_the_last_sign_in_is_shown_again(signed_in: SignIn, api: Api) -> None:
    browser = signed_in("lena")
    browser.get(ACTION)
    old = browser.csrf
    api.world.clock += timedelta(minutes=10)
    shown = browser.post(ACTION, FIELDS)
    browser.sign_in("lena")
    again = browser.post(ACTION, FIELDS | {"csrf": old})
    assert again.status == 403
    assert "You have signed in again since this form was shown" in again.text
    assert "Sign in again first." in shown.text
    assert "Sign in again first." not in again.text
    assert all(text in again.text for text in ('value="bob"', 'value="readonly" checked'))
    assert grants(api) == []
    assert browser.post(ACTION, FIELDS).status == 303
    assert grants(api) == ["bob"]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_another_site_cannot_have_its_form_shown(
    headers: dict[str, str], signed_in: SignIn, api: Api
) -> None:
    browser = signed_in("lena")
    browser.csrf = "0" * 64
    answer = browser.post(ACTION, FIELDS, **headers)
    assert answer.status == 403
    assert "bob" not in answer.text
    assert grants(api) == []


def test_a_member_who_may_not_do_it_gets_no_form_again(signed_in: SignIn) -> None:
    browser = signed_in("alice")
    browser.csrf = "0" * 64
    answer = browser.post(ACTION, FIELDS)
    assert answer.status == 403
    assert "signed in again" not in answer.text


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"engagement": "acme-prod", "member": "bob"}, "/engagements/acme-prod"),
        ({"member": "bob"}, "/people/bob"),
        ({"member": "Nina <b>"}, ""),
        ({}, ""),
    ],
    ids=str,
)
def test_cancel_goes_back_to_the_page_about_the_forms_object(
    fields: dict[str, str], path: str, signed_in: SignIn
) -> None:
    page = signed_in("lena").get(ACTION, **fields).text
    assert f'<a class="button" href="/api/web{path}">Cancel</a>' in page
