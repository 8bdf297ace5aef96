"""API tokens: what they look like, and the only form in which Daypass keeps them.

`daypass_<member>_<43 characters><6 characters>`: the prefix lets secret scanners find a leaked
one, the member's id says whose it is and where to look it up in one read, 43 base-62 characters
carry 256 random bits, and the last six are a CRC-32 of the rest, so that a typing error is
answered without a look-up. The checksum is no security. Enrolment codes are written in the same
way, with a prefix of their own.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from chalicelib.domain.identifiers import MEMBER_ID_MAX, SLUG, MemberId, Sha256, TokenId
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import hash_of, id_of
from chalicelib.domain.stops import LastStop, Stoppable
from chalicelib.domain.text import TOKEN_PREFIX, TokenLabel
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Internal, NotOnTrail, Request, Secret, Value, shown_property

SECRET_BYTES = 32
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
AFTER_PREFIX = rf"({SLUG})_[0-9A-Za-z]{{43}}([0-9A-Za-z]{{6}})"
AFTER_PREFIX_MAX = MEMBER_ID_MAX + 1 + 43 + 6
_after_prefix = re.compile(AFTER_PREFIX, re.ASCII)
BINDING_PREFIX = "slack:"
"""What the issuer of a binding begins with: the Slack workspace's id follows."""


class Token(Stoppable, frozen=True, kw_only=True):
    """An API token as it is kept: its SHA-256, never its text."""

    STORED_AS: ClassVar[str] = "token"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("member", "hash")
    LISTED_BY: ClassVar[str | None] = "enrolment"
    ENDS: ClassVar[Mapping[Action, str]] = {Action.TOKEN_REVOKE: "revoked_at"}
    TARGET: ClassVar[Mapping[str, str]] = {"subject": "member", "token": "id"}

    member: MemberId
    hash: Secret[Sha256]
    label: TokenLabel
    created_at: NotOnTrail[Moment]
    expires_at: Moment
    revoked_at: NotOnTrail[Moment | None] = None
    made_from: NotOnTrail[str] = ""
    """The address that it was asked for from."""
    enrolment: Secret[Sha256] | None = None
    """The hash of the code that it was got with: so a code that is shown again is known."""
    issuer: str = ""
    """Of an identity: the provider that it is at. Nobody has a text of such a token."""
    subject: str = ""
    """Of an identity: who it is there."""
    made_with: Internal[str] = ""
    """Of a binding to Slack: the id of the token that it was made with. With that it is dead."""
    code_shown_again_at: Internal[Moment | None] = None
    """When the leads were last told of that, by the first token that the code was exchanged for."""
    stop: LastStop = ""

    @shown_property
    def id(self) -> TokenId:
        """A name for the token that may be shown. It gives nothing of the token away."""
        return id_of(self.hash)

    @property
    def list_key(self) -> str:
        return self.id if self.enrolment else ""

    @property
    def is_binding(self) -> bool:
        """A Slack user is bound to the member. It opens no client without an access link."""
        return self.issuer.startswith(BINDING_PREFIX)


class ChangeToken(Request, frozen=True, kw_only=True):
    label: TokenLabel


class PresentedToken(Value, frozen=True):
    """A token or a code as it was presented: well-formed, and not yet looked up. `member` is a
    claim."""

    member: str
    hash: Secret[Sha256]
    good_until: datetime | None = None
    """Where an identity provider's word was presented: until when that is good."""
    link: Secret[str] = ""
    """The hash of the access link that was opened with it, if one was."""


class MemberSecret(Value, frozen=True):
    """A form of texts that begin with a prefix and name their member."""

    prefix: str

    def text(self, member: str, random: bytes) -> str:
        """Return the text to show once. Refuse too little randomness (ValueError)."""
        if len(random) != SECRET_BYTES:
            raise ValueError("a token is made of 32 random bytes")
        body = f"{self.prefix}_{member}_{_base62(int.from_bytes(random, 'big'), 43)}"
        return body + _checksum(body)

    def read(self, text: str) -> PresentedToken | None:
        """Return what a presented text claims, or None if it is not a whole one."""
        start = len(self.prefix) + 1
        if not text.startswith(f"{self.prefix}_") or len(text) > start + AFTER_PREFIX_MAX:
            return None
        match = _after_prefix.fullmatch(text, start)
        if match is None or _checksum(text[:-6]) != match[2]:
            return None
        return PresentedToken(match[1], hash_of(text))


TOKEN = MemberSecret(TOKEN_PREFIX)
token_text, presented = TOKEN.text, TOKEN.read


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode("ascii")), 6)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
