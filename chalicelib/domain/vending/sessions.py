"""Sessions, as the trail shows them, and the response to a revocation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.moments import CLOCK_MARGIN, Moment, rfc3339
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.values import JobState, Value, shown_property
from chalicelib.domain.vending.intents import latest_end

MAX_LISTED = 200
"""The most sessions that a revocation lists: the response must not exceed Lambda's limit."""


class SessionStatus(StrEnum):
    """Daypass's knowledge of a session."""

    LIVE = "live"
    """Handed over, and not expired."""
    UNKNOWN = "unknown"
    """No outcome on the trail yet. Treat it as live."""
    WITHHELD = "withheld"
    """AWS may have issued it, but Daypass did not hand it over."""


class Session(Value, frozen=True, kw_only=True):
    """A session that may be alive, until `ends_by` at the latest."""

    vend: str
    member: str
    engagement: str
    role: str
    status: SessionStatus
    began_at: Moment
    ends_by: Moment
    role_arn: str
    """The IAM role of the session. The engagement's role may name another ARN by now."""
    session_name: str
    access_key_id: str = ""


class Revocation(Value, frozen=True, kw_only=True):
    """The effect of a revocation, and the sessions that it could not end. AWS cannot recall issued
    sessions."""

    revoked_at: Moment
    """When it was requested. It is in force when this response is sent, at the latest."""
    cut_off_at: Moment
    """To end the sessions early, deny in the client's account what was issued at or before this
    moment. It is rounded up to a whole second and 5 s more, because clocks differ."""
    last_moment: Moment | None
    """When the last session ends by itself. None without a session."""
    alive: int
    """The number of sessions that may be alive."""
    status_counts: Mapping[SessionStatus, int]
    """The number of sessions by status."""
    sessions: tuple[Session, ...]
    """The sessions that end last, 200 at most."""
    changes_until: Moment | None = None
    """Usually null. Otherwise, concurrent changes kept Daypass from updating the item of the member
    or the token, and requests that began earlier may still change things until this moment. Revoke
    again to make sure."""

    @classmethod
    def of(
        cls, sessions: tuple[Session, ...], *, revoked_at: datetime, cut_off_at: datetime
    ) -> Revocation:
        """Return the response. `sessions` are all that may be alive, the last to end first."""
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
            f"{self.summary} The {MAX_LISTED} sessions that end last are listed here;"
            " GET /v1/sessions lists all."
        )

    @property
    def summary(self) -> str:
        """The sentences for people outside the API, who see no list."""
        return f"{self._sessions_left}{self._requests_left}"

    @property
    def _sessions_left(self) -> str:
        if self.last_moment is None:
            return "Daypass vends no new sessions from now on. No session is alive."
        sessions = "1 session" if self.alive == 1 else f"{self.alive} sessions"
        return (
            f"Daypass vends no new sessions from now on. {sessions} may still be alive, the last"
            f" until {rfc3339(self.last_moment)}. AWS cannot recall issued sessions; only the"
            " client can end them sooner, by denying what was issued at or before"
            f" {rfc3339(self.cut_off_at)}."
        )

    @property
    def _requests_left(self) -> str:
        if self.changes_until is None:
            return ""
        return (
            f" Requests that began earlier may still change something until"
            f" {rfc3339(self.changes_until)}. Revoke again after that."
        )


def sessions_alive(entries: Iterable[Entry], now: datetime) -> tuple[Session, ...]:
    """Return every session of these entries that may be alive at `now`, the last to end first.

    A vend counts unless its entries show that AWS issued nothing, or that the session has expired
    by AWS's clock too. Other entries are ignored.
    """
    intents: dict[str, Entry] = {}
    outcomes: dict[str, Entry] = {}
    for entry in entries:
        if entry.vend and entry.outcome is Outcome.INTENDED:
            intents[entry.vend] = entry
        elif entry.vend:
            outcomes[entry.vend] = entry
    sessions = (_session(intent, outcomes.get(vend)) for vend, intent in intents.items())
    alive = [
        session
        for session in sessions
        if session is not None and session.ends_by + CLOCK_MARGIN > now
    ]
    return tuple(sorted(alive, key=lambda session: session.ends_by, reverse=True))


def _session(intent: Entry, outcome: Entry | None) -> Session | None:
    if outcome is not None and outcome.outcome not in (Outcome.ISSUED, Outcome.WITHHELD):
        return None
    ends_by = latest_end(intent) + CLOCK_MARGIN
    status = SessionStatus.UNKNOWN
    access_key_id = ""
    if outcome is not None:
        is_issued = outcome.outcome is Outcome.ISSUED
        status = SessionStatus.LIVE if is_issued else SessionStatus.WITHHELD
        access_key_id = outcome.details.get("access_key_id", "")
        if "expires_at" in outcome.details:
            ends_by = datetime.fromisoformat(outcome.details["expires_at"])
    return Session(
        vend=intent.vend,
        member=intent.actor,
        engagement=intent.engagement,
        role=intent.role,
        status=status,
        began_at=intent.at,
        ends_by=ends_by,
        role_arn=intent.details["role_arn"],
        session_name=intent.details["session_name"],
        access_key_id=access_key_id,
    )


MAX_SESSIONS = 100
"""The most sessions of a member without an alert. A tool that vends for every call has a few dozen
in an hour; a loop has hundreds."""


class ManySessions(JobState, frozen=True, kw_only=True):
    """The members over the limit at the last run, so that each rise is recorded once."""

    STORED_AS: ClassVar[str] = "many-sessions"

    members: frozenset[MemberId]


def members_over_limit(alive: Mapping[MemberId, int]) -> dict[MemberId, int]:
    """Return the session counts of the members over the limit."""
    return {member: count for member, count in alive.items() if count > MAX_SESSIONS}
