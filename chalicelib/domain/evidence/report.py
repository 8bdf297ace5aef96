"""The month's report of an engagement, for its client: the sessions that Daypass handed over, and
the engagement's status. Leads send it, and the client's page has it too.

It claims only what Daypass has seen, and says where the client finds the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.evidence.cloudtrail import CloudTrailSearch, build_searches
from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.moments import Moment, utc_text
from chalicelib.domain.onboarding.next_step import choose_next_step
from chalicelib.domain.text import join_words
from chalicelib.domain.trail import CLIENT, Entry
from chalicelib.domain.values import Value, build_constraints, shown_property
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import list_shut_roles
from chalicelib.domain.vending.cut_off.view import (
    CutOffView,
    describe_sessions,
    list_pending_cut_offs,
)

MAX_SESSIONS = 5000
"""The most sessions of one report: some 2 MB of an answer, which can have 6 MB."""
_EXPECTED_MONTH = "a month such as 2026-10"


_MONTH = r"2[0-9]{3}-(?:0[1-9]|1[0-2])"


def _parse_month(unverified: Any) -> str:
    """Return the month unchanged. Raise ValueError unless it is one of the years 2000 to 2999."""
    if re.fullmatch(_MONTH, text := str(unverified)) is None:
        raise ValueError(f"Enter {_EXPECTED_MONTH}.")
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
    """The access that the member had: a grant, a request or an emergency."""
    approved_by: str
    """The lead who created the grant, or the request's approvers."""
    session_name: str
    """The RoleSessionName, which the client's CloudTrail shows."""
    access_key_id: str

    @classmethod
    def from_vend(cls, intent: Entry, issued: Entry) -> ReportedSession:
        """Return the session of a vend from the vend's two entries on the trail."""
        # Daypass records `expires_at` and `caller` for every session. The report still shows a
        # session whose entries lack them. `said` is the member's reason for the session.
        expires_at = issued.detail("expires_at")
        return cls(
            member=issued.actor,
            role=issued.role,
            began_at=issued.at,
            ended_by=datetime.fromisoformat(expires_at) if expires_at else None,
            caller=CallerKind(intent.detail("caller") or CallerKind.PERSON),
            reason=intent.detail("said"),
            access=_describe_access(intent),
            # The trail writes the client's approvers as `@client/jo`. The client reads `client/jo`.
            approved_by=join_words(
                intent.detail("approved_by").replace(f"{CLIENT}/", "client/").split()
            ),
            session_name=issued.detail("session_name"),
            access_key_id=issued.detail("access_key_id"),
        )


def _describe_access(intent: Entry) -> str:
    """Return the access that the session was issued under."""
    request = intent.detail("request")
    if not request:
        return "Grant"
    return f"Emergency {request}" if intent.detail("emergency") else f"Request {request}"


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
        ("approved_by", "Approved by"),
        ("session_name", "Session name"),
    )
)


def describe_status(
    engagement: Engagement,
    roles: Sequence[Role],
    cut_offs: Sequence[RoleCutOffs],
    now: datetime,
) -> tuple[str, ...]:
    """Return sentences on the engagement now: the roles' last checks, the cut-offs that are open,
    and what the client has to do."""
    in_use = [role for role in roles if role.ended_at is None]
    checks = () if engagement.is_over(now) else (_describe_check(engagement, r) for r in in_use)
    pending = list_pending_cut_offs(cut_offs, now)
    shut = list_shut_roles(engagement, roles, cut_offs, now)
    # The report does not look up whether an access-removal check ran after the engagement's end, so
    # it shows the step for an engagement without one.
    step = choose_next_step(engagement, roles, now, removal_checked=False)
    steps = [
        f"End the sessions of {view.role} with the policy on the client's page."
        for view in pending
        if view.is_by_client
    ]
    if step.is_for_client or not steps:
        steps.append(step.text)
    return (
        *checks,
        *(map(_describe_cut_off, pending) if pending else ("No cut-off is in progress.",)),
        *(role.text for role in shut),
        *(f"The client's next step: {text}" for text in steps),
    )


def _describe_check(engagement: Engagement, role: Role) -> str:
    """Return the result of the role's last check in a sentence."""
    proof = role.verification
    if proof is None:
        return f"Daypass has not checked {role.name} yet."
    checked = f"Daypass last checked {role.name} on {utc_text(proof.checked_at)}"
    if role.current_verification(engagement) is None:
        return f"{checked}. The role's ARN or the external ID has changed since then."
    return f"{checked}, and it {'passed' if proof.passed else 'did not pass'}."


def _describe_cut_off(view: CutOffView) -> str:
    """Return an open cut-off in a few sentences."""
    return (
        f"A cut-off for {view.role} has been open since {utc_text(view.requested_at)}, for"
        f" {describe_sessions(view)}. Daypass has not seen the cut-off work yet."
    )


class MonthReport(Value):
    """The sessions of one engagement in one month, oldest first, and the engagement's status."""

    engagement: EngagementId
    client: str
    month: Month
    """The month in UTC, such as `2026-10`."""
    made_at: Moment
    sessions: tuple[ReportedSession, ...]
    is_complete: bool
    """False if only the latest 5,000 sessions are listed."""
    opened_at: Moment
    """When Daypass first knew the engagement."""
    status: tuple[str, ...]
    """Sentences on the engagement when the report was made: the roles' last checks, the cut-offs
    that are open, and what the client has to do."""

    @property
    def begins_at(self) -> datetime:
        """Return the first moment of the month."""
        return find_range(self.month)[0]

    @property
    def previous_month(self) -> datetime | None:
        """Return a moment of the month before, or None if Daypass did not know the engagement."""
        return self.begins_at - timedelta(days=1) if self.opened_at < self.begins_at else None

    @property
    def next_month(self) -> datetime | None:
        """Return the first moment of the next month, or None if it has not begun."""
        end = find_range(self.month)[1]
        return end if end <= self.made_at else None

    @shown_property
    def title(self) -> str:
        """The report's subject, and how many sessions it has."""
        count = f"{len(self.sessions):,}"
        number = count if self.is_complete else f"only the latest {count}"
        return f"Sessions of {self.engagement} in {self.begins_at:%B %Y} (UTC): {number}"

    @shown_property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what the report covers."""
        begin, end = find_range(self.month)
        notes: list[str] = []
        if self.made_at < begin:
            notes.append("The month has not begun.")
        elif self.made_at < end:
            until = utc_text(self.made_at)
            notes.append(f"The month is not over, so this report covers it only until {until}.")
        if end <= self.opened_at:  # the reason why the whole month is empty
            notes.append(
                f"Daypass has known {self.engagement} only since {utc_text(self.opened_at)}."
            )
        if not self.is_complete:
            notes.append(
                "This report lists only the latest sessions of the month. The trail has the"
                " earlier ones."
            )
        return tuple(notes)

    @shown_property
    def not_seen(self) -> str:
        """The limit of the report: Daypass does not see the sessions' work."""
        return "Daypass does not see what a session did, but the client's CloudTrail shows it."

    @shown_property
    def columns(self) -> tuple[ReportColumn, ...]:
        """The columns in which a person reads the sessions."""
        return COLUMNS

    @shown_property
    def searches(self) -> tuple[CloudTrailSearch, ...]:
        """How the client finds in CloudTrail what the sessions did. Empty without sessions."""
        return build_searches([session.session_name for session in self.sessions])
