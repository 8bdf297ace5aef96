"""An identity provider in memory. Its tokens' claims are checked by the real rule."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from chalicelib.domain.errors import AccessDenied, Unauthenticated, Unavailable
from chalicelib.domain.people.identities import (
    IdentityToken,
    Provider,
    ProviderSignIn,
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


JOB_SUBJECT = "repo:acme@1234/shop@5678:environment:production"
"""The subject of `job_claims` as Daypass names it."""


def job_claims(now: datetime, **changes: Any) -> dict[str, Any]:
    """Return the claims that GitHub gives a job, with these changes. None omits a claim."""
    usual = {
        "sub": "repo:acme/shop:environment:production",
        "repository_id": "5678",
        "repository_owner_id": "1234",
        "event_name": "push",
        "ref_protected": "false",
    }
    return claims(now, **(usual | changes))


def gitlab_claims(now: datetime, **changes: Any) -> dict[str, Any]:
    """Return the claims that GitLab gives a job, with these changes. None omits a claim."""
    usual = {
        "sub": "project_path:acme/web/shop:ref_type:branch:ref:main",
        "project_id": "5678",
        "pipeline_source": "push",
        "ref_protected": "true",
    }
    return claims(now, **(usual | changes))


def fake_identity_token(body: Any, *, key: str = "the provider's") -> str:
    """Return a token that `FakeProviders` accepts, or refuses with another key. A hash stands in
    for the signature."""
    signed = f"{_part({'alg': 'RS256', 'kid': 'one'})}.{_part(body)}"
    return f"{signed}.{_signature(signed, key)}"


@dataclass(slots=True)
class FakeProviders:
    """The IdentityProviders port over one provider."""

    issuers: tuple[str, ...] = (PROVIDER.issuer,)
    web_issuers: tuple[str, ...] = ()
    is_down: bool = False
    begun: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The nonces and return addresses of browsers that are at the provider's sign-in page, by their
    challenge."""
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The claims that the provider's codes stand for. A code works once."""

    def build_sign_in_url(self, sign_in: ProviderSignIn, redirect_uri: str) -> str:
        if self.is_down:
            raise Unavailable(Reason.PROVIDER_UNREACHABLE)
        self.begun[sign_in.challenge] = sign_in.nonce, redirect_uri
        return f"{sign_in.issuer}/authorize?{urlencode({'state': sign_in.state})}"

    def redeem_code(
        self, sign_in: ProviderSignIn, redirect_uri: str, code: str, now: datetime
    ) -> IdentityToken:
        if self.is_down:
            raise Unavailable(Reason.PROVIDER_UNREACHABLE)
        digest = hashlib.sha256(sign_in.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        nonce, returns_to = self.begun.get(challenge, ("", ""))
        claimed = self.codes.pop(code, None)
        if claimed is None or returns_to != redirect_uri:
            raise AccessDenied(Reason.WEB_SIGN_IN_FAILED)
        return self.verify(fake_identity_token(claims(now, **({"nonce": nonce} | claimed))), now)

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
