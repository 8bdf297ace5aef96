"""Define identities at the firm's identity provider, whose signed OpenID Connect tokens name a
person by issuer and subject. Daypass stores a member's identity as a token without text, so
whatever ends a token ends an identity too."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from chalicelib.domain.identifiers import MemberId, Sha256, constrain_identifier
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Item, Secret, Value

MAX_IDENTITY_TOKEN = timedelta(hours=24)
"""The longest lifetime of an identity token: Daypass cannot revoke it earlier."""
MAX_CLOCK_AHEAD = timedelta(seconds=30)
"""How far a provider's clock may be ahead."""
MAX_TOKEN_LENGTH = 8192

_JWT = r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
_jwt = re.compile(_JWT, re.ASCII)
# "It MUST NOT exceed 255 ASCII characters in length" (OpenID Connect Core 1.0, section 2).
_subject = re.compile(r"[!-~]{1,255}", re.ASCII)
# "Outbound identity federation" (IAM User Guide): an issuer for each AWS account.
_aws = re.compile(r"https://[0-9a-f-]{36}\.tokens\.sts\.global\.api\.aws", re.ASCII)
_iam_user = re.compile(r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:user/[!-~]+", re.ASCII)

IdentityTokenText = Annotated[
    Secret[str],
    constrain_identifier("a complete token of an identity provider", _JWT, MAX_TOKEN_LENGTH, 20),
]


class Provider(Value, frozen=True, kw_only=True):
    """An identity provider that the firm trusts, and which of its tokens Daypass accepts."""

    issuer: str
    audience: str
    """The name of Daypass at the provider. Daypass refuses tokens for any other audience."""
    algorithms: tuple[str, ...]
    """Accepted signature algorithms. A token's own `alg` must be one of them."""


class IdentityToken(Value, frozen=True, kw_only=True):
    """A verified token of an identity provider."""

    issuer: str
    subject: str
    good_until: datetime


class Identity(Item, frozen=True, kw_only=True):
    """The member of an identity. An identity has one member at a time; the token says whether it is
    still valid."""

    STORED_AS: ClassVar[str] = "identity"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("hash",)

    hash: Sha256
    member: MemberId
    token: Secret[Sha256]


def is_identity_token(text: str) -> bool:
    """Return whether the text has the format of a provider's token, which no Daypass token has."""
    return len(text) <= MAX_TOKEN_LENGTH and _jwt.fullmatch(text) is not None


def identity_hash(issuer: str, subject: str) -> str:
    """Return the key of an identity, made of issuer and subject, because a subject is unique only
    for its issuer."""
    both = json.dumps([issuer, subject], separators=(",", ":"))
    return hashlib.sha256(both.encode("ascii")).hexdigest()


def parse_identity_claims(
    claims: Mapping[str, Any], provider: Provider, now: datetime
) -> IdentityToken | Reason:
    """Return the identity from claims whose signature was verified, or why they are refused. All
    comparisons are exact, as "JSON Web Token Best Current Practices" (RFC 8725) requires."""
    subject = claims.get("sub")
    if claims.get("iss") != provider.issuer or not _is_audience_accepted(claims, provider.audience):
        return Reason.IDENTITY_TOKEN_REFUSED
    if not isinstance(subject, str) or _subject.fullmatch(subject) is None:
        return Reason.IDENTITY_TOKEN_REFUSED
    issued, ends = _parse_numeric_date(claims.get("iat")), _parse_numeric_date(claims.get("exp"))
    begins = _parse_numeric_date(claims.get("nbf", claims.get("iat")))
    if issued is None or ends is None or begins is None:
        return Reason.IDENTITY_TOKEN_REFUSED
    if max(issued, begins) > now + MAX_CLOCK_AHEAD or ends > issued + MAX_IDENTITY_TOKEN:
        return Reason.IDENTITY_TOKEN_REFUSED
    if now >= ends:
        return Reason.IDENTITY_TOKEN_EXPIRED
    if _aws.fullmatch(provider.issuer) and _iam_user.fullmatch(subject) is None:
        return Reason.SHARED_IDENTITY
    return IdentityToken(issuer=provider.issuer, subject=subject, good_until=ends)


def _is_audience_accepted(claims: Mapping[str, Any], audience: str) -> bool:
    """Return whether the token is for this audience ("ID Token Validation", OpenID Connect Core
    1.0, 3.1.3.7)."""
    audiences, authorized_party = claims.get("aud"), claims.get("azp")
    if audiences in (audience, [audience]):
        return authorized_party in (None, audience)
    return (
        isinstance(audiences, list) and audience in audiences and bool(authorized_party == audience)
    )


def _parse_numeric_date(seconds: Any) -> datetime | None:
    """Return the moment of a NumericDate (RFC 7519), or None if it is invalid or out of range."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError):
        return None
