"""Secrets that Daypass hands out: how they are written, what is kept of them, and when one is good.
A text in base 32 is looked up by its hash; one in the form of a token by its member
(`people.tokens`)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import SecretId, Sha256, name
from chalicelib.domain.moments import Moment
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Item, Secret, Unrecorded, Value, changed, shown

ID_LENGTH = 12


def hash_of(text: str) -> str:
    """Return all that Daypass keeps of a secret. The text is ASCII."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def hash_without_text(random: Callable[[int], bytes]) -> str:
    """Return the hash of a secret that has no text, for a token that nobody can present."""
    return hashlib.sha256(random(32)).hexdigest()


def id_of(hash: str) -> str:
    """Return a name for the secret that may be shown. It gives nothing of the secret away."""
    return hash[:ID_LENGTH]


class SecretFormat(Value, frozen=True):
    """A form of texts in base 32, whose letters and digits are not mistaken for one another."""

    size: int
    """Random bytes."""
    group: int = 0
    """Characters between hyphens; 0 for none."""

    @property
    def pattern(self) -> str:
        count = -(-self.size * 8 // 5)
        if not self.group:
            return f"[a-z2-7]{{{count}}}"
        group = f"[a-z2-7]{{{self.group}}}"
        return f"{group}(?:-{group}){{{count // self.group - 1}}}"

    def make(self, random: Callable[[int], bytes]) -> tuple[str, str]:
        """Return a new text, to be shown once, and its hash, to be kept. Refuse too little
        randomness (ValueError)."""
        drawn = random(self.size)
        if len(drawn) != self.size:
            raise ValueError(f"a secret is made of {self.size} random bytes")
        text = base64.b32encode(drawn).decode("ascii").rstrip("=").lower()
        if self.group:
            starts = range(0, len(text), self.group)
            text = "-".join(text[start : start + self.group] for start in starts)
        return text, hash_of(text)

    def hash_of(self, text: str) -> str | None:
        """Return what a secret is looked up by, or None if the text is not one of this form."""
        return hash_of(text) if re.fullmatch(self.pattern, text, re.ASCII) else None


IN_URL = SecretFormat(32)
TYPED = SecretFormat(10, group=4)
"""80 bits, which live for minutes."""

LinkText = Annotated[str, name("what makes the link unguessable", IN_URL.pattern, 52, 52)]


class Lifetime(Value, frozen=True, kw_only=True):
    """How long something lives that somebody makes."""

    usual: timedelta
    longest: timedelta
    shortest: timedelta = timedelta()
    refusal: str
    """The sentence for a life that is too short or too long."""

    def end(self, now: datetime, expires_at: datetime | None) -> datetime:
        """Return when it ends: as usual unless told otherwise. InvalidRequest for a moment that is
        gone, too soon or too far off."""
        end = expires_at or now + self.usual
        if not (now < end and now + self.shortest <= end <= now + self.longest):
            raise InvalidRequest(Reason.BAD_VALUE, self.refusal, field="expires_at")
        return end


class Problem(StrEnum):
    """Why a secret that Daypass knows is not good."""

    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


class KeptSecret(Item, frozen=True, kw_only=True):
    """A secret that somebody has been handed, as it is kept: its SHA-256, never its text."""

    hash: Secret[Sha256]
    created_at: Unrecorded[Moment]
    expires_at: Moment
    revoked_at: Unrecorded[Moment | None] = None

    @shown
    def id(self) -> SecretId:
        """A name for the secret that may be shown. It gives nothing of the secret away."""
        return id_of(self.hash)

    def problem(self, now: datetime) -> Problem | None:
        """Return why it is not good now, or None if it is."""
        if self.revoked_at is not None:
            return Problem.REVOKED
        return Problem.EXPIRED if now >= self.expires_at else None

    def is_good(self, now: datetime) -> bool:
        return self.problem(now) is None


class OneTimeSecret(KeptSecret, frozen=True, kw_only=True):
    """One that is good once. Whoever takes it writes that it is used before anything else, or in
    the same step, over the version that was read: so of several only one has it."""

    used_at: Unrecorded[Moment | None] = None

    def used(self, now: datetime) -> Self:
        """Return the secret once it has been used."""
        return changed(self, used_at=now)

    def problem(self, now: datetime) -> Problem | None:
        """Say first that it was used: it may have been somebody else."""
        if self.used_at is not None:
            return Problem.USED
        return KeptSecret.problem(self, now)
