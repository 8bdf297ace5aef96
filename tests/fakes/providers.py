"""An identity provider in memory. Its tokens' claims are checked by the real rule."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.errors import Unauthenticated
from chalicelib.domain.people.identities import (
    IdentityToken,
    Provider,
    is_identity_token,
    parse_identity_claims,
)
from chalicelib.domain.reasons import Reason

PROVIDER = Provider(
    issuer="https://login.example.com/firm", audience="daypass", algorithms=("RS256", "ES384")
)


def claims(now: datetime, **changes: Any) -> dict[str, Any]:
    """Return the provider's claims about alice, with these changes. None omits a claim."""
    usual = {
        "iss": PROVIDER.issuer,
        "aud": PROVIDER.audience,
        "sub": "alice@example.com",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(hours=1)).timestamp()),
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def fake_identity_token(body: Any, *, key: str = "the provider's") -> str:
    """Return a token that `FakeProviders` accepts, or refuses with another key. A hash stands in
    for the signature."""
    signed = f"{_part({'alg': 'RS256', 'kid': 'one'})}.{_part(body)}"
    return f"{signed}.{_signature(signed, key)}"


class FakeProviders:
    """The IdentityProviders port over one provider."""

    def verify(self, text: str, now: datetime) -> IdentityToken:
        signed, _, signature = text.rpartition(".")
        if not is_identity_token(text) or signature != _signature(signed, "the provider's"):
            raise Unauthenticated(Reason.IDENTITY_TOKEN_REFUSED)
        body = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
        token = parse_identity_claims(body, PROVIDER, now)
        if isinstance(token, Reason):
            raise Unauthenticated(token)
        return token


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _signature(signed: str, key: str) -> str:
    return hashlib.sha256(f"{key} {signed}".encode()).hexdigest()
