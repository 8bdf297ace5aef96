"""Signing in to the web console at the firm's identity provider."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.people.members import Kind
from chalicelib.domain.trail import Action
from tests.builders import NOON, a_member, code_text_of
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import BIND, BODIES
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.provider.returning import RETURN, begin, come_back, state_of
from tests.fakes.providers import JOB_SUBJECT, PROVIDER, claims, fake_identity_token, job_claims
from tests.rows import every

NO_PAGE = "/web/actions/none"


def test_a_registered_identity_signs_in(alice, api, providers):
    assert PROVIDER.issuer in alice.get("/web/sign-in").text
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


def test_an_identity_of_no_member_is_refused(browser, sign_in):
    answer = sign_in(browser, {"sub": "eve@example.com"})
    assert answer.status == 401
    assert "This identity does not belong to a member." in answer.text


CODE = code_text_of("alice")


def test_the_first_sign_in_registers_the_identity_with_an_enrolment_code(browser, api, sign_in):
    assert "Enrolment code" in browser.get("/web/sign-in").text
    answer = sign_in(browser, code=f" {CODE[:20]}\n{CODE[20:]} ")
    assert "You are signed in as alice." in answer.text
    assert [entry.action for entry in api.world.entries] == [
        Action.ENROLMENT_USE,
        Action.WEB_SIGN_IN,
    ]
    assert "You are signed in as alice." in sign_in(Browser(api)).text


def test_a_registered_identity_keeps_its_member_and_leaves_the_code(alice, api, sign_in):
    code = api.post("/v1/members/bob/enrolment", "lena", {}).json["code"]
    assert "You are signed in as alice." in sign_in(alice, code=code).text
    other = sign_in(Browser(api), {"sub": "bob@example.com"}, code=code)
    assert "You are signed in as bob." in other.text


@every(
    "fields, headers, status, text",
    [
        *(
            ({"code": code}, {}, 403, "Go to the sign-in page")  # it is mistyped
            for code in (CODE[:-1], CODE[:-1] + "0", "daypass_alice_x", "a.b.c")
        ),
        *(
            ({"issuer": issuer}, {}, 404, "")
            for issuer in ("https://evil.example", "", PROVIDER.issuer + "/")
        ),
        ({}, {"Origin": "https://evil.example"}, 403, ""),
    ],
)
def test_no_provider_is_opened(browser, fields, headers, status, text):
    sent = {"issuer": PROVIDER.issuer} | fields
    answer = browser.post("/web/provider", sent, **headers)
    assert (answer.status, browser.cookies, text in answer.text) == (status, {}, True)


def test_a_code_that_no_longer_works_registers_nothing(browser, api, sign_in):
    assert sign_in(browser, code=CODE).status == 200
    for text in ("carol@example.com", "dave@example.com"):
        answer = sign_in(Browser(api), {"sub": text}, code=CODE)
        assert answer.status == 403, answer.text
        assert "Set-Cookie" not in answer.headers


def test_no_job_of_a_ci_is_registered_or_signed_in(browser, api, sign_in):
    assert sign_in(browser, job_claims(NOON), code=CODE).status == 403
    api.world.add(a_member("ci", kind=Kind.MACHINE))
    bound = {"issuer": PROVIDER.issuer, "subject": JOB_SUBJECT}
    assert api.post("/v1/members/ci/jobs", "lena", bound).status == 201
    answer = sign_in(Browser(api), job_claims(NOON))
    assert (answer.status, "a machine" in answer.text) == (403, True)
    assert "Set-Cookie" not in answer.headers


def test_a_provider_that_is_down_is_the_reason(alice, providers):
    begun = begin(alice)
    providers.is_down = True
    for answer in (begin(alice), come_back(alice, state_of(begun))):
        assert answer.status == 503
        assert "identity provider" in answer.text


def test_the_code_and_the_cookie_are_in_no_log(alice, providers, sign_in, capsys):
    providers.codes["the-code"] = {}
    state = state_of(begin(alice))
    cookies = [*alice.cookies.values()]
    come_back(alice, state)
    written = capsys.readouterr()
    sign_in(alice, code=CODE)
    for secret in (*cookies, *alice.cookies.values(), "the-code", state, CODE):
        assert secret not in written.out + written.err


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
    providers.codes["the-code"] = minutes_ago(9)
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


def minutes_ago(minutes):
    """Return the claim of a sign-in at the provider, so long before a lead signs in again."""
    return {"auth_time": int((NOON + timedelta(minutes=10 - minutes)).timestamp())}


@pytest.mark.parametrize("claimed", [minutes_ago(11), {}, {"sub": "eve@example.com"}])
def test_a_thief_of_the_phone_lets_no_one_in(claimed, lead, api, sign_in):
    """The lead signed in there long ago, or the provider does not say when, or it was another. Its
    session in an unattended browser signs in to Daypass without a question."""
    sign_in(lead, claimed)
    page = lead.get(GRANT, member="bob", engagement="acme-prod")
    assert "Sign in again first." in page.text
    assert lead.post(GRANT, FIELDS).status == 200
    assert grants(api) == []


def test_another_persons_sign_in_gives_their_rights_and_not_the_leads(lead, api, sign_in):
    code = api.post("/v1/members/bob/enrolment", "lena", {}).json["code"]
    of_bob = fake_identity_token(claims(api.world.clock, sub="bob@example.com"))
    bound = BODIES[BIND] | {"code": code, "identity_token": of_bob}
    assert ask(api, BIND, "nobody", body=bound).status == 201
    of_lead = Browser(api, dict(lead.cookies))
    assert sign_in(lead, {"sub": "bob@example.com"} | minutes_ago(0)).status == 200
    assert lead.get(GRANT, member="bob", engagement="acme-prod").status == 403
    page = of_lead.get(GRANT, member="bob", engagement="acme-prod")
    assert "Sign in again first." in page.text
