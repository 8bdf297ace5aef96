"""Define identities at the firm's identity provider.

The provider's signed OpenID Connect tokens name a person by issuer and subject. Daypass stores a
member's identity in the same form as an API token. So a revocation or a suspension that ends the
member's API tokens ends the identity too."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from chalicelib.domain.identifiers import MemberId, Sha256, constrain_identifier
from chalicelib.domain.people.jobs import is_job, read_job_subject
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Item, Secret, Value

MAX_IDENTITY_TOKEN = timedelta(hours=24)
"""The longest lifetime of an identity token: Daypass cannot revoke it earlier."""
MAX_CLOCK_AHEAD = timedelta(seconds=30)
"""How far a provider's clock may be ahead of Daypass's."""
MAX_TOKEN_LENGTH = 8192

_JWT = r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
_JWT_REGEX = re.compile(_JWT, re.ASCII)
# "It MUST NOT exceed 255 ASCII characters in length" (OpenID Connect Core 1.0, section 2).
_SUBJECT = r"[!-~]{1,255}"
# AWS STS issues such tokens with an issuer for each account, and the ARN of the user or role as the
# subject ("Outbound identity federation", IAM User Guide).
_AWS_ISSUER = r"https://[0-9a-f-]{36}\.tokens\.sts\.global\.api\.aws"
_IAM_USER_ARN = r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:user/[!-~]+"

IdentityTokenText = Annotated[
    Secret[str],
    constrain_identifier("a complete token of an identity provider", _JWT, MAX_TOKEN_LENGTH, 20),
]


class Provider(Value):
    """An identity provider that the firm trusts, and the rules for the tokens that Daypass accepts
    from it."""

    issuer: str
    audience: str
    """The name of Daypass at the provider. Daypass refuses tokens for any other audience."""
    algorithms: tuple[str, ...]
    """Accepted signature algorithms. A token's own `alg` must be one of them."""
    web_client: str = ""
    """The ID of the public client with which members sign in to the web console. Empty if they
    cannot."""


class IdentityToken(Value):
    """A verified token of an identity provider."""

    issuer: str
    subject: str
    identity_expires_at: datetime
    is_job: bool = False
    """True if it is a CI job's, and no person's."""
    nonce: str = ""
    """The value that the sign-in sent to the provider. Empty if the token has none."""
    authenticated_at: datetime | None = None
    """When the person last signed in at the provider, which may be long ago. None if the token does
    not say."""


class ProviderSignIn(Value, kw_only=False):
    """A sign-in that has begun at this identity provider, by a browser whose cookie has this text.
    Its values derive from the cookie.

    Nothing is stored at Daypass. The request that brings a code back must also have the state, and
    the browser must still have the cookie. So no one can sign a browser in as someone else.
    """

    issuer: str
    cookie: Secret[str]

    @property
    def state(self) -> str:
        """Return the value with which the provider sends the browser back. It names the issuer, so
        that no provider can answer for another."""
        return self._derive("state")

    @property
    def nonce(self) -> str:
        """Return the value that the identity token must contain."""
        return self._derive("nonce")

    @property
    def verifier(self) -> str:
        """Return the secret with which Daypass redeems the code (PKCE, RFC 7636: 43 to 128
        characters)."""
        return self._derive("verifier")

    @property
    def challenge(self) -> str:
        """Return the hash of the verifier, by the method S256."""
        return challenge_of(self.verifier)

    def _derive(self, purpose: str) -> str:
        return hashlib.sha256(f"{purpose} {self.issuer} {self.cookie}".encode()).hexdigest()


class Identity(Item):
    """The member who signs in with an identity. An identity has one member at a time. `token` is
    the hash of the stored token, which says whether the identity is still valid."""

    STORED_AS = "identity"
    KEY_FIELDS = ("hash",)

    hash: Sha256
    member: MemberId
    token: Secret[Sha256]


def challenge_of(verifier: str) -> str:
    """Return the challenge that belongs to a verifier, by the method S256 (PKCE, RFC 7636)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def is_identity_token(text: str) -> bool:
    """Return whether the text has the format of a provider's token, which no Daypass token has."""
    return len(text) <= MAX_TOKEN_LENGTH and _JWT_REGEX.fullmatch(text) is not None


def identity_hash(issuer: str, subject: str) -> str:
    """Return the key of an identity: a hash of issuer and subject, because a subject is unique only
    for its issuer."""
    issuer_and_subject = json.dumps([issuer, subject], separators=(",", ":"))
    return hashlib.sha256(issuer_and_subject.encode("ascii")).hexdigest()


def parse_identity_claims(
    claims: Mapping[str, Any], provider: Provider, now: datetime
) -> IdentityToken | Reason:
    """Return the identity that a provider's token proves, or why Daypass refuses the token.

    `claims` are the token's content, whose signature has been verified. All comparisons are exact,
    as "JSON Web Token Best Current Practices" (RFC 8725) requires.
    """
    if claims.get("iss") != provider.issuer or not _is_audience_accepted(claims, provider.audience):
        return Reason.IDENTITY_TOKEN_REFUSED
    is_of_job = is_job(claims)
    subject = read_job_subject(claims) if is_of_job else claims.get("sub")
    if isinstance(subject, Reason):
        return subject
    if not isinstance(subject, str) or re.fullmatch(_SUBJECT, subject) is None:
        return Reason.IDENTITY_TOKEN_REFUSED
    issued_at, expires_at = (
        _parse_numeric_date(claims.get("iat")),
        _parse_numeric_date(claims.get("exp")),
    )
    valid_from = _parse_numeric_date(claims.get("nbf", claims.get("iat")))
    if issued_at is None or expires_at is None or valid_from is None:
        return Reason.IDENTITY_TOKEN_REFUSED
    if max(issued_at, valid_from) > now + MAX_CLOCK_AHEAD:
        return Reason.IDENTITY_TOKEN_REFUSED
    if expires_at > issued_at + MAX_IDENTITY_TOKEN:
        return Reason.IDENTITY_TOKEN_REFUSED
    if now >= expires_at:
        return Reason.IDENTITY_TOKEN_EXPIRED
    # A role's token names the role alone, and is the same for everyone who can assume the role.
    if re.fullmatch(_AWS_ISSUER, provider.issuer) and not re.fullmatch(_IAM_USER_ARN, subject):
        return Reason.SHARED_IDENTITY
    nonce = claims.get("nonce")
    return IdentityToken(
        issuer=provider.issuer,
        subject=subject,
        is_job=is_of_job,
        identity_expires_at=expires_at,
        nonce=nonce if isinstance(nonce, str) else "",
        authenticated_at=_parse_numeric_date(claims.get("auth_time")),
    )


def _is_audience_accepted(claims: Mapping[str, Any], audience: str) -> bool:
    """Return whether the token is for this audience. If it names an authorized party, that must be
    this audience too; with several audiences it must name one ("ID Token Validation", OpenID
    Connect Core 1.0, 3.1.3.7)."""
    audiences, authorized_party = claims.get("aud"), claims.get("azp")
    if audiences in (audience, [audience]):
        return authorized_party in (None, audience)
    return (
        isinstance(audiences, list) and audience in audiences and bool(authorized_party == audience)
    )


def _parse_numeric_date(seconds: Any) -> datetime | None:
    """Return the time that a claim gives in seconds (a NumericDate, RFC 7519), or None if the claim
    is invalid or out of range."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError):
        return None
