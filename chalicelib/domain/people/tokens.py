"""API tokens: what they look like, and the only form in which Daypass keeps them.

`daypass_<member>_<43 characters><6 characters>`: the prefix lets secret scanners find a leaked
one, the member's id says whose it is and where to look it up in one read, 43 base-62 characters
carry 256 random bits, and the last six are a CRC-32 of the rest, so that a typing error is
answered without a look-up. The checksum is no security.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from chalicelib.domain.identifiers import MEMBER_ID_MAX, SLUG, MemberId, Sha256, TokenId
from chalicelib.domain.moments import Moment
from chalicelib.domain.text import TOKEN_PREFIX, TokenLabel
from chalicelib.domain.things import Item, Request, Secret, Thing, shown

SECRET_BYTES = 32
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PATTERN = re.compile(rf"{TOKEN_PREFIX}_({SLUG})_[0-9A-Za-z]{{43}}([0-9A-Za-z]{{6}})", re.ASCII)
TOKEN_ID_LENGTH = 12


class Token(Item, frozen=True, kw_only=True):
    """An API token as it is kept: its SHA-256, never its text."""

    member: MemberId
    hash: Secret[Sha256]
    label: TokenLabel
    created_at: Moment
    expires_at: Moment
    revoked_at: Moment | None = None

    @shown
    def id(self) -> TokenId:
        """A name for the token that may be shown. It gives nothing of the token away."""
        return self.hash[:TOKEN_ID_LENGTH]


class CreateToken(Request, frozen=True, kw_only=True):
    label: TokenLabel
    expires_at: (
        Annotated[Moment, Meta(description="90 days from now unless given, 366 at most.")]
        | UnsetType
    ) = UNSET


class ChangeToken(Request, frozen=True, kw_only=True):
    label: TokenLabel


class Presented(Thing, frozen=True):
    """A token as it was presented: well-formed, and not yet looked up.

    `member` is a claim of the token's text; only a stored hash makes it true.
    """

    member: str
    hash: Secret[Sha256]


def token_text(member: str, random: bytes) -> str:
    """The token to show once. Refuses too little randomness (ValueError)."""
    if len(random) != SECRET_BYTES:
        raise ValueError("a token is made of 32 random bytes")
    body = f"{TOKEN_PREFIX}_{member}_{_base62(int.from_bytes(random, 'big'), 43)}"
    return body + _checksum(body)


def presented(text: str) -> Presented | None:
    """What a presented token claims; None if it is not a whole token."""
    if len(text) > len(TOKEN_PREFIX) + MEMBER_ID_MAX + 51:
        return None
    match = _PATTERN.fullmatch(text)
    if match is None or _checksum(text[:-6]) != match[2]:
        return None
    return Presented(match[1], hashlib.sha256(text.encode("ascii")).hexdigest())


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode("ascii")), 6)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
