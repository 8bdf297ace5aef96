"""Define the secrets that Daypass gives to people: links, codes and tokens. A secret has a format,
a stored form (its hash) and a validity. Daypass looks up a base-32 secret by its hash. A token or
an enrolment code contains its member's ID instead, and Daypass looks it up by that ID
(`people.tokens`)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from chalicelib.domain.errors import InvalidRequest, Reason
from chalicelib.domain.identifiers import SecretId, Sha256, constrain_identifier
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Item, NotOnTrail, Secret, Value, next_version, shown_property

ID_LENGTH = 12


def hash_of(text: str) -> str:
    """Return the SHA-256 hash of a secret's ASCII text. Daypass stores only this hash."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def hash_without_text(random: Callable[[int], bytes]) -> str:
    """Return a random hash that belongs to no text, for a token that no one can present."""
    return hashlib.sha256(random(32)).hexdigest()


def secret_id_of(hash: str) -> str:
    """Return the ID of the secret with this hash. The ID is safe to show."""
    return hash[:ID_LENGTH]


class SecretFormat(Value, kw_only=False):
    """A format of secrets in base 32, whose letters and digits are hard to confuse."""

    byte_count: int
    """The number of random bytes in a secret."""
    group_length: int = 0
    """The number of characters between two hyphens; 0 for no hyphens."""

    @property
    def pattern(self) -> str:
        """Return the regular expression that matches secrets of this format."""
        length = -(-self.byte_count * 8 // 5)  # rounded up: a character holds 5 bits
        if not self.group_length:
            return f"[a-z2-7]{{{length}}}"
        group = f"[a-z2-7]{{{self.group_length}}}"
        return f"{group}(?:-{group}){{{length // self.group_length - 1}}}"

    def new_secret(self, random: Callable[[int], bytes]) -> tuple[str, str]:
        """Return a new secret: its text, to be shown once, and its hash, to be stored. `random`
        returns as many random bytes as it is asked for. Raise ValueError if it does not."""
        random_bytes = random(self.byte_count)
        if len(random_bytes) != self.byte_count:
            raise ValueError(f"a secret needs {self.byte_count} random bytes")
        text = base64.b32encode(random_bytes).decode("ascii").rstrip("=").lower()
        if self.group_length:
            group_starts = range(0, len(text), self.group_length)
            text = "-".join(text[start : start + self.group_length] for start in group_starts)
        return text, hash_of(text)

    def hash_of(self, text: str) -> str | None:
        """Return the hash of a secret's text, with its hyphens. Return None if the text has another
        format, such as one without the hyphens."""
        return hash_of(text) if re.fullmatch(self.pattern, text, re.ASCII) else None


IN_URL = SecretFormat(32)
"""For secrets that no one types: in URLs and in cookies. They have 256 bits."""
TYPED = SecretFormat(10, group_length=4)
"""For codes that people type: 80 bits, valid for minutes."""

LinkText = Annotated[
    str, constrain_identifier("the secret part of the link", IN_URL.pattern, 52, 52)
]


class Lifetime(Value):
    """The default and the limits of a validity whose end the caller may choose, such as a
    link's."""

    default: timedelta
    longest: timedelta
    shortest: timedelta = timedelta()
    refusal: str
    """The message for an end outside the limits."""

    def choose_end(self, now: datetime, expires_at: datetime | None) -> datetime:
        """Return when the validity ends: at `expires_at` if the caller chose it, or else after the
        default time. Raise InvalidRequest if the end is past, too soon or too far away."""
        end = expires_at or now + self.default
        if not (now < end and now + self.shortest <= end <= now + self.longest):
            raise InvalidRequest(Reason.BAD_VALUE, self.refusal, field="expires_at")
        return end


class SecretProblem(StrEnum):
    """Why a stored secret is not valid."""

    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


class StoredSecret(Item):
    """A secret as Daypass stores it: by its SHA-256 hash, never its text. Only its holder has the
    text."""

    hash: Secret[Sha256]
    created_at: NotOnTrail[Moment]
    expires_at: Moment
    revoked_at: NotOnTrail[Moment | None] = None
    """When the link or code was revoked. None if it was not."""

    @shown_property
    def id(self) -> SecretId:
        """The ID, which is safe to show."""
        return secret_id_of(self.hash)

    def find_problem(self, now: datetime) -> SecretProblem | None:
        """Return why the secret is not valid now, or None if it is."""
        if self.revoked_at is not None:
            return SecretProblem.REVOKED
        return SecretProblem.EXPIRED if now >= self.expires_at else None

    def is_valid(self, now: datetime) -> bool:
        return self.find_problem(now) is None


class OneTimeSecret(StoredSecret):
    """A secret that works once. Daypass stores a use of the secret before the use has effects, or
    in one transaction with them, and only if the secret has not changed since it was read. So only
    one of several attempts succeeds."""

    used_at: NotOnTrail[Moment | None] = None
    """When the link or code was used. None if it was not."""

    def mark_used(self, now: datetime) -> Self:
        """Return the next version of the secret, marked as used."""
        return next_version(self, used_at=now)

    def find_problem(self, now: datetime) -> SecretProblem | None:
        """Return why the secret is not valid now, or None if it is. For a used secret the reason
        is always USED, because someone else may have used it."""
        if self.used_at is not None:
            return SecretProblem.USED
        return StoredSecret.find_problem(self, now)
