"""The sessions that may be active, derived from the trail, and the response to a revocation.

A vend is one attempt to issue a session to a member. It writes an intent on the trail before
Daypass calls AWS, and an outcome after. The end of its session adds an entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.moments import CLOCK_MARGIN, Moment, last_moment_text, rfc3339
from chalicelib.domain.text import count_of
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.values import JobState, Value, shown_property
from chalicelib.domain.vending.cut_off.view import CutOffView
from chalicelib.domain.vending.vends import Vend, group_by_vend, latest_session_end

MAX_LISTED = 200
"""The most sessions in a revocation's response, which must fit into Lambda's response limit."""


class SessionStatus(StrEnum):
    """The status of a session, as far as the trail shows it."""

    LIVE = "live"
    """Daypass handed the session over, and it has not expired."""
    UNKNOWN = "unknown"
    """The trail has no outcome for the session yet. Treat the session as live."""
    WITHHELD = "withheld"
    """AWS may have issued the session, but Daypass did not hand it over."""
    GIVEN_BACK = "given-back"
    """The member gave the session back. A copy of its credentials may work until it expires."""
    REVOKED = "revoked"
    """A lead revoked this one session. Its credentials may work until it expires."""


class Session(Value):
    """A session that may be active."""

    vend: str
    """The session's ID on the trail."""
    member: str
    """The ID of the member who requested the session."""
    token: str
    """The ID of the token that the session was requested with."""
    engagement: str
    """The engagement's ID."""
    role: str
    """The role's name in Daypass."""
    status: SessionStatus
    began_at: Moment
    """When Daypass was about to request the session from AWS."""
    ends_by: Moment
    """The latest time at which the session can end."""
    role_arn: str
    """The ARN of the session's IAM role. The role of this name may have another ARN by now."""
    session_name: str
    """The RoleSessionName, which the client's CloudTrail shows."""
    reason: str = ""
    """The reason that the member gave. Empty if they gave none."""
    access_key_id: str = ""
    """The ID of the session's access key. Empty if the trail does not have it."""


class Revocation(Value):
    """The response to a revocation, with the sessions that may outlive it. AWS cannot revoke
    credentials that it has issued."""

    revoked_at: Moment
    """When the revocation was requested. The revocation is in force before this response is
    sent."""
    cut_off_at: Moment
    """The time for a policy in the client's account that ends the sessions early. The policy must
    deny requests with credentials issued at or before this time. Daypass rounds the time up to a
    whole second and adds 5 seconds, because clocks differ."""
    last_moment: Moment | None
    """When the last session expires. None if no session may be active."""
    alive: int
    """The number of sessions that may be active."""
    status_counts: Mapping[SessionStatus, int]
    """The number of sessions by status."""
    sessions: tuple[Session, ...]
    """The sessions that may be active, those that end last first. The list has 200 at most."""
    changes_until: Moment | None = None
    """Usually null. A time here means that other writes kept Daypass from updating the record of
    the member, the token or the client's approver. Until then, requests that began before the
    revocation may still change things. Revoke again after this time."""
    cut_offs: tuple[CutOffView, ...] = ()
    """The cut-offs that end these sessions sooner, from within the clients' accounts. Daypass has
    recorded them, and writes them within seconds where the client allows it. The list has 200 at
    most."""
    cut_off_count: int = 0
    """The number of cut-offs, including those that the list leaves out."""
    cut_offs_missing: bool = False
    """Usually false. True if Daypass could not record every cut-off. The revocation is in force all
    the same. Daypass tries again within minutes. Or revoke again."""

    @classmethod
    def from_sessions(
        cls, sessions: tuple[Session, ...], *, revoked_at: datetime, cut_off_at: datetime
    ) -> Revocation:
        """Return the response to a revocation. `sessions` are all that may be active, those
        that end last first."""
        return cls(
            revoked_at=revoked_at,
            cut_off_at=cut_off_at,
            last_moment=sessions[0].ends_by if sessions else None,
            alive=len(sessions),
            status_counts=Counter(session.status for session in sessions),
            sessions=sessions[:MAX_LISTED],
        )

    @shown_property
    def message(self) -> str:
        """The response in a few sentences."""
        if self.alive <= MAX_LISTED:
            return self.summary
        return (
            f"{self.summary} This response lists only the {MAX_LISTED} sessions that end last. GET"
            " /v1/sessions lists all."
        )

    @property
    def summary(self) -> str:
        """The message without the sentence about the list of sessions, for Slack, which shows no
        list."""
        return f"{self._live_sessions_text}{self._cut_offs_text}{self._late_changes_text}"

    @property
    def _live_sessions_text(self) -> str:
        """Return how many sessions may still be active, and until when."""
        if self.last_moment is None:
            return "The revocation has taken effect. No session is active."
        return (
            f"The revocation has taken effect. {count_of(self.alive, 'session')} may still be"
            f" active until {last_moment_text(self.last_moment)}. AWS cannot revoke credentials"
            " that it has issued."
        )

    @property
    def _cut_offs_text(self) -> str:
        """Return the sentences about ending the sessions sooner; empty if none is active."""
        if self.last_moment is None:
            return ""
        # `cut_offs` lists some of them only, so the others count as written by Daypass.
        by_client = sum(cut_off.is_by_client for cut_off in self.cut_offs)
        by_daypass = self.cut_off_count - by_client
        text, them = "", "it" if self.alive == 1 else "them"
        if by_daypass:
            text = (
                f" Daypass recorded {count_of(by_daypass, 'cut-off')} to end {them} sooner. It is"
                " now writing the cut-offs that the client allows."
            )
        if by_client or not by_daypass:
            text += (
                f" Only the client can end {'the others' if by_daypass else them} sooner, by"
                " denying all requests with credentials issued at or before"
                f" {rfc3339(self.cut_off_at)}."
            )
        if self.cut_offs_missing:
            text += (
                " Daypass could not record every cut-off. It tries again within minutes, or you can"
                " revoke again."
            )
        return text

    @property
    def _late_changes_text(self) -> str:
        """Return the sentences about `changes_until`; empty if it is null."""
        if self.changes_until is None:
            return ""
        return (
            " A change that was already in progress may still be recorded, and give access, until"
            f" {last_moment_text(self.changes_until)}. Revoke again after that time."
        )


