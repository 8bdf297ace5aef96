"""The authorization code flow with a provider on this machine, over TLS."""

from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.adapters.people.identity_providers import OidcProviders, keys
from chalicelib.adapters.people.identity_providers.code_flow import CodeFlow
from chalicelib.adapters.people.identity_providers.keys import fetch
from chalicelib.domain.errors import AccessDenied, Unavailable
from chalicelib.domain.people.identities import Provider, ProviderSignIn
from chalicelib.domain.reasons import Reason
from tests.adapters.people.identity_providers.provider import (
    CONFIGURATION,
    send,
    trickle,
)
from tests.rows import every

AUTHORIZE, TOKEN = "/authorize?tenant=firm", "/token"
RETURN = "https://daypass.example/api/web/provider/return"
CLIENT = "console client"


def trusted(provider, client=CLIENT):
    return Provider(
        issuer=provider.url, audience="daypass", algorithms=("RS256",), web_client=client
    )


def flow_of(provider):
    provider.pages[CONFIGURATION] |= {
        "authorization_endpoint": provider.url + AUTHORIZE,
        "token_endpoint": provider.url + TOKEN,
    }
    return CodeFlow([trusted(provider)], partial(fetch, tls_context=provider.trusting))


def begun(provider):
    return ProviderSignIn(provider.url, "the cookie")


def test_the_url_is_the_providers_own_with_the_request(provider):
    sign_in = begun(provider)
    url = urlsplit(flow_of(provider).build_url(sign_in, RETURN))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{provider.url}/authorize"
    assert parse_qs(url.query) == {
        "tenant": ["firm"],
        "response_type": ["code"],
        "client_id": [CLIENT],
        "redirect_uri": [RETURN],
        "scope": ["openid"],
        "state": [sign_in.state],
        "nonce": [sign_in.nonce],
        "prompt": ["login"],
        "max_age": ["0"],
        "code_challenge": [sign_in.challenge],
        "code_challenge_method": ["S256"],
    }


def test_the_code_is_sent_in_a_body_and_gives_a_token(provider):
    flow, bodies = flow_of(provider), []

    def redeem(handler):
        length = int(handler.headers["Content-Length"])
        bodies.append((handler.command, parse_qs(handler.rfile.read(length).decode())))
        send(handler, b'{"id_token": "a.b.c", "access_token": "unused"}')

    provider.answers[TOKEN] = redeem
    assert flow.redeem(begun(provider), RETURN, "the code") == "a.b.c"
    form = {
        "grant_type": ["authorization_code"],
        "client_id": [CLIENT],
        "code": ["the code"],
        "redirect_uri": [RETURN],
        "code_verifier": [begun(provider).verifier],
    }
    assert bodies == [("POST", form)]
    assert provider.requests == [CONFIGURATION, TOKEN]


def test_the_addresses_are_fetched_once(provider):
    flow = flow_of(provider)
    for _ in range(3):
        flow.build_url(begun(provider), RETURN)
    assert provider.requests == [CONFIGURATION]


@every(
    "answer, error",
    [
        (lambda handler: send(handler, b'{"error": "invalid_grant"}', 400), AccessDenied),
        (lambda handler: send(handler, b'{"error": "invalid_client"}', 401), AccessDenied),
        (lambda handler: send(handler, b'{"access_token": "x"}'), AccessDenied),
        (lambda handler: send(handler, b'{"id_token": 7}'), AccessDenied),
        (lambda handler: send(handler, b"", 500), Unavailable),
        (lambda handler: send(handler, b"", 302, Location="https://evil.example"), Unavailable),
        (lambda handler: send(handler, b"<html>"), Unavailable),
        (trickle, Unavailable),  # the last one: it shortens the timeout
    ],
)
def test_an_answer_without_a_token_signs_no_one_in(provider, monkeypatch, answer, error):
    if answer is trickle:
        monkeypatch.setattr(keys, "TIMEOUT_SECONDS", 0.3)
    flow = flow_of(provider)
    provider.answers[TOKEN] = answer
    with pytest.raises(error) as caught:
        flow.redeem(begun(provider), RETURN, "the code")
    assert "the code" not in str(caught.value)


@every(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://127.0.0.1/authorize"},
        {"authorization_endpoint": None},
    ],
)
def test_a_configuration_of_another_or_without_tls_is_refused(provider, changes):
    provider.publish(**provider.keys)
    flow = flow_of(provider)
    provider.pages[CONFIGURATION] |= changes
    with pytest.raises(Unavailable) as caught:
        flow.build_url(begun(provider), RETURN)
    assert caught.value.reason is Reason.PROVIDER_UNREACHABLE


def test_only_providers_with_a_client_are_offered(provider):
    assert OidcProviders([trusted(provider)]).web_issuers == (provider.url,)
    assert OidcProviders([trusted(provider, "")]).web_issuers == ()
    assert OidcProviders([trusted(provider)], is_turned_off=True).web_issuers == ()
