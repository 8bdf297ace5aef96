"""The result of a stop as it is now: what it blocked, what may be active, and its cut-offs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.moments import CLOCK_MARGIN
from chalicelib.domain.stops import Stop, Stoppable
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.cut_off.cut_offs import (
    CLIENTS_PROBLEMS,
    CutOffProblem,
    CutOffStatus,
    RoleCutOffs,
)
from chalicelib.domain.vending.cut_off.view import CutOffView, build_cut_off_view
from chalicelib.domain.vending.session_states import (
    SessionState,
    count_sessions,
    describe_sessions,
    ends_session,
)
from chalicelib.domain.vending.sessions import Session
from chalicelib.domain.vending.stops.block_status import FreezeStatus
from chalicelib.domain.vending.stops.kinds import StopTarget
from chalicelib.domain.vending.stops.previews import alive_text

QUICK_REFRESH = 3
"""Seconds between two looks while a cut-off is in progress."""
RECENT = timedelta(seconds=30)
"""For so long after a stop, the list of an engagement's sessions may miss some of them."""
SLOW_REFRESH = 30
"""Seconds between two looks while sessions may be active."""


class StopRecord(Value):
    """A stop that was stored, in force or undone since."""

    at: datetime
    by: str = ""
    """The ID of the lead, or of a member who ended their own access. Empty if unknown."""
    reason: str = ""
    is_in_force: bool = True
    """False if someone has undone the stop since."""
    is_finished: bool = True
    """False if Daypass has not yet recorded it, counted its sessions and requested every cut-off.
    It blocks new sessions all the same."""

    @classmethod
    def from_block(cls, block: Block) -> StopRecord:
        return cls(
            at=block.began_at,
            by=block.began_by,
            reason=block.reason,
            is_finished=block.is_finished,
            is_in_force=block.is_in_force,
        )

    @classmethod
    def from_stop(cls, item: Stoppable, stop: Stop | None, action: Action) -> StopRecord | None:
        """Return the item's last stop by this action, or None if there was none. `stop` is the stop
        that is stored beside the item. Its `earlier` entry is of the stop that it replaced.
        `ended_at` is None if the item is not stopped now, for example since the stop was undone."""
        ended_at = item.stopped_at(action)
        entries = () if stop is None else (stop.entry, stop.earlier)
        entry = next((each for each in entries if each is not None and each.action is action), None)
        if stop is None or entry is None or (ended_at is not None and entry.at != ended_at):
            # Another stop has replaced the one that ended the item, so only its time is known.
            return cls(at=ended_at) if ended_at is not None else None
        return cls(
            at=entry.at,
            by=entry.actor,
            reason=entry.details.get("said", ""),
            is_in_force=ended_at is not None,
            is_finished=stop.is_finished,
        )


class EndedAccess(Value):
    """A grant of a member who leaves, or an engagement of a client."""

    engagement: str
    client: str
    """The client's name. Empty if unknown."""
    blocked_at: datetime | None
    """When it was revoked. None if it is not."""


