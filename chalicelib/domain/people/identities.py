"""Identities at the firm's own identity provider, whose signed tokens (OpenID Connect) name
somebody by issuer and subject. A member's identity is kept as a token of theirs that has no text:
whatever ends a token ends it too."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from chalicelib.domain.identifiers import MemberId, Sha256, identifier
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Item, Secret, Value

MAX_IDENTITY_TOKEN = timedelta(hours=24)
"""How long a provider's word may be good: nobody can take it back before."""
AHEAD = timedelta(seconds=30)
"""How far a provider's clock may be ahead."""
WORD_LENGTH = 8192

_WORD = r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
_word = re.compile(_WORD, re.ASCII)
# "It MUST NOT exceed 255 ASCII characters in length" (OpenID Connect Core 1.0, section 2).
_subject = re.compile(r"[!-~]{1,255}", re.ASCII)
# "Outbound identity federation" (IAM User Guide): an issuer for each AWS account.
_aws = re.compile(r"https://[0-9a-f-]{36}\.tokens\.sts\.global\.api\.aws", re.ASCII)
_iam_user = re.compile(r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:user/[!-~]+", re.ASCII)

IdentityTokenText = Annotated[
    Secret[str], identifier("an identity provider's token, all of it", _WORD, WORD_LENGTH, 20)
]


class Provider(Value, frozen=True, kw_only=True):
    """An identity provider that the firm trusts, and the only tokens of it that are taken."""

    issuer: str
    audience: str
    """What the provider calls Daypass. A token for anything else is not for us."""
    algorithms: tuple[str, ...]
    """Of a signature. What the token itself says of it is only looked up here."""


class IdentityToken(Value, frozen=True, kw_only=True):
    """What an identity provider says, once it is known to be the provider who says it."""

    issuer: str
    subject: str
    good_until: datetime


class Identity(Item, frozen=True, kw_only=True):
    """Whose an identity is. It has one member at a time; the token says whether it still holds."""

    STORED_AS: ClassVar[str] = "identity"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("hash",)

    hash: Sha256
    member: MemberId
    token: Secret[Sha256]


def is_identity_token(text: str) -> bool:
    """Whether it looks like a provider's token, and not at all like one of ours."""
    return len(text) <= WORD_LENGTH and _word.fullmatch(text) is not None


def identity_hash(issuer: str, subject: str) -> str:
    """By what an identity is looked up: both names together, since a subject is its issuer's."""
    both = json.dumps([issuer, subject], separators=(",", ":"))
    return hashlib.sha256(both.encode("ascii")).hexdigest()


def verified_identity(
    claims: Mapping[str, Any], provider: Provider, now: datetime
) -> IdentityToken | Reason:
    """Return what a token says whose signature is the provider's; or why it is not taken. By "JSON
    Web Token Best Current Practices" (RFC 8725) all is compared exactly."""
    subject = claims.get("sub")
    if claims.get("iss") != provider.issuer or not _is_for(claims, provider.audience):
        return Reason.IDENTITY_TOKEN_REFUSED
    if not isinstance(subject, str) or _subject.fullmatch(subject) is None:
        return Reason.IDENTITY_TOKEN_REFUSED
    issued, ends = _moment(claims.get("iat")), _moment(claims.get("exp"))
    begins = _moment(claims.get("nbf", claims.get("iat")))
    if issued is None or ends is None or begins is None:
        return Reason.IDENTITY_TOKEN_REFUSED
    if max(issued, begins) > now + AHEAD or ends > issued + MAX_IDENTITY_TOKEN:
        return Reason.IDENTITY_TOKEN_REFUSED
    if now >= ends:
        return Reason.IDENTITY_TOKEN_EXPIRED
    if _aws.fullmatch(provider.issuer) and _iam_user.fullmatch(subject) is None:
        return Reason.SHARED_IDENTITY
    return IdentityToken(issuer=provider.issuer, subject=subject, good_until=ends)


def _is_for(claims: Mapping[str, Any], audience: str) -> bool:
    """Return whether it is for us ("ID Token Validation", OpenID Connect Core 1.0, 3.1.3.7)."""
    meant, for_whom = claims.get("aud"), claims.get("azp")
    if meant in (audience, [audience]):
        return for_whom in (None, audience)
    return isinstance(meant, list) and audience in meant and bool(for_whom == audience)


def _moment(seconds: Any) -> datetime | None:
    """A NumericDate (RFC 7519); None for what is none, or beyond all years."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError):
        return None
