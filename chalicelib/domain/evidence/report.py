"""The month's report of an engagement: the sessions that Daypass handed over, for the client.

It claims only what Daypass has seen, and says where the client finds the rest.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from shlex import quote
from typing import Annotated, Any

from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.moments import Moment, utc_text
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Value, build_constraints, shown_property
from chalicelib.domain.vending.access import CallerKind

MAX_SESSIONS = 5000
"""The most sessions of one report: some 2 MB of an answer, which can have 6 MB."""
_EXPECTED_MONTH = "a month such as 2026-10"


_MONTH = r"2[0-9]{3}-(?:0[1-9]|1[0-2])"


def _parse_month(unverified: Any) -> str:
    """Return the month unchanged. Raise ValueError unless it is one of the years 2000 to 2999."""
    if re.fullmatch(_MONTH, text := str(unverified)) is None:
        raise ValueError(f"This must be {_EXPECTED_MONTH}.")
    return text


Month = Annotated[
    str,
    build_constraints(
        _EXPECTED_MONTH, parser=_parse_month, pattern=rf"^{_MONTH}$(?!\n)", max_length=7
    ),
]


def find_range(month: str) -> tuple[datetime, datetime]:
    """Return the first moment of the month, and that of the month after, in UTC."""
    year, number = map(int, month.split("-"))
    begin = datetime(year, number, 1, tzinfo=UTC)
    return begin, datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


class ReportedSession(Value):
    """A session that Daypass handed over."""

    member: MemberId
    role: RoleName
    began_at: Moment
    ended_by: Moment | None
    """When AWS ended it at the latest. null: the trail does not say."""
    caller: CallerKind
    """A person, or an agent: a program that works for the member by itself. The request said so."""
    reason: str
    """Why the member needed it, in their words. Empty: they gave no reason."""
    access: str
    """The access that the member had: a grant, or a request with who approved it."""
    session_name: str
    """The RoleSessionName, which the client's CloudTrail shows."""
    access_key_id: str

    @classmethod
    def from_vend(cls, intent: Entry, issued: Entry) -> ReportedSession:
        """Return the session of the trail's two entries of a vend."""
        expires_at = issued.detail("expires_at")
        return cls(
            member=issued.actor,
            role=issued.role,
            began_at=issued.at,
            ended_by=datetime.fromisoformat(expires_at) if expires_at else None,
            caller=CallerKind(intent.detail("caller") or CallerKind.PERSON),
            reason=intent.detail("said"),
            access=_describe_access(intent),
            session_name=issued.detail("session_name"),
            access_key_id=issued.detail("access_key_id"),
        )


def _describe_access(intent: Entry) -> str:
    """Return the access that let the member in."""
    request = intent.detail("request")
    if not request:
        return "Grant"
    if intent.detail("emergency"):
        return f"Emergency {request}"
    by_client = ", with the client's approval" if intent.detail("client_approved") else ""
    return f"Request {request}{by_client}"


class ReportColumn(Value):
    """A column of the report."""

    field: str
    """The field of a session."""
    heading: str


COLUMNS = tuple(
    ReportColumn(field=field, heading=heading)
    for field, heading in (
        ("member", "Member"),
        ("role", "Role"),
        ("began_at", "Began"),
        ("ended_by", "Ended by"),
        ("caller", "Used by"),
        ("reason", "Reason"),
        ("access", "Access"),
        ("session_name", "Session name"),
    )
)


class CloudTrailSearch(Value):
    """A way for the client to find what the sessions did."""

    name: str
    text: str
    """The events that it finds, and where to run it."""
    command: str
    """The commands of a shell, or the query."""


class MonthReport(Value):
    """The sessions of one engagement in one month, oldest first."""

    engagement: EngagementId
    client: str
    month: Month
    """The month in UTC, such as `2026-10`."""
    made_at: Moment
    sessions: tuple[ReportedSession, ...]
    is_complete: bool
    """False if only the latest 5,000 sessions are listed."""

    @shown_property
    def title(self) -> str:
        """The report's subject, and how many sessions it has."""
        begin, _ = find_range(self.month)
        count = f"{len(self.sessions):,}"
        number = count if self.is_complete else f"the latest {count} of more"
        return f"Sessions of {self.engagement} in {begin:%B %Y} (UTC): {number}"

    @shown_property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what the report covers."""
        _, end = find_range(self.month)
        so_far = f"The month is not over: this is as of {utc_text(self.made_at)}."
        return (
            *((so_far,) if self.made_at < end else ()),
            *(() if self.is_complete else ("The trail has the earlier sessions of the month.",)),
        )

    @shown_property
    def not_seen(self) -> str:
        """The limit of the report: Daypass does not see the sessions' work."""
        return "Daypass does not see what a session did. The client's CloudTrail does."

    @shown_property
    def columns(self) -> tuple[ReportColumn, ...]:
        """The columns in which a person reads the sessions."""
        return COLUMNS

    @shown_property
    def searches(self) -> tuple[CloudTrailSearch, ...]:
        """How the client finds in CloudTrail what the sessions did. Empty without sessions."""
        return _build_searches([session.session_name for session in self.sessions])


def _build_searches(session_names: list[str]) -> tuple[CloudTrailSearch, ...]:
    """Return the searches, by the sessions' names.

    A session in the AWS console has other access keys than the ones that Daypass issued
    ("CloudTrail userIdentity element", CloudTrail User Guide).
    """
    if not session_names:
        return ()
    lookup = (
        f"for name in {' '.join(map(quote, session_names))}; do",
        "  aws cloudtrail lookup-events \\",
        '    --lookup-attributes "AttributeKey=Username,AttributeValue=$name" \\',
        "    --query 'Events[].[EventTime,EventSource,EventName,Username]' --output text",
        "done",
    )
    values = ", ".join("'" + name.replace("'", "''") + "'" for name in session_names)
    query = (
        "SELECT eventtime, awsregion, eventsource, eventname, errorcode, useridentity.arn",
        "FROM CLOUDTRAIL_TABLE",
        f"WHERE split_part(useridentity.principalid, ':', 2) IN ({values})",
        "ORDER BY eventtime",
    )
    return (
        CloudTrailSearch(
            name="AWS CLI commands",
            text="CloudTrail's event history has the last 90 days, without reads and writes of"
            " data. In each region:",
            command="\n".join(lookup),
        ),
        CloudTrailSearch(
            name="Athena query",
            text="If a trail stores more in Amazon S3, use Athena, with the table that CloudTrail"
            " creates:",
            command="\n".join(query),
        ),
    )