class SessionEnd(Revocation):
    """The response to a member who gave their session back."""

    @shown_property
    def message(self) -> str:
        """The response in a few sentences."""
        if self.last_moment is None:
            return "Given back."
        if any(not cut_off.is_by_client for cut_off in self.cut_offs):
            return "Given back. Daypass requested its cut-off in the client's account."
        until = last_moment_text(self.last_moment)
        return f"Given back. Copies of its credentials may still work until {until}."


def with_cut_offs(
    revocation: Revocation, cut_offs: Sequence[CutOffView], *, is_complete: bool = True
) -> Revocation:
    """Return the response with these cut-offs too. `is_complete` is false if Daypass could not
    record some of them."""
    listed = {(each.engagement, each.role, each.id): each for each in revocation.cut_offs}
    unlisted = revocation.cut_off_count - len(listed)
    listed |= {(each.engagement, each.role, each.id): each for each in cut_offs}
    return replace(
        revocation,
        cut_offs=tuple(listed.values())[:MAX_LISTED],
        cut_off_count=len(listed) + unlisted,
        cut_offs_missing=revocation.cut_offs_missing or not is_complete,
    )


def merge_revocations(revocations: Sequence[Revocation]) -> Revocation | None:
    """Return one revocation for all of these, or None if there are none.

    It lists the sessions that end last, MAX_LISTED at most. The merged counts include the sessions
    that a revocation does not list. A session that two revocations both leave out is counted twice.
    """
    if not revocations:
        return None
    listed = {session.vend: session for each in revocations for session in each.sessions}
    merged = Revocation.from_sessions(
        tuple(sorted(listed.values(), key=lambda session: session.ends_by, reverse=True)),
        revoked_at=max(each.revoked_at for each in revocations),
        cut_off_at=max(each.cut_off_at for each in revocations),
    )
    unlisted = Counter[SessionStatus]()
    for each in revocations:
        unlisted.update(each.status_counts)
        unlisted.subtract(session.status for session in each.sessions)
    late_change_ends = [each.changes_until for each in revocations if each.changes_until]
    for each in revocations:
        merged = with_cut_offs(merged, each.cut_offs, is_complete=not each.cut_offs_missing)
    return replace(
        merged,
        alive=merged.alive + unlisted.total(),
        status_counts=Counter(merged.status_counts) + unlisted,
        changes_until=max(late_change_ends, default=None),
    )


def find_alive_sessions(entries: Iterable[Entry], now: datetime) -> tuple[Session, ...]:
    """Return the sessions of these trail entries that may be active at `now`, those that end last
    first.

    The session of a vend may be active unless the vend's entries show that AWS issued none, or that
    the session expired more than CLOCK_MARGIN ago. Entries that belong to no vend are ignored.
    """
    sessions = map(_build_session, group_by_vend(entries))
    alive = [
        session
        for session in sessions
        if session is not None and session.ends_by + CLOCK_MARGIN > now
    ]
    return tuple(sorted(alive, key=lambda session: session.ends_by, reverse=True))


def _build_session(vend: Vend) -> Session | None:
    """Return the session of this vend, or None if the vend's outcome shows that AWS issued none.
    Without an outcome, assume the latest possible end."""
    intent, outcome = vend.intent, vend.outcome
    if outcome is not None and outcome.outcome not in (Outcome.ISSUED, Outcome.WITHHELD):
        return None
    ends_by = latest_session_end(intent) + CLOCK_MARGIN
    status = SessionStatus.UNKNOWN
    access_key_id = ""
    if outcome is not None:
        is_issued = outcome.outcome is Outcome.ISSUED
        status = find_issued_status(vend) if is_issued else SessionStatus.WITHHELD
        access_key_id = outcome.details.get("access_key_id", "")
        if "expires_at" in outcome.details:
            ends_by = datetime.fromisoformat(outcome.details["expires_at"])
    return Session(
        vend=intent.vend,
        member=intent.actor,
        token=intent.token,
        engagement=intent.engagement,
        role=intent.role,
        status=status,
        began_at=intent.at,
        ends_by=ends_by,
        role_arn=intent.details["role_arn"],
        session_name=intent.details["session_name"],
        reason=intent.detail("said"),
        access_key_id=access_key_id,
    )


def find_issued_status(vend: Vend) -> SessionStatus:
    """Return the status of a session that Daypass handed over. A lead's revocation overrides the
    member's statement that they gave the session back."""
    if vend.revoked is not None:
        return SessionStatus.REVOKED
    return SessionStatus.LIVE if vend.given_back is None else SessionStatus.GIVEN_BACK


MAX_SESSIONS = 100
"""A member with more live sessions than this raises an alert. A tool that gets a session for every
call has a few dozen in an hour; an endless loop has hundreds."""


class ManySessions(JobState):
    """The members who had more than MAX_SESSIONS at the last check. With this the trail records a
    member once, when they exceed the limit."""

    STORED_AS = "many-sessions"

    members: frozenset[MemberId]


def find_members_over_limit(session_counts: Mapping[MemberId, int]) -> dict[MemberId, int]:
    """Return the members with more than MAX_SESSIONS, each with the number of their sessions."""
    return {member: count for member, count in session_counts.items() if count > MAX_SESSIONS}
