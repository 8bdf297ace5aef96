"""Verify identity tokens with the signing keys of their providers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import jwt

from chalicelib.adapters.people.identity_providers.keys import Fetch, Jwk, Keys, NotFetched, fetch
from chalicelib.domain.errors import Unauthenticated, Unavailable
from chalicelib.domain.people.identities import (
    IdentityToken,
    Provider,
    is_identity_token,
    parse_identity_claims,
)
from chalicelib.domain.reasons import Reason


class TokenVerifier:
    """A verifier of the tokens of these providers. It caches the providers' keys."""

    def __init__(self, providers: Iterable[Provider], fetch: Fetch = fetch) -> None:
        self._providers = {
            provider.issuer: (provider, Keys(provider.issuer, fetch)) for provider in providers
        }

    def verify(self, text: str, now: datetime) -> IdentityToken:
        """Return the verified token. Raise Unauthenticated unless a trusted provider signed it and
        its claims are valid now, and Unavailable if the provider's keys cannot be fetched."""
        header, issuer = _read_unverified(text) if is_identity_token(text) else ({}, "")
        provider_and_keys = self._providers.get(issuer)
        if provider_and_keys is None:
            raise Unauthenticated(Reason.IDENTITY_TOKEN_REFUSED)
        provider, keys = provider_and_keys
        claims = _verify_claims(text, header, provider, partial(keys.find, now=now))
        identity = parse_identity_claims(claims, provider, now)
        if isinstance(identity, Reason):
            raise Unauthenticated(identity)
        return identity


def _read_unverified(text: str) -> tuple[Mapping[str, Any], str]:
    """Return the header and the issuer of a token, both unverified. Callers may use them only to
    choose the provider's key. Both are empty if the token is malformed."""
    try:
        token = jwt.PyJWS().decode_complete(text, options={"verify_signature": False})
        issuer = json.loads(token["payload"]).get("iss")
    except (jwt.PyJWTError, ValueError, AttributeError, RecursionError):
        return {}, ""
    return token["header"], issuer if isinstance(issuer, str) else ""


def _verify_claims(
    text: str,
    header: Mapping[str, Any],
    provider: Provider,
    find_key: Callable[[str], Jwk | None],
) -> Mapping[str, Any]:
    """Verify the token's signature with the provider's key, and return the token's claims. Raise
    Unauthenticated for an invalid signature, and Unavailable if the keys cannot be fetched."""
    algorithm = header.get("alg")
    if algorithm not in provider.algorithms:
        raise Unauthenticated(Reason.IDENTITY_TOKEN_REFUSED)
    try:
        # Ignore keys that a token contains or links to (RFC 8725, section 3.10).
        key = find_key(header.get("kid", ""))
    except NotFetched as error:
        raise Unavailable(Reason.PROVIDER_UNREACHABLE) from error
    if key is None or key.get("alg", algorithm) != algorithm:
        raise Unauthenticated(Reason.IDENTITY_TOKEN_REFUSED)
    try:
        token = jwt.PyJWS().decode_complete(
            text,
            jwt.PyJWK(dict(key), algorithm),
            algorithms=[algorithm],
            options={"enforce_minimum_key_length": True},
        )
    except jwt.PyJWTError as error:
        raise Unauthenticated(Reason.IDENTITY_TOKEN_REFUSED) from error
    # This cannot fail: `_read_unverified` has already parsed the payload.
    claims: Mapping[str, Any] = json.loads(token["payload"])
    return claims