class StopResult(Value):
    """The current result of a stop, as far as Daypass could read it."""

    target: StopTarget
    read_at: datetime
    record: StopRecord | None = None
    """The stop. None if there is none, or if it could not be read."""
    is_read: bool = True
    """False if the stop could not be read."""
    left_at: datetime | None = None
    """When Daypass recorded that the member left the firm."""
    freeze: FreezeStatus | None = None
    sessions: tuple[Session, ...] = ()
    """The sessions that may be active, those that end last first."""
    are_all: bool = True
    """False if more sessions may be active than `sessions` has."""
    stored_cut_offs: tuple[RoleCutOffs, ...] = ()
    """All cut-offs of the sessions' roles, as far as they were read."""
    engagements: tuple[EndedAccess, ...] = ()
    has_more_engagements: bool = False
    revoked_access: tuple[ApprovedGrant, ...] = ()
    """The access of others that the member approved, and that was revoked since the stop."""
    has_more_approvals: bool = False
    """True if the member approved more access than was read."""
    unread: tuple[str, ...] = ()

    @property
    def cut_offs(self) -> tuple[CutOffView, ...]:
        """Return the cut-offs that end one of the sessions, by engagement and role."""
        return tuple(
            build_cut_off_view(item, cut_off, self.read_at)
            for item in sorted(self.stored_cut_offs, key=lambda item: item.key)
            for cut_off in item.cut_offs
            if any(ends_session(item, cut_off, session) for session in self.sessions)
        )

    @property
    def states(self) -> Mapping[str, SessionState]:
        """Return the sessions' states, by vend."""
        return describe_sessions(self.sessions, self.stored_cut_offs)

    @property
    def count_text(self) -> str:
        """Return how many sessions are in each state. Empty if there is none."""
        return count_sessions(self.states.values()).text if self.sessions else ""

    @property
    def client_steps(self) -> tuple[CutOffView, ...]:
        return select_client_steps(self.cut_offs)

    @property
    def is_in_force(self) -> bool:
        """Return whether the stop is in force. The stop of a client is if all of its engagements
        that were read are revoked."""
        if self.target.names.client:
            return all(part.blocked_at is not None for part in self.engagements)
        return self.record is not None and self.record.is_in_force

    @property
    def refresh_seconds(self) -> int:
        """Return after how many seconds the page reloads itself, or 0 if nothing will change any
        more."""
        is_counting = self.freeze is not None and self.freeze.frozen and not self.freeze.listed_at
        is_unfinished = self.record is not None and not self.record.is_finished
        # Daypass still writes these cut-offs, or looks whether they work.
        is_pending = any(
            each.status in (CutOffStatus.REQUESTED, CutOffStatus.WRITTEN)
            and each.problem not in CLIENTS_PROBLEMS
            for each in self.cut_offs
        )
        # Soon after a stop, the next page may list sessions that this one misses.
        if is_pending or is_counting or is_unfinished or self.is_recent:
            return QUICK_REFRESH
        # A reload may read what could not be read.
        return SLOW_REFRESH if self.sessions or self.unread else 0

    @property
    def is_recent(self) -> bool:
        """Return whether the stop is so new that sessions from just before it may not be listed
        yet."""
        times = [part.blocked_at for part in self.engagements]
        if self.record is not None:
            times = [self.record.at]
        return any(at is not None and self.read_at - at < RECENT for at in times)

    @property
    def alive_text(self) -> str:
        """Return how many sessions may be active, and until when."""
        if not self.sessions and self.are_all and self.is_recent and not self.target.member:
            return "No session is listed. Sessions from the last few seconds may not be listed yet."
        return alive_text(self.sessions, are_all=self.are_all)


def select_stopped(sessions: Iterable[Session], record: StopRecord | None) -> tuple[Session, ...]:
    """Return the sessions that the stop is about: those that began before it. Later sessions come
    from access that someone has restored since."""
    if record is None:
        return tuple(sessions)
    latest = record.at + CLOCK_MARGIN
    return tuple(each for each in sessions if each.began_at <= latest)


def select_client_steps(cut_offs: Sequence[CutOffView]) -> tuple[CutOffView, ...]:
    """Return the cut-offs that the client's administrator has to write: no other cut-off, which
    Daypass has seen work, ends the same sessions."""
    seen = [each for each in cut_offs if each.status is CutOffStatus.SEEN]
    return tuple(
        each
        for each in cut_offs
        if each.policy and not any(_makes_needless(other, each) for other in seen)
    )


def _makes_needless(seen: CutOffView, other: CutOffView) -> bool:
    """Return whether the seen cut-off ends all sessions of the other one."""
    return (
        (seen.engagement, seen.role) == (other.engagement, other.role)
        and other.problem is not CutOffProblem.OTHER_ROLE
        and not seen.sessions
        and seen.member in ("", other.member)
        and seen.issued_until >= other.issued_until
    )
