"""Define API tokens: their format, and the only form in which Daypass stores them.

A token is `daypass_<member>_<43 characters><6 characters>`. Secret scanners find a leaked token by
its prefix. With the member's ID, Daypass looks the token up in one read. The 43 base-62 characters
hold 256 random bits. The last six characters are a checksum (CRC-32) of the rest, so that Daypass
refuses a typing error without a look-up. The checksum adds no security. Enrolment codes have the
same format with a prefix of their own.
"""

from __future__ import annotations

import re
import zlib
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.identifiers import MEMBER_ID_MAX, SLUG, MemberId, Sha256, TokenId
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import hash_of, secret_id_of
from chalicelib.domain.stops import LastStop, Stoppable
from chalicelib.domain.text import TOKEN_PREFIX, TokenLabel, Tone
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Change, Internal, NotOnTrail, Secret, Value, shown_property

SECRET_BYTES = 32
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
AFTER_PREFIX = rf"({SLUG})_[0-9A-Za-z]{{43}}([0-9A-Za-z]{{6}})"
AFTER_PREFIX_MAX = MEMBER_ID_MAX + 1 + 43 + 6
_AFTER_PREFIX_REGEX = re.compile(AFTER_PREFIX, re.ASCII)
BINDING_PREFIX = "slack:"
"""The prefix of a Slack binding's issuer. The Slack workspace's ID follows."""


class TokenKind(StrEnum):
    """The kind of a stored token."""

    TOKEN = "API token"
    """Its member has the text."""
    IDENTITY = "identity"
    """An identity at the firm's identity provider."""
    BINDING = "Slack user"
    """A Slack user that is linked to the member."""


class TokenState(StrEnum):
    """The state of a token. Only a working token gives access."""

    WORKS = "works"
    EXPIRED = "expired"
    REVOKED = "revoked"

    @property
    def tone(self) -> Tone:
        return Tone.GOOD if self is TokenState.WORKS else Tone.BAD


class Token(Stoppable):
    """A member's API token as Daypass stores it: the SHA-256 of the token's text, and never the
    text. An identity at a provider and a Slack binding are tokens too, without a text."""

    STORED_AS = "token"
    KEY_FIELDS = ("member", "hash")
    LISTED_BY = "enrolment"
    ENDS = {Action.TOKEN_REVOKE: "revoked_at"}
    TARGET = {"subject": "member", "token": "id"}

    member: MemberId
    hash: Secret[Sha256]
    label: TokenLabel
    created_at: NotOnTrail[Moment]
    expires_at: Moment
    revoked_at: NotOnTrail[Moment | None] = None
    """When the token was revoked. None if it was not. A suspension revokes all tokens that the
    member has: then it is the time of the suspension, or of the reinstatement that followed."""
    made_from: NotOnTrail[str] = ""
    """The IP address that the request for the token came from."""
    enrolment: Secret[Sha256] | None = None
    """The hash of the enrolment code that was exchanged for this token. With the hash Daypass
    recognises a second use of the code."""
    code_made_by: Internal[str] = ""
    """The maker of that code."""
    given_at: Internal[Moment | None] = None
    """When someone else gave the member this token: when the code was exchanged. A token by
    rotation, a Slack binding and a token from a code of the member's own keep the time of the token
    that they come from. None means the time when the token was created."""
    issuer: str = ""
    """For an identity, the URL of its provider. For a Slack binding, `slack:` and the ID of the
    workspace. Empty for a token with a text."""
    subject: str = ""
    """For an identity, the person's ID at the provider. For a Slack binding, the Slack user's ID.
    Empty for a token with a text."""
    made_with: Internal[str] = ""
    """For a Slack binding, the ID of the token with which it was created. For a token from a
    sign-in in the browser, the ID of the identity. Revoking that token or identity revokes this
    one."""
    reuse_notified_at: Internal[Moment | None] = None
    """When the leads were last notified of a second use of its code. Set on the first token from
    that code."""
    stop: LastStop = ""

    @shown_property
    def id(self) -> TokenId:
        """The token's ID, which is safe to show."""
        return secret_id_of(self.hash)

    @property
    def given_since(self) -> datetime:
        """Return since when the member has this token, or the one that it comes from."""
        return self.given_at or self.created_at

    @property
    def list_key(self) -> str:
        return self.id if self.enrolment else ""

    @property
    def kind(self) -> TokenKind:
        if self.is_binding:
            return TokenKind.BINDING
        return TokenKind.IDENTITY if self.issuer else TokenKind.TOKEN

    @property
    def is_binding(self) -> bool:
        """Return whether this is a binding, which links a Slack user to the member. A binding alone
        gets no session: that also needs an access link."""
        return self.issuer.startswith(BINDING_PREFIX)


class ChangeToken(Change):
    label: TokenLabel | None = None


class PresentedToken(Value, kw_only=False):
    """A token or code as presented: well-formed, but not looked up. `member` is unverified."""

    member: str
    hash: Secret[Sha256]
    identity_expires_at: datetime | None = None
    """For an identity token: when it expires."""
    link: Secret[str] = ""
    """The hash of the access link that was opened with it, if any."""


class MemberSecret(Value, kw_only=False):
    """A format of secrets that consist of a prefix, the member's ID, random characters and a
    checksum."""

    prefix: str

    def build_text(self, member: str, random: bytes) -> str:
        """Return a secret's text, to be shown once. Raise ValueError for a wrong number of random
        bytes."""
        if len(random) != SECRET_BYTES:
            raise ValueError("a token needs 32 random bytes")
        body = f"{self.prefix}_{member}_{_base62(int.from_bytes(random, 'big'), 43)}"
        return body + _checksum(body)

    def parse(self, text: str) -> PresentedToken | None:
        """Return the member and the hash of a presented text, or None if the text is malformed or
        incomplete. Nothing is looked up."""
        prefix_length = len(self.prefix) + 1
        if not text.startswith(f"{self.prefix}_") or len(text) > prefix_length + AFTER_PREFIX_MAX:
            return None
        match = _AFTER_PREFIX_REGEX.fullmatch(text, prefix_length)
        if match is None or _checksum(text[:-6]) != match[2]:
            return None
        return PresentedToken(match[1], hash_of(text))


TOKEN = MemberSecret(TOKEN_PREFIX)
build_token_text, parse_token = TOKEN.build_text, TOKEN.parse


def _checksum(body: str) -> str:
    """Return the six characters that follow a token's other parts."""
    return _base62(zlib.crc32(body.encode("ascii")), 6)


def _base62(number: int, width: int) -> str:
    """Return the last `width` base-62 digits of a number, with leading zeros."""
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
