"""Signing in to the web console, and out, and the forms that the last sign-in lets one send."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.domain.people.sign_in import (
    LONGEST,
    LONGEST_IDLE,
    WebSession,
    derive_form_token,
)
from chalicelib.domain.trail import Action, Outcome
from tests.entrypoints.web.browser import Browser, new_link
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.matrix.test_matrix import press

SESSION = "__Host-daypass"
ATTRIBUTES = "Max-Age=28800; Path=/; Secure; HttpOnly; SameSite=Strict"
SignIn = Callable[[str], Browser]
NO_PAGE = "/web/actions/none"
"""A page that does not exist. Only browsers that are signed in learn that."""


def is_signed_in(browser):
    status = browser.get(NO_PAGE).status
    assert status in (401, 404), status
    return status == 404


def test_a_link_signs_its_member_in(browser, api):
    path = new_link(api)
    page = browser.get(path)
    assert "Sign in as Lena" in page.text
    assert not browser.cookies
    answer = browser.post(path)
    assert answer.status == 303
    assert answer.headers["Location"] == "/api/web"
    assert answer.headers["Set-Cookie"].partition("; ")[2] == ATTRIBUTES
    assert is_signed_in(browser)


@pytest.mark.parametrize("life", [LONGEST, LONGEST_IDLE])
def test_a_session_ends(life, signed_in, api):
    """After 30 minutes without a request, and after 8 hours in any case."""
    browser = signed_in("lena")
    while life > timedelta(minutes=20):
        api.world.clock += timedelta(minutes=20)
        life -= timedelta(minutes=20)
        if life > LONGEST_IDLE:
            assert is_signed_in(browser)
    api.world.clock += life
    assert not is_signed_in(browser)


def test_forms_that_enter_a_client_do_not_keep_a_session_in_and_pages_do(api):
    """The function that serves these forms can put no session."""
    browser = enter(api, "lena")
    for uses, page in enumerate(("/web/now", NO_PAGE), start=1):
        api.world.later(minutes=25)
        assert press(browser, "verify-role").status == 200
        assert stored_session(api).version == uses
        assert browser.get(page).status in (200, 404)
        assert stored_session(api).last_used_at == api.world.clock
    api.world.later(minutes=29)
    assert press(browser, "verify-role").status == 200
    api.world.later(minutes=1)
    assert press(browser, "verify-role").status == 401
    assert browser.get("/web/now").status == 401


def stored_session(api):
    (session,) = api.world.find(WebSession, where=lambda _: True)
    return session


def test_signing_out_ends_the_session(signed_in, api):
    browser = signed_in("lena")
    kept = dict(browser.cookies)
    browser.csrf = derive_form_token(kept[SESSION])
    answer = browser.post("/web/sign-out")
    assert answer.status == 303
    assert not browser.cookies
    assert not is_signed_in(Browser(api, kept))
    assert api.world.entries[-1].action is Action.WEB_SIGN_OUT


def test_a_slack_user_gets_no_link(api):
    """A binding has no text, so nobody can present it to the API. The use case refuses it too."""
    from chalicelib.domain.errors import AccessDenied
    from chalicelib.domain.people.members import Caller
    from chalicelib.usecases.people.sign_in import create_web_link
    from tests.builders import a_binding, a_member

    with pytest.raises(AccessDenied):
        create_web_link(api.scene.ports, Caller(a_member("alice"), a_binding("alice")))


FIELDS = {"engagement": "acme-prod", "member": "bob", "access": ["readonly:always"]}
ACTION = "/web/actions/grant-access"


def grants(api):
    return [
        entry.subject
        for entry in api.world.entries
        if entry.action is Action.GRANT_CREATE and entry.outcome is Outcome.DONE
    ]


def test_a_form_of_a_page_without_referrer_is_done(signed_in, api):
    """The pages send no referrer. Chromium then sends this origin with their forms."""
    browser = signed_in("lena")
    browser.get(ACTION)
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert browser.post(ACTION, FIELDS, **headers).status == 303
    assert grants(api) != []


def test_a_form_from_before_the_last_sign_in_is_shown_again(signed_in, api):
    browser = signed_in("lena")
    browser.get(ACTION)
    old = browser.csrf
    api.world.clock += timedelta(minutes=10)
    shown = browser.post(ACTION, FIELDS)
    browser.sign_in("lena")
    again = browser.post(ACTION, FIELDS | {"csrf": old})
    assert again.status == 403
    assert "You signed in again after this form was shown" in again.text
    assert "Sign in again first." in shown.text
    assert "Sign in again first." not in again.text
    assert all(text in again.text for text in ('value="bob"', 'value="readonly:always" selected'))
    assert grants(api) == []
    assert browser.post(ACTION, FIELDS).status == 303
    assert grants(api) == ["bob"]


def test_a_member_who_may_not_do_it_gets_no_form_again(signed_in):
    browser = signed_in("alice")
    browser.csrf = "0" * 64
    answer = browser.post(ACTION, FIELDS)
    assert answer.status == 403
    assert "signed in again" not in answer.text
