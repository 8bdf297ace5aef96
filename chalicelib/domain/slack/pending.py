"""Parsed commands, and leads' pending actions, which wait for a confirmation or for their outcome.

Every Lambda function loads the types of stored items. This module is separate from the parser, so
that only Slack's functions load the parser.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.identifiers import Sha256
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import RETENTION, JobState, Secret, Value

VALUE_BYTES = 32
CONFIRMATION_LIFE = timedelta(minutes=10)
"""How long a confirmation can be answered. It shows the sessions that were alive when it was
posted."""
START_WITHIN = timedelta(minutes=10)
"""The longest delay between the press of a button and its action. AWS Lambda can keep an event for
hours."""
LONGEST_RUN = timedelta(seconds=150)
"""The longest run of a function. After that, another function may carry out the action."""


class MemberRef(Value):
    """A member that a lead named in a command, by a mention or by their ID."""

    slack_user: str = ""
    """The Slack user's ID in a mention."""
    id: str = ""
    """The member's ID. One of the two is empty."""


class ParsedCommand(Value):
    """A command and its arguments. An argument that was not typed is empty."""

    command: str
    engagement: str = ""
    role: str = ""
    member: MemberRef = MemberRef()
    duration: int | None = None
    """Seconds."""
    start: Moment | None = None
    until: Moment | None = None
    ticket: str = ""
    request: str = ""
    """The ID of an access request."""
    reason: str = ""
    topic: str = ""
    """The topic of `help`, as typed."""


class PendingAction(JobState):
    """A command that waits for a confirmation. For a lead's action, until its outcome."""

    STORED_AS = "task"
    KEY_FIELDS = ("hash",)

    hash: Secret[Sha256]
    """The hash of the random value that its buttons send."""
    parsed: ParsedCommand
    """The command. It names a member by their ID, never by a mention."""
    requested_by: str
    requested_at: Moment
    started_by: str = ""
    """The member who confirmed the action."""
    started_with: Secret[str] = ""
    """The hash of that member's binding."""
    started_from: str = ""
    started_at: Moment | None = None
    claimed_at: Moment | None = None
    """When a function began to carry out the action."""
    cancelled_by: str = ""
    ended_at: Moment | None = None
    outcome: str = ""
    """The text that Slack shows."""

    @property
    def gone_after(self) -> datetime:
        return self.requested_at + RETENTION

    @property
    def is_answered(self) -> bool:
        return bool(self.started_by or self.cancelled_by)

    def can_be_answered(self, now: datetime) -> bool:
        return not self.is_answered and now < self.requested_at + CONFIRMATION_LIFE

    def needs_new_run(self, now: datetime) -> bool:
        """Return whether the action was started, has no outcome, and no function is working on
        it."""
        return bool(self.started_by) and self.ended_at is None and not self.is_running(now)

    def is_too_late(self, now: datetime) -> bool:
        return self.started_at is not None and now >= self.started_at + START_WITHIN

    def is_running(self, now: datetime) -> bool:
        """Return whether a function may still be working on the action."""
        return self.claimed_at is not None and now < self.claimed_at + LONGEST_RUN


class Seen(JobState):
    """The record of a request from Slack that Daypass accepted, so that it can refuse a replay."""

    STORED_AS = "seen"
    KEY_FIELDS = ("hash",)

    hash: Sha256
    """The hash of the request's signature, which is unique."""
    at: Moment

    @property
    def gone_after(self) -> datetime:
        return self.at + RETENTION
