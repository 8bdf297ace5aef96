"""A command as it was parsed; and a lead's: confirmed first, started by a press, carried out once.

Every function knows how a pending action is stored, so that this is apart from the parser.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from chalicelib.domain.identifiers import Sha256
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import RETENTION, JobState, Secret, Value

VALUE_BYTES = 32
CONFIRMATION_LIFE = timedelta(minutes=10)
"""How long a confirmation can be answered: what it says about sessions is true when it is shown."""
START_WITHIN = timedelta(minutes=10)
"""How long after the press the action may start: AWS Lambda can keep an event for hours."""
LONGEST_RUN = timedelta(seconds=150)
"""How long a function works on it, at most: after that, another one may take it over."""


class MemberRef(Value, frozen=True, kw_only=True):
    """A member as a lead names them."""

    slack_user: str = ""
    """The ID in a mention."""
    id: str = ""
    """Or the member's ID."""


class ParsedCommand(Value, frozen=True, kw_only=True):
    """A command and its arguments. An argument that was not typed is empty."""

    command: str
    engagement: str = ""
    role: str = ""
    member: MemberRef = MemberRef()
    duration: int | None = None
    """Seconds."""
    until: Moment | None = None
    reason: str = ""
    topic: str = ""
    """What help is asked about, as typed."""


class PendingAction(JobState, frozen=True, kw_only=True):
    """One such command, and how far it is."""

    STORED_AS: ClassVar[str] = "task"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("hash",)

    hash: Secret[Sha256]
    """The hash of its buttons' value, which nobody can guess."""
    parsed: ParsedCommand
    """A member in it is named by their ID."""
    requested_by: str
    requested_at: Moment
    started_by: str = ""
    """The member who pressed, or who typed a command that needs no confirmation."""
    started_with: Secret[str] = ""
    """The hash of their binding."""
    started_from: str = ""
    started_at: Moment | None = None
    claimed_at: Moment | None = None
    """When a function took it up."""
    cancelled_by: str = ""
    ended_at: Moment | None = None
    outcome: str = ""
    """The text that was answered."""

    @property
    def gone_after(self) -> datetime:
        return self.requested_at + RETENTION

    @property
    def is_answered(self) -> bool:
        return bool(self.started_by or self.cancelled_by)

    def can_be_answered(self, now: datetime) -> bool:
        return not self.is_answered and now < self.requested_at + CONFIRMATION_LIFE

    def needs_function(self, now: datetime) -> bool:
        """Return whether to invoke a function: it has started, and none is working on it."""
        return bool(self.started_by) and self.ended_at is None and not self.is_running(now)

    def is_too_late(self, now: datetime) -> bool:
        return self.started_at is not None and now >= self.started_at + START_WITHIN

    def is_running(self, now: datetime) -> bool:
        """Return whether a function may still be working on it."""
        return self.claimed_at is not None and now < self.claimed_at + LONGEST_RUN


class Seen(JobState, frozen=True, kw_only=True):
    """A request from Slack that was accepted. The same request again changes nothing."""

    STORED_AS: ClassVar[str] = "seen"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("hash",)

    hash: Sha256
    """The hash of its signature, which no other request has."""
    at: Moment

    @property
    def gone_after(self) -> datetime:
        return self.at + RETENTION
