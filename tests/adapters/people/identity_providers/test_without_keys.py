"""Tokens of a provider without valid keys are refused."""

from __future__ import annotations

from typing import Any

from chalicelib.adapters.people.identity_providers.verifier import TokenVerifier
from chalicelib.domain.people.identities import Provider
from chalicelib.domain.reasons import Reason
from tests.adapters.people.identity_providers.provider import (
    CONFIGURATION,
    KEYS,
    IdentityProvider,
    send,
)
from tests.adapters.people.identity_providers.reading import claims_of, refusal, verifier_for
from tests.rows import every

WRONG_PAGES: dict[str, tuple[str, Any]] = {
    "another issuer's configuration": (
        CONFIGURATION,
        {"issuer": "https://login.example.org", "jwks_uri": "{provider}/keys"},
    ),
    "a configuration that is a list": (CONFIGURATION, []),
    "keys that are no list": (KEYS, {"keys": {"one": {}}}),
    "too many keys": (KEYS, {"keys": ["x" * 300_000]}),
}


@every("wrong", WRONG_PAGES)
def test_tokens_are_refused_without_the_providers_keys(
    provider: IdentityProvider, wrong: str
) -> None:
    provider.publish(**provider.keys)
    path, page = WRONG_PAGES[wrong]
    if isinstance(page, dict) and "jwks_uri" in page:
        page = page | {"jwks_uri": page["jwks_uri"].format(provider=provider.url)}
    provider.pages[path] = page
    assert (
        refusal(verifier_for(provider), provider.token(claims_of(provider)))
        is Reason.PROVIDER_UNREACHABLE
    )


@every("path", [CONFIGURATION, KEYS])
@every("status", [301, 302, 307, 404, 500])
def test_a_redirect_is_not_followed(provider: IdentityProvider, path: str, status: int) -> None:
    elsewhere = provider.url + "/elsewhere"
    provider.pages["/elsewhere"] = provider.pages[path]
    redirect = lambda request: send(request, b"{}", status, Location=elsewhere)  # noqa: E731
    provider.answers = {path: redirect}
    assert (
        refusal(verifier_for(provider), provider.token(claims_of(provider)))
        is Reason.PROVIDER_UNREACHABLE
    )
    assert "/elsewhere" not in provider.requests


@every("keys", ["http://127.0.0.1:{port}/keys", "file:///etc/passwd", "", None])
def test_keys_are_fetched_only_over_tls(provider: IdentityProvider, keys: str | None) -> None:
    engagement = keys and keys.format(port=provider.url.rpartition(":")[2])
    provider.pages[CONFIGURATION] = {"issuer": provider.url, "jwks_uri": engagement}
    assert (
        refusal(verifier_for(provider), provider.token(claims_of(provider)))
        is Reason.PROVIDER_UNREACHABLE
    )
    assert KEYS not in provider.requests


def test_an_untrusted_certificate_is_refused(provider: IdentityProvider) -> None:
    trusted = Provider(issuer=provider.url, audience="daypass", algorithms=("RS256",))
    reader = TokenVerifier([trusted])
    assert refusal(reader, provider.token(claims_of(provider))) is Reason.PROVIDER_UNREACHABLE
    assert provider.requests == []
