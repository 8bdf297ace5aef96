"""The daily look-up of a role's events in the client's CloudTrail, where the client lets Daypass,
and the requests of each session that it stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.evidence.reconciliation.reconciling import DELAY
from chalicelib.domain.evidence.reconciliation.records import Event, parse_time
from chalicelib.domain.identifiers import EngagementId, RoleName, SessionId
from chalicelib.domain.moments import Moment, utc_text
from chalicelib.domain.text import clean_text, count_of, join_words
from chalicelib.domain.values import JobState, Value, shown_property
from chalicelib.domain.verification.schedule import DAY, find_last_due_time

LONGEST_PERIOD = timedelta(days=7)
"""The longest time that one look-up compares. After a longer gap, it says since when it did."""
KEPT_FOR = timedelta(days=90)
"""CloudTrail's own event history has 90 days."""
MAX_SHOWN = 50
"""The most requests of a session that are stored one by one, and the most kinds of them."""


class EventLookUp(JobState):
    """The last look-up of a role's events."""

    STORED_AS = "event-look-up"
    KEY_FIELDS = ("engagement", "role")

    engagement: EngagementId
    role: RoleName
    tried_at: Moment
    compares_from: Moment
    """The next look-up compares the vends from this time on."""
    is_allowed: bool = False
    """True if the client let Daypass look events up, the last time that it asked."""


def is_look_up_due(
    engagement: Engagement, role: Role, last: EventLookUp | None, now: datetime
) -> bool:
    """Return whether Daypass looks up the role's events now: once a day, after the time of the
    engagement's daily check, if the role passed its last check."""
    if not engagement.allows_sessions(now) or role.ended_at is not None:
        return False
    if role.passed_verification(engagement) is None:
        return False
    return last is None or last.tried_at < find_last_due_time(engagement.id, now)


def find_period(last: EventLookUp | None, now: datetime) -> tuple[datetime, datetime]:
    """Return the period whose vends a look-up compares. It ends DELAY ago, because CloudTrail has
    delivered older events by now."""
    end = now - DELAY
    return max(last.compares_from, end - LONGEST_PERIOD) if last else end - DAY, end


class RequestCount(Value):
    """How often a session sent a request."""

    action: str
    """The service and the operation, such as `s3:GetObject`."""
    error: str
    """AWS's error code. Empty if AWS accepted the request."""
    number: int


class RecordedRequest(Value):
    """A request that a session sent to AWS, as CloudTrail recorded it."""

    at: Moment
    action: str
    """The service and the operation, such as `s3:GetObject`."""
    region: str
    error: str
    """AWS's error code. Empty if AWS accepted the request."""


class SessionActions(JobState):
    """The requests of one session, as CloudTrail reported them."""

    STORED_AS = "session-actions"
    KEY_FIELDS = ("engagement", "session")

    engagement: EngagementId
    session: SessionId
    """The session's ID: that of its vend."""
    role: RoleName
    session_name: str
    """The RoleSessionName, which the client's CloudTrail shows."""
    looked_up_at: Moment
    regions: tuple[str, ...]
    """The regions whose events Daypass looked up. Others may have more."""
    is_whole: bool
    """False if these regions have more events of the session than Daypass reads."""
    total: int
    """The number of requests that Daypass read."""
    counts: tuple[RequestCount, ...]
    """The number of each request, the most frequent first: 50 at most."""
    requests: tuple[RecordedRequest, ...]
    """The first requests that Daypass read, in the order of their times: 50 at most."""

    @property
    def gone_after(self) -> datetime:
        return self.looked_up_at + KEPT_FOR

    @property
    def summary(self) -> str:
        """Return what was asked for and what CloudTrail reported, in sentences."""
        number = count_of(self.total, "request")
        more = "" if self.is_whole else " CloudTrail has more events, which Daypass did not read."
        return (
            f"Daypass queried the client's CloudTrail in {join_words(self.regions)} on"
            f" {utc_text(self.looked_up_at)}. CloudTrail reported {number} from this"
            f" session.{more} Data"
            " events, such as reads of S3 objects, are not included, and other Regions may have"
            " more events."
        )


_NOT_LOOKED_UP = (
    "Daypass has not looked up what this session did. If the client allows it, Daypass queries"
    " CloudTrail once a day for sessions that started more than two hours earlier, and keeps the"
    " results for 90 days."
)


class LookedUpSession(Value, kw_only=False):
    """The requests of a session that Daypass looked up in the client's CloudTrail."""

    actions: SessionActions | None
    """None if Daypass has not looked them up."""

    @shown_property
    def summary(self) -> str:
        """The result in sentences, with its limits."""
        return self.actions.summary if self.actions else _NOT_LOOKED_UP


def count_requests(events: Iterable[Event]) -> tuple[RequestCount, ...]:
    """Return the number of each request, the most frequent first."""
    counts = Counter((clean_text(event.action), clean_text(event.error)) for event in events)
    return tuple(
        RequestCount(action=action, error=error, number=number)
        for (action, error), number in counts.most_common(MAX_SHOWN)
    )


def list_recorded_requests(events: Iterable[Event]) -> tuple[RecordedRequest, ...]:
    """Return the first requests, in the order of their times."""
    return tuple(
        RecordedRequest(
            at=parse_time(event.at),
            action=clean_text(event.action),
            region=clean_text(event.region),
            error=clean_text(event.error),
        )
        for event in sorted(events, key=lambda event: (event.at, event.id))[:MAX_SHOWN]
    )
