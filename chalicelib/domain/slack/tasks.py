"""What a lead sets going in Slack: asked first, begun by whoever presses, done once."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.identifiers import Sha256
from chalicelib.domain.moments import Moment
from chalicelib.domain.things import Memory, Secret
from chalicelib.domain.trail import Action

VALUE_BYTES = 32
QUESTION_LIFE = timedelta(minutes=10)
"""How long a question can be answered: what it says of sessions is true when it is asked."""
BEGINNING = timedelta(minutes=10)
"""How long after it was pressed it is still done: AWS Lambda may keep an event for hours."""
AT_WORK = timedelta(seconds=150)
"""How long a function is at it, at most: after that, another may take the task over."""

ACTIONS = {
    "verify": Action.ROLE_VERIFY,
    "grant": Action.GRANT_CREATE,
    "revoke member": Action.MEMBER_REVOKE,
    "revoke engagement": Action.ENGAGEMENT_REVOKE,
    "revoke grant": Action.GRANT_REVOKE,
    "revoke role": Action.ROLE_END,
}
"""The commands that change something for others, and what the trail calls it."""


class Task(Memory, frozen=True, kw_only=True):
    """One such command, and how far it is."""

    hash: Secret[Sha256]
    """Of what its buttons say of it, which nobody can guess."""
    command: str
    engagement: str = ""
    role: str = ""
    member: str = ""
    until: Moment | None = None
    why: str = ""
    asked_by: str
    asked_at: Moment
    begun_by: str = ""
    """The member who pressed, or typed what needs no question."""
    begun_with: Secret[str] = ""
    """The hash of the binding that they came with."""
    begun_in: str = ""
    begun_at: Moment | None = None
    claimed_at: Moment | None = None
    """When a function took it up."""
    withdrawn_by: str = ""
    ended_at: Moment | None = None
    says: str = ""
    """What came of it, as it was answered."""

    @property
    def is_answered(self) -> bool:
        return bool(self.begun_by or self.withdrawn_by)

    def can_be_answered(self, now: datetime) -> bool:
        return not self.is_answered and now < self.asked_at + QUESTION_LIFE

    def is_to_begin(self, now: datetime) -> bool:
        """Whether a function has to be told of it, or told again: none may be at it."""
        return bool(self.begun_by) and self.ended_at is None and not self.is_at_work(now)

    def is_too_late(self, now: datetime) -> bool:
        return self.begun_at is not None and now >= self.begun_at + BEGINNING

    def is_at_work(self, now: datetime) -> bool:
        """Whether a function may still be at it."""
        return self.claimed_at is not None and now < self.claimed_at + AT_WORK


class Seen(Memory, frozen=True, kw_only=True):
    """A request of Slack's that has been taken up: one that comes again changes nothing."""

    hash: Sha256
    """Of its signature, which no other request has."""
    at: Moment
