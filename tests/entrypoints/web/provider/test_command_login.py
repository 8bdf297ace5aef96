"""Logging the command in from the browser, after a sign-in at the identity provider."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.tokens import Token, parse_token
from chalicelib.domain.trail import Action, Outcome
from tests.builders import NOON, a_token
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import BIND, BODIES, ENROL
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.provider.returning import (
    VERIFIER,
    WAITING,
    next_url,
)
from tests.fakes.providers import PROVIDER
from tests.rows import every

ACTION = "log-in-command"
CODE = re.compile(r'action="([^"]+)" data-send>\s*<input type="hidden" name="code" value="([^"]+)"')


@pytest.fixture
def signed_in(alice, sign_in):
    """Return a function that signs in at the provider for the command, with these claims."""

    def sign_in_now(**claims):
        assert "Log the command in" in alice.get("/web/sign-in", **WAITING).text
        now = int(alice.api.world.clock.timestamp())
        return sign_in(alice, {"auth_time": now} | claims, **WAITING)

    return sign_in_now


def confirm(browser):
    """Press the button of the page that logs the command in. Return the code and its target.

    The code is in no address: people are talked into copying that of a page that did not open.
    """
    shown = browser.act(ACTION, WAITING)
    assert (shown.status, "Location" in shown.headers) == (200, False), shown.text
    (target, code) = CODE.findall(shown.text)[0]
    assert (shown.text.count(code), 'method="post"' in shown.text) == (1, True)
    policy = shown.headers["Content-Security-Policy"]
    assert f"form-action 'self' {target.rstrip('/')};" in policy
    return target, code


def exchange(api, code, verifier=VERIFIER, **more):
    sent = {"code": code, "label": "new machine", **more}
    return ask(api, ENROL, "nobody", body=sent | ({"verifier": verifier} if verifier else {}))


@pytest.fixture
def code(alice, signed_in):
    signed_in()
    return confirm(alice)[1]


def test_the_sign_in_leads_to_the_page_that_logs_the_command_in(alice, signed_in, api):
    path = urlsplit(next_url(signed_in()))
    assert path.path == f"/api/web/actions/{ACTION}"
    assert {name: texts[0] for name, texts in parse_qs(path.query).items()} == WAITING
    target, code = confirm(alice)
    assert target == "http://127.0.0.1:54321/"
    answer = exchange(api, code)
    assert answer.status == 201, answer.json
    (stored,) = api.world.find(Token, where=lambda each: each.label == "new machine")
    assert stored.expires_at == NOON + timedelta(hours=12)
    assert stored.hash == parse_token(answer.json["token"]).hash
    entry = api.world.entries[-1]
    assert (entry.action, entry.actor) == (Action.ENROLMENT_USE, "alice")
    assert entry.details["provider"] == PROVIDER.issuer


@pytest.mark.parametrize("verifier", ["w" * 43, ""])
def test_nobody_else_can_use_the_code(verifier, code, api):
    assert exchange(api, code, verifier).status == 403
    entry = api.world.entries[-1]
    assert (entry.outcome, entry.details["because"]) == (Outcome.REFUSED, "other-command")
    assert exchange(api, code).status == 201, "the attempt does not use up the code"


def test_a_command_takes_no_code_that_is_not_for_it(api):
    """It would log the command in as another member."""
    sent = BODIES[ENROL] | {"verifier": VERIFIER}
    assert ask(api, ENROL, "nobody", body=sent).status == 403
    assert ask(api, ENROL, "nobody", body=BODIES[ENROL]).status == 201


def test_the_code_binds_no_identity(code, api):
    bound = BODIES[BIND] | {"code": code}
    assert ask(api, BIND, "nobody", body=bound).status in (403, 409)


def test_the_code_works_once_and_for_a_minute(code, api, alice):
    assert exchange(api, code).status == 201
    assert exchange(api, code).status == 403
    api.world.clock += timedelta(minutes=2)
    later = confirm(alice)[1]
    api.world.clock += timedelta(minutes=1)
    assert exchange(api, later).status == 403


def works(api, text):
    bearer = {"Authorization": f"Bearer {text}"}
    return bool(api.send("GET", "/v1/me", headers=bearer).status == 200)


def test_revoking_the_identity_revokes_all_that_it_gave(code, api, alice):
    """The session in the browser, the token, what was linked with that, and another code."""
    text, another = exchange(api, code).json["token"], confirm(alice)[1]
    assert works(api, text)
    login = parse_token(text)
    linked = a_token(
        "alice",
        hash=hash_of("linked"),
        issuer="slack:T1",
        subject="U1",
        made_with=login.hash[:12],
        created_at=NOON + timedelta(seconds=1),
    )
    api.world.add(linked)
    (identity,) = api.world.find(Token, where=lambda each: each.issuer == PROVIDER.issuer)
    path = f"/v1/members/alice/tokens/{identity.id}/revoke"
    assert api.post(path, "lena", {"reason": "left"}).status == 200
    assert alice.get("/web/actions/none").status == 401
    assert not works(api, text)
    assert exchange(api, another).status == 403
    (binding,) = api.world.find(Token, where=lambda each: each.subject == "U1")
    assert binding.revoked_at is not None


def test_the_token_ends_with_the_identity_and_is_not_rotated(code, api):
    text = exchange(api, code, expires_at="2027-02-01T00:00:00Z").json["token"]
    bearer = {"Authorization": f"Bearer {text}"}
    rotated = api.send("POST", "/v1/me/tokens/rotate", headers=bearer)
    assert (rotated.status, rotated.json["reason"]) == (409, "no-token-to-rotate")
    api.world.clock += timedelta(hours=12)
    assert not works(api, text)


def has_no_code(api):
    return not api.world.find(Enrolment, where=lambda each: bool(each.challenge))


@every(
    "claims",
    [{"auth_time": int((NOON - timedelta(minutes=11)).timestamp())}, {"auth_time": None}],
)
def test_an_old_sign_in_logs_no_command_in(claims, alice, signed_in, api):
    signed_in(**claims)
    page = alice.get(f"/web/actions/{ACTION}", **WAITING)
    assert "Sign in again first." in page.text
    alice.post(f"/web/actions/{ACTION}", WAITING)
    assert has_no_code(api)


def test_a_sign_in_with_a_link_logs_no_command_in(browser, api):
    """Otherwise a stolen token could become another one."""
    browser.sign_in("alice")
    refused = browser.act(ACTION, WAITING)
    assert "Type daypass login again, and sign in at your provider." in refused.text
    assert has_no_code(api)


@every(
    "waiting",
    [
        {},
        {"port": "54321"},
        {"challenge": WAITING["challenge"], "port": "80"},
        {"challenge": "short", "port": "54321"},
        {"challenge": WAITING["challenge"], "port": "1@evil.example"},
        {"challenge": WAITING["challenge"], "port": "54321/"},
    ],
)
def test_an_address_that_names_no_command_has_no_page(waiting, alice, signed_in, api):
    signed_in()
    assert alice.get(f"/web/actions/{ACTION}", **waiting).status in (400, 404)
    answer = alice.post(f"/web/actions/{ACTION}", waiting)
    assert answer.status in (400, 404), answer.text
    assert has_no_code(api)


def test_another_site_cannot_press_the_button(alice, signed_in, api):
    signed_in()
    page = f"/web/actions/{ACTION}"
    assert alice.post(page, WAITING, Origin="https://evil.example").status == 403
    assert alice.post(page, WAITING | {"csrf": "0" * 64}).status == 403
    assert has_no_code(api)


def test_without_a_provider_the_page_says_to_paste_a_code(api, providers):
    providers.web_issuers = ()
    page = Browser(api).get("/web/sign-in", **WAITING)
    assert "paste the enrolment code that your lead sent you" in page.text
    assert "<form" not in page.text
