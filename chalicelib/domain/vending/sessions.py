"""The sessions that can be read out of the trail."""

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
"""How many sessions an answer to a revocation lists: it must not outgrow what Lambda can return."""


class SessionStatus(StrEnum):
    """What is known about a session."""

    LIVE = "live"
    """Handed over, and not yet expired."""
    UNKNOWN = "unknown"
    """No outcome on record (yet): treat it as live."""
    WITHHELD = "withheld"
    """AWS may have issued it; Daypass gave it to nobody."""


class Session(Value, frozen=True, kw_only=True):
    """A session that may still be alive, and the last moment at which it can be."""

    vend: str
    member: str
    engagement: str
    role: str
    standing: SessionStatus
    began_at: Moment
    ends_by: Moment
    role_arn: str
    """The IAM role that it is of, whatever the engagement's role names by now."""
    session_name: str
    access_key_id: str = ""


class Revocation(Value, frozen=True, kw_only=True):
    """What a revocation did, and what it could not: AWS takes no issued session back."""

    revoked_at: Moment
    """When it was asked for. It holds from the moment that it is answered, at the latest."""
    cut_off_at: Moment
    """Deny sessions that were issued at or before this moment, in the client's account, to end
    them early: rounded up to a whole second and by 5 s more, since clocks differ, never down."""
    last_moment: Moment | None
    """When the last of the sessions ends by itself; None if there is none."""
    alive: int
    """How many sessions may be alive."""
    standings: Mapping[SessionStatus, int]
    """How many of them are known to be what."""
    sessions: tuple[Session, ...]
    """The last to end, 200 at most."""
    changes_until: Moment | None = None
    """Null, unless others kept Daypass from writing a member's or a token's end into its item. Then
    requests that this member had begun may still change things until this moment. Revoke again to
    make sure."""

    @classmethod
    def of(
        cls, sessions: tuple[Session, ...], *, revoked_at: datetime, cut_off_at: datetime
    ) -> Revocation:
        """`sessions` are all that may be alive, the last to end first."""
        return cls(
            revoked_at=revoked_at,
            cut_off_at=cut_off_at,
            last_moment=sessions[0].ends_by if sessions else None,
            alive=len(sessions),
            standings=Counter(session.standing for session in sessions),
            sessions=sessions[:MAX_LISTED],
        )

    @shown_property
    def says(self) -> str:
        """The same in a few sentences."""
        if self.alive <= MAX_LISTED:
            return self.summary
        return (
            f"{self.summary} The {MAX_LISTED} sessions that end last are listed here;"
            " GET /v1/sessions lists all."
        )

    @property
    def summary(self) -> str:
        """The same for people, without the list."""
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
    """Return every session that may be alive at `now`, by these entries; the last to end comes
    first.

    A vend counts as alive unless its record shows that AWS issued nothing or that it has expired,
    by AWS's clock too. Other entries are ignored.
    """
    intents: dict[str, Entry] = {}
    outcomes: dict[str, Entry] = {}
    for entry in entries:
        if entry.vend and entry.outcome is Outcome.INTENDED:
            intents[entry.vend] = entry
        elif entry.vend:
            outcomes[entry.vend] = entry
    found = (_session(intent, outcomes.get(vend)) for vend, intent in intents.items())
    alive = [one for one in found if one is not None and one.ends_by + CLOCK_MARGIN > now]
    return tuple(sorted(alive, key=lambda session: session.ends_by, reverse=True))


def _session(intent: Entry, outcome: Entry | None) -> Session | None:
    if outcome is not None and outcome.outcome not in (Outcome.ISSUED, Outcome.WITHHELD):
        return None
    ends_by = latest_end(intent) + CLOCK_MARGIN
    standing = SessionStatus.UNKNOWN
    access_key_id = ""
    if outcome is not None:
        standing = (
            SessionStatus.LIVE if outcome.outcome is Outcome.ISSUED else SessionStatus.WITHHELD
        )
        access_key_id = outcome.details.get("access_key_id", "")
        if "expires_at" in outcome.details:
            ends_by = datetime.fromisoformat(outcome.details["expires_at"])
    return Session(
        vend=intent.vend,
        member=intent.actor,
        engagement=intent.engagement,
        role=intent.role,
        standing=standing,
        began_at=intent.at,
        ends_by=ends_by,
        role_arn=intent.details["role_arn"],
        session_name=intent.details["session_name"],
        access_key_id=access_key_id,
    )


MAX_SESSIONS = 100
"""A tool that vends anew with every call has a few dozen in an hour; a loop has hundreds."""


class ManySessions(JobState, frozen=True, kw_only=True):
    """Who had too many at the last look, so that each rise is recorded once."""

    STORED_AS: ClassVar[str] = "many-sessions"

    members: frozenset[MemberId]


def members_over_limit(alive: Mapping[MemberId, int]) -> dict[MemberId, int]:
    """Of how many sessions each member has, those of the members who have too many."""
    return {member: count for member, count in alive.items() if count > MAX_SESSIONS}
