"""Identity providers in memory: they judge a token's words by the rule, and know their own seal."""

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
    verified_identity,
)
from chalicelib.domain.reasons import Reason

PROVIDER = Provider(
    issuer="https://login.example.com/firm", audience="daypass", algorithms=("RS256", "ES384")
)


def claims(now: datetime, **changes: Any) -> dict[str, Any]:
    """What the provider says of alice, with these changes. None: it does not say that at all."""
    usual = {
        "iss": PROVIDER.issuer,
        "aud": PROVIDER.audience,
        "sub": "alice@example.com",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(hours=1)).timestamp()),
    }
    return {name: said for name, said in (usual | changes).items() if said is not None}


def sealed(said: Any, *, key: str = "the provider's") -> str:
    """A token, as the fake seals it: not a signature, but nobody's who does not call it so."""
    body = f"{_part({'alg': 'RS256', 'kid': 'one'})}.{_part(said)}"
    return f"{body}.{_seal(body, key)}"


class FakeProviders:
    """The Providers port over one provider, whose seal is believed."""

    def verify(self, text: str, now: datetime) -> IdentityToken:
        body, _, seal = text.rpartition(".")
        if not is_identity_token(text) or seal != _seal(body, "the provider's"):
            raise Unauthenticated(Reason.IDENTITY_TOKEN_REFUSED)
        said = json.loads(base64.urlsafe_b64decode(body.partition(".")[2] + "=="))
        word = verified_identity(said, PROVIDER, now)
        if isinstance(word, Reason):
            raise Unauthenticated(word)
        return word


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _seal(body: str, key: str) -> str:
    return hashlib.sha256(f"{key} {body}".encode()).hexdigest()
