"""A provider whose keys cannot be had as they have to be: nobody is believed."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.adapters.people.identity_providers.verifier import TokenVerifier
from chalicelib.domain.people.identities import Provider
from chalicelib.domain.reasons import Reason
from tests.adapters.people.identity_providers.provider import (
    CONFIGURATION,
    KEYS,
    IdentityProvider,
    send,
)
from tests.adapters.people.identity_providers.reading import refusal, said, words

WRONG_PAGES: dict[str, tuple[str, Any]] = {
    "a configuration of somebody else's": (
        CONFIGURATION,
        {"issuer": "https://login.example.org", "jwks_uri": "{provider}/keys"},
    ),
    "a configuration that is a list": (CONFIGURATION, []),
    "keys that are no list": (KEYS, {"keys": {"one": {}}}),
    "too many keys": (KEYS, {"keys": ["x" * 300_000]}),
}


@pytest.mark.parametrize("wrong", WRONG_PAGES)
def test_without_a_providers_keys_nobody_is_let_in(provider: IdentityProvider, wrong: str) -> None:
    path, page = WRONG_PAGES[wrong]
    if isinstance(page, dict) and "jwks_uri" in page:
        page = page | {"jwks_uri": page["jwks_uri"].format(provider=provider.url)}
    provider.pages[path] = page
    assert refusal(words(provider), provider.token(said(provider))) is Reason.PROVIDER_UNREACHABLE


@pytest.mark.parametrize("path", [CONFIGURATION, KEYS])
@pytest.mark.parametrize("status", [301, 302, 307, 404, 500])
def test_nor_where_it_sends_us_elsewhere(
    provider: IdentityProvider, path: str, status: int
) -> None:
    elsewhere = provider.url + "/elsewhere"
    provider.pages["/elsewhere"] = provider.pages[path]
    provider.answers[path] = lambda asked: send(asked, b"{}", status, Location=elsewhere)
    assert refusal(words(provider), provider.token(said(provider))) is Reason.PROVIDER_UNREACHABLE
    assert "/elsewhere" not in provider.asked


@pytest.mark.parametrize("keys", ["http://127.0.0.1:{port}/keys", "file:///etc/passwd", "", None])
def test_nor_where_its_keys_are_anywhere_but_behind_tls(
    provider: IdentityProvider, keys: str | None
) -> None:
    engagement = keys and keys.format(port=provider.url.rpartition(":")[2])
    provider.pages[CONFIGURATION] = {"issuer": provider.url, "jwks_uri": engagement}
    assert refusal(words(provider), provider.token(said(provider))) is Reason.PROVIDER_UNREACHABLE
    assert KEYS not in provider.asked


def test_nor_where_its_certificate_is_nobodys(provider: IdentityProvider) -> None:
    trusted = Provider(issuer=provider.url, audience="daypass", algorithms=("RS256",))
    reader = TokenVerifier([trusted])
    assert refusal(reader, provider.token(said(provider))) is Reason.PROVIDER_UNREACHABLE
    assert provider.asked == []
