"""Signing in to the web console at the firm's identity provider."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.sign_in import WebSession
from chalicelib.domain.trail import Action
from tests.builders import NOON, a_member, code_text_of
from tests.entrypoints.driver import Response
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import BIND, BODIES
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.provider.returning import RETURN, come_back, state_of
from tests.fakes.providers import JOB_SUBJECT, PROVIDER, claims, fake_identity_token, job_claims
from tests.rows import every

NO_PAGE = "/web/actions/none"


def begin(browser, issuer=PROVIDER.issuer):
    assert PROVIDER.issuer in browser.get("/web/sign-in").text
    return browser.post("/web/provider", {"issuer": issuer})


def test_a_registered_identity_signs_in(alice, api, providers):
    begun = begin(alice)
    assert begun.status == 200, begun.text
    assert "SameSite=Lax" in begun.headers["Set-Cookie"]
    providers.codes["the-code"] = {}
    answer = come_back(alice, state_of(begun))
    assert answer.status == 200, answer.text
    assert "SameSite=Strict" in answer.headers["Set-Cookie"]
    assert alice.get(NO_PAGE).status == 404  # only a browser that is signed in learns that
    entry = api.world.entries[-1]
    assert (entry.action, entry.actor) == (Action.WEB_SIGN_IN, "alice")
    assert entry.details["provider"] == PROVIDER.issuer


def test_the_session_ends_with_the_identity(alice, api, providers):
    providers.codes["the-code"] = {}
    come_back(alice, state_of(begin(alice)))
    (token,) = [each for each in api.get("/v1/me/tokens", "alice").json["tokens"] if each["issuer"]]
    path = f"/v1/members/alice/tokens/{token['id']}/revoke"
    assert api.post(path, "lena", {"reason": "another firm"}).status == 200
    assert alice.get(NO_PAGE).status == 401


Change = Callable[[Browser, str], Response]


def twice(browser, state):
    assert come_back(Browser(browser.api, dict(browser.cookies)), state).status == 200
    return come_back(browser, state)


CHANGES = {
    "without the cookie": lambda browser, state: come_back(Browser(browser.api), state),
    "with another state": lambda browser, state: come_back(browser, state[::-1]),
    "with another code": lambda browser, state: come_back(browser, state, "another-code"),
    "without a code": lambda browser, state: browser.get(
        RETURN, state=state, error="access_denied"
    ),
    # The provider's token has the nonce of another sign-in, such as an attacker's.
    "of another sign-in": lambda browser, state: come_back(browser, state, "others-code"),
    # An attacker sends someone the address with which their own sign-in ends.
    "in a browser that began another": lambda browser, state: (
        begin(browser) and come_back(browser, state)
    ),
    # The provider sent the browser on to another one, to get the code of that one.
    "from another provider": lambda browser, state: browser.get(
        RETURN, state=state, code="the-code", iss="https://another.example"
    ),
    "twice": twice,
}


@pytest.mark.parametrize("name", CHANGES)
def test_nobody_is_signed_in(name, alice, providers):
    state = state_of(begin(alice))
    providers.codes |= {"the-code": {}, "others-code": {"nonce": "0" * 64}}
    answer = CHANGES[name](alice, state)
    assert answer.status == 403, answer.text
    assert "Set-Cookie" not in answer.headers
    assert "Open the sign-in page, and try again." in answer.text
    if name == "from another provider":
        assert "the-code" in providers.codes, "it was sent to the provider that may not have it"


def test_an_identity_of_no_member_is_refused(browser, providers):
    providers.codes["the-code"] = {"sub": "eve@example.com"}
    answer = come_back(browser, state_of(begin(browser)))
    assert answer.status == 401
    assert "This identity does not belong to a member." in answer.text


CODE = code_text_of("alice")


def register(browser, providers, code=CODE, **claims):
    """Sign in with an enrolment code, and return the answer to the provider's return."""
    begun = browser.post("/web/provider", {"issuer": PROVIDER.issuer, "code": code})
    assert begun.status == 200, begun.text
    providers.codes["the-code"] = claims
    return come_back(browser, state_of(begun))


