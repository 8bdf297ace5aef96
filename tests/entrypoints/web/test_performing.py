"""An action is done by the form of its own page, sent by the last who signed in."""

from datetime import timedelta

import pytest

from chalicelib.domain.trail import Action, Outcome

FIELDS = {"engagement": "acme-prod", "member": "bob", "access": ["readonly:always"]}
ACTION = "/web/actions/grant-access"
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


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


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_another_site_cannot_have_its_form_shown(headers, signed_in, api):
    browser = signed_in("lena")
    browser.csrf = "0" * 64
    answer = browser.post(ACTION, FIELDS, **headers)
    assert answer.status == 403
    assert "bob" not in answer.text
    assert grants(api) == []


def test_a_member_who_may_not_do_it_gets_no_form_again(signed_in):
    browser = signed_in("alice")
    browser.csrf = "0" * 64
    answer = browser.post(ACTION, FIELDS)
    assert answer.status == 403
    assert "signed in again" not in answer.text
