"""Whose word a token is, by its signature."""

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
    verified_identity,
)
from chalicelib.domain.reasons import Reason


class TokenVerifier:
    """Reads the tokens of these providers. Their keys are kept for all who sign in there."""

    def __init__(self, providers: Iterable[Provider], fetch: Fetch = fetch) -> None:
        self._providers = {one.issuer: (one, Keys(one.issuer, fetch)) for one in providers}

    def verify(self, text: str, now: datetime) -> IdentityToken:
        header, issuer = _unverified(text) if is_identity_token(text) else ({}, "")
        known = self._providers.get(issuer)
        if known is None:
            raise Unauthenticated(Reason.IDENTITY_TOKEN_REFUSED)
        provider, keys = known
        claims = _verified(text, header, provider, partial(keys.find, now=now))
        word = verified_identity(claims, provider, now)
        if isinstance(word, Reason):
            raise Unauthenticated(word)
        return word


def _unverified(text: str) -> tuple[Mapping[str, Any], str]:
    """The header, and the issuer that it says it is of: only to know whom to ask for the key."""
    try:
        read = jwt.PyJWS().decode_complete(text, options={"verify_signature": False})
        issuer = json.loads(read["payload"]).get("iss")
    except (jwt.PyJWTError, ValueError, AttributeError, RecursionError):
        return {}, ""
    return read["header"], issuer if isinstance(issuer, str) else ""


def _verified(
    text: str,
    header: Mapping[str, Any],
    provider: Provider,
    find: Callable[[str], Jwk | None],
) -> Mapping[str, Any]:
    """What the token says, if the provider has signed it."""
    algorithm = header.get("alg")
    if algorithm not in provider.algorithms:
        raise Unauthenticated(Reason.IDENTITY_TOKEN_REFUSED)
    try:
        # No key that a token brings or points to is ever looked at (RFC 8725, section 3.10).
        key = find(header.get("kid", ""))
    except NotFetched as error:
        raise Unavailable(Reason.PROVIDER_UNREACHABLE) from error
    if key is None or key.get("alg", algorithm) != algorithm:
        raise Unauthenticated(Reason.IDENTITY_TOKEN_REFUSED)
    try:
        read = jwt.PyJWS().decode_complete(
            text,
            jwt.PyJWK(dict(key), algorithm),
            algorithms=[algorithm],
            options={"enforce_minimum_key_length": True},
        )
    except jwt.PyJWTError as error:
        raise Unauthenticated(Reason.IDENTITY_TOKEN_REFUSED) from error
    claims: Mapping[str, Any] = json.loads(read["payload"])  # which has been read once already
    return claims