def test_the_first_sign_in_registers_the_identity_with_an_enrolment_code(browser, api, providers):
    assert "Enrolment code" in browser.get("/web/sign-in").text
    answer = register(browser, providers, f" {CODE[:20]}\n{CODE[20:]} ")
    assert "You are signed in as alice." in answer.text
    assert [entry.action for entry in api.world.entries] == [
        Action.ENROLMENT_USE,
        Action.WEB_SIGN_IN,
    ]
    providers.codes["the-code"] = {}
    again = Browser(api)
    assert "You are signed in as alice." in come_back(again, state_of(begin(again))).text


def test_a_registered_identity_keeps_its_member_and_leaves_the_code(alice, api, providers):
    code = api.post("/v1/members/bob/enrolment", "lena", {}).json["code"]
    assert "You are signed in as alice." in register(alice, providers, code).text
    other = register(Browser(api), providers, code, sub="bob@example.com")
    assert "You are signed in as bob." in other.text


@every("code", [CODE[:-1], CODE[:-1] + "0", "daypass_alice_x", "a.b.c"])
def test_a_mistyped_code_is_refused_before_the_provider_is_opened(code, browser):
    answer = browser.post("/web/provider", {"issuer": PROVIDER.issuer, "code": code})
    assert (answer.status, browser.cookies) == (403, {})
    assert "Go to the sign-in page" in answer.text


def test_a_code_that_no_longer_works_registers_nothing(browser, api, providers):
    assert register(browser, providers).status == 200
    for text in ("carol@example.com", "dave@example.com"):
        answer = register(Browser(api), providers, sub=text)
        assert answer.status == 403, answer.text
        assert "Set-Cookie" not in answer.headers


def test_no_job_of_a_ci_is_registered_or_signed_in(browser, api, providers):
    assert register(browser, providers, **job_claims(NOON)).status == 403
    api.world.add(a_member("ci", kind=Kind.MACHINE))
    bound = {"issuer": PROVIDER.issuer, "subject": JOB_SUBJECT}
    assert api.post("/v1/members/ci/jobs", "lena", bound).status == 201
    again = Browser(api)
    begun = begin(again)
    providers.codes["the-code"] = job_claims(NOON)
    answer = come_back(again, state_of(begun))
    assert (answer.status, "a machine" in answer.text) == (403, True)
    assert "Set-Cookie" not in answer.headers


@every("issuer", ["https://evil.example", "", PROVIDER.issuer + "/"])
def test_no_other_site_is_opened(issuer, browser):
    assert begin(browser, issuer).status == 404
    assert not browser.cookies


def test_a_provider_that_is_down_is_the_reason(alice, providers):
    begun = begin(alice)
    providers.is_down = True
    for answer in (begin(alice), come_back(alice, state_of(begun))):
        assert answer.status == 503
        assert "identity provider" in answer.text


def test_another_site_cannot_begin(browser):
    fields = {"issuer": PROVIDER.issuer}
    assert browser.post("/web/provider", fields, Origin="https://evil.example").status == 403
    assert not browser.cookies


def test_the_code_and_the_cookie_are_in_no_log(alice, providers, capsys):
    providers.codes["the-code"] = {}
    state = state_of(begin(alice))
    cookies = [*alice.cookies.values()]
    come_back(alice, state)
    written = capsys.readouterr()
    register(alice, providers)
    for secret in (*cookies, *alice.cookies.values(), "the-code", state, CODE):
        assert secret not in written.out + written.err


def test_without_a_client_there_is_no_button(api, providers):
    providers.web_issuers = ()
    assert "<form" not in Browser(api).get("/web/sign-in").text


def test_a_link_of_an_identity_token_lets_no_one_in_for_longer_than_that_token(alice, api):
    """Nobody who steals such a token can make more of it."""
    expires_at = NOON + timedelta(minutes=5)
    text = fake_identity_token(claims(NOON, exp=expires_at.timestamp()))
    bearer = {"Authorization": f"Bearer {text}"}
    links = []
    for moment in (NOON, expires_at - timedelta(seconds=30)):
        api.world.clock = moment
        url = api.send("POST", "/v1/me/web-links", headers=bearer).json["url"]
        links.append(urlsplit(url).path.removeprefix("/api"))
    api.world.clock = NOON
    assert alice.post(links[0]).status == 303
    assert alice.get(NO_PAGE).status == 404
    api.world.clock = expires_at
    assert alice.get(NO_PAGE).status == 401
    assert Browser(api).post(links[1]).status == 401


@pytest.mark.parametrize("minutes", [9, 11, None])
def test_an_old_or_unknown_sign_in_at_the_provider_is_not_recent(minutes, alice, api, providers):
    """Its session in an unattended browser signs in to Daypass without a question."""
    at = minutes and int((NOON - timedelta(minutes=minutes)).timestamp())
    providers.codes["the-code"] = {"auth_time": at}
    assert come_back(alice, state_of(begin(alice))).status == 200
    (session,) = api.world.find(WebSession, where=lambda _: True)
    assert session.is_recent(NOON) is (minutes == 9)
    assert not session.is_recent(NOON + timedelta(minutes=10))


GRANT = "/web/actions/grant-access"
FIELDS = {"member": "bob", "engagement": "acme-prod", "access": ["readonly:always"]}


@pytest.fixture
def lead(scene, alice, api):
    """Return Alice's browser. She is a lead now, and signed in with a link ten minutes ago."""
    scene.add(a_member("alice", kind=Kind.LEAD))
    alice.sign_in("alice")
    api.world.clock += timedelta(minutes=10)
    return alice


def grants(api):
    return [grant.member for grant in api.world.find(Grant, where=is_of_form)]


def is_of_form(grant):
    return grant.key == ("acme-prod", "bob") and grant.revoked_at is None


def test_a_lead_on_a_phone_signs_in_again_without_a_terminal(lead, api, providers):
    page = lead.get(GRANT, member="bob", engagement="acme-prod")
    (offered,) = re.findall(
        r'action="/api(/web/provider)" target="_blank" rel="noopener"', page.text
    )
    assert "asks you to sign in again, even if you are already signed in there" in page.text
    first_tab = lead.csrf
    assert lead.post(GRANT, FIELDS).status == 200
    assert grants(api) == []
    begun = lead.post(offered, {"issuer": PROVIDER.issuer})
    providers.codes["the-code"] = {"auth_time": int(api.world.clock.timestamp())}
    assert come_back(lead, state_of(begun)).status == 200
    shown_again = lead.post(GRANT, FIELDS | {"csrf": first_tab})
    assert shown_again.status == 403
    assert "Sign in again first." not in shown_again.text
    assert lead.post(GRANT, FIELDS).status == 303
    assert grants(api) == ["bob"]


def test_a_page_of_a_firm_without_a_provider_says_to_use_a_computer(lead, providers):
    providers.web_issuers = ()
    page = lead.get(GRANT, member="bob", engagement="acme-prod")
    assert "A phone has no terminal: use a computer." in page.text
    assert "/web/provider" not in page.text


LONG_AGO = {"auth_time": int((NOON - timedelta(hours=1)).timestamp())}


@pytest.mark.parametrize("claimed", [LONG_AGO, {}, {"sub": "eve@example.com"}])
def test_a_thief_of_the_phone_lets_no_one_in(claimed, lead, api, providers):
    """The lead signed in there long ago, or the provider does not say when, or it was another."""
    providers.codes["the-code"] = claimed
    come_back(lead, state_of(begin(lead)))
    page = lead.get(GRANT, member="bob", engagement="acme-prod")
    assert "Sign in again first." in page.text
    assert lead.post(GRANT, FIELDS).status == 200
    assert grants(api) == []


def test_another_persons_sign_in_gives_their_rights_and_not_the_leads(lead, api, providers):
    code = api.post("/v1/members/bob/enrolment", "lena", {}).json["code"]
    of_bob = fake_identity_token(claims(api.world.clock, sub="bob@example.com"))
    bound = BODIES[BIND] | {"code": code, "identity_token": of_bob}
    assert ask(api, BIND, "nobody", body=bound).status == 201
    of_lead = Browser(api, dict(lead.cookies))
    now = int(api.world.clock.timestamp())
    providers.codes["the-code"] = {"sub": "bob@example.com", "auth_time": now}
    assert come_back(lead, state_of(begin(lead))).status == 200
    assert lead.get(GRANT, member="bob", engagement="acme-prod").status == 403
    page = of_lead.get(GRANT, member="bob", engagement="acme-prod")
    assert "Sign in again first." in page.text


def test_a_return_that_was_used_signs_in_no_one_again(lead, api, providers):
    state = state_of(begin(lead))
    providers.codes["the-code"] = {"auth_time": int(api.world.clock.timestamp())}
    before = Browser(api, dict(lead.cookies))
    assert come_back(lead, state).status == 200
    assert come_back(before, state).status == 403
    assert "Sign in again first." in before.get(GRANT, member="bob", engagement="acme-prod").text
