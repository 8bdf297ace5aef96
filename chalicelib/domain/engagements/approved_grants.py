"""Approved grants: the access to one role that an approved request, or an emergency, opened.

An approved grant gives nothing by itself. It lifts one condition of a grant: that the member has no
access to the role until a request is approved. The grant itself must be valid too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.identifiers import EngagementId, MemberId, RequestId, RoleName
from chalicelib.domain.moments import SHORTEST_SESSION, Moment
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import LastStop, Stop, Stoppable
from chalicelib.domain.trail import Action
from chalicelib.domain.values import (
    RETENTION,
    Internal,
    Item,
    ItemKey,
    NotOnTrail,
    Value,
    next_version,
)

SHORTEST_SPAN = timedelta(seconds=SHORTEST_SESSION, minutes=2)
"""The shortest span of access that begins now. AWS's shortest session lasts 15 minutes, and no
session outlasts its access. So access of exactly 15 minutes would give no session at all."""
NUMBERS = ("1", "2", "3")
"""A member has at most three approved grants of one role that are current or upcoming. Their keys
are known before they are read, so that one call reads all that a vend needs."""


class ApprovedGrant(Stoppable):
    """The access to one role that a request opened. After it has ended, later access can get the
    same number, and so the same key."""

    STORED_AS = "approved-grant"
    KEY_FIELDS = ("engagement", "member", "role", "number")
    LISTED_BY = "member"
    ENDS = {Action.REQUEST_REVOKE: "revoked_at"}
    TARGET = {
        "engagement": "engagement",
        "role": "role",
        "subject": "member",
        "request": "request",
    }

    engagement: EngagementId
    member: MemberId
    role: RoleName
    number: Internal[str]
    request: RequestId
    """The ID of the request that opened the access."""
    starts_at: Moment
    """When the access starts."""
    ends_at: Moment
    """When the access ends. Until an access with a duration is started: the latest start."""
    duration: int | None = None
    """For access that starts with its first use: its duration in seconds. None for access with a
    fixed start."""
    started_at: NotOnTrail[Moment | None] = None
    """When the member first used access that has a duration. None if they have not."""
    is_emergency: bool = False
    """True if the member opened the access themself, in an emergency."""
    client_approved: bool = False
    """True if the client approved the request."""
    approved_by: Internal[tuple[str, ...]] = ()
    """The approvers: members' IDs, and `@client/` with the ID of a client's approver. Empty for an
    emergency."""
    created_at: NotOnTrail[Moment]
    revoked_at: NotOnTrail[Moment | None] = None
    """When the access was revoked, or its member gave it back. None if neither happened."""
    stops: Internal[tuple[str, ...]] = ()
    """The last stops, which are stored revocations, of the items that the access stands on, as of
    its approval. Any later one ends the access for good. See `list_stops`."""
    stop: LastStop = ""

    def ended_by(self, stop: Stop) -> ApprovedGrant:
        """Return the access as the stop leaves it. The stop of an earlier access with this number
        does not end it."""
        return super().ended_by(stop) if request_of_stop(stop) == self.request else self

    @property
    def needs_start(self) -> bool:
        """Return whether the access has a duration that has not begun."""
        return self.duration is not None and self.started_at is None

    def is_current(self, now: datetime) -> bool:
        """Return whether the access is in force now."""
        return (
            self.revoked_at is None
            and not self.needs_start
            and self.starts_at <= now < self.ends_at
        )

    def is_current_or_upcoming(self, now: datetime) -> bool:
        """Return whether the access is not revoked and has not ended."""
        return self.revoked_at is None and now < self.ends_at

    def may_open(self, engagement: Engagement, stops: tuple[str, ...]) -> bool:
        """Return whether the access may still open its role. It may not if a revocation since its
        approval has ended it for good, or if the engagement requires the client's approval and the
        client has not given it. `stops` are the current ones."""
        is_approved = self.client_approved or not engagement.requires_client_approval
        return self.stops == stops and is_approved

    def started(self, now: datetime) -> ApprovedGrant:
        """Return the access, begun now, with its duration as its span, and 17 minutes at least."""
        span = max(timedelta(seconds=self.duration or 0), SHORTEST_SPAN)
        return next_version(self, started_at=now, starts_at=now, ends_at=now + span)


def request_of_stop(stop: Stop) -> str:
    """Return the ID of the request whose access this stop of an approved grant ended."""
    return stop.entry.details.get("request", "")


def restore_stopped(grant: ApprovedGrant, stop: Stop) -> ApprovedGrant:
    """Return the access that the stop ended. `grant` is the stored access with this number, which
    can be a later one."""
    request = request_of_stop(stop)
    if request in ("", grant.request):
        return grant
    return replace(grant, request=request, revoked_at=stop.entry.at, stop=stop.id)


class GivenApproval(Item):
    """A record that an approver helped to open an approved grant, in the approver's list. If the
    approver is suspended, Daypass revokes the approved grants on their list."""

    STORED_AS = "given-approval"
    KEY_FIELDS = ("approver", "request")

    approver: str
    """A member's ID, or a client approver's `engagement/id`."""
    request: RequestId
    engagement: EngagementId
    member: MemberId
    role: RoleName
    number: str
    ends_at: Moment
    """The latest possible end of the access."""

    @property
    def gone_after(self) -> datetime:
        return self.ends_at + RETENTION

    @property
    def grant_key(self) -> tuple[str, ...]:
        """Return the key of the approved grant."""
        return self.engagement, self.member, self.role, self.number


def list_keys(engagement: str, member: str, role: str) -> list[ItemKey]:
    """Return the keys of all approved grants that the member can have of the role."""
    return [(engagement, member, role, number) for number in NUMBERS]


def list_stops(member: Member, engagement: Engagement, role: Role, grant: Grant) -> tuple[str, ...]:
    """Return the IDs of the last stops of these items, which an approval depends on.

    An approval stores them. If they differ later, something was stopped since, and the approval no
    longer counts. The role's and the grant's ID may have a number, which counts other changes.

    They change if the member is suspended, the engagement closed or revoked, the role ended or the
    grant revoked. So what someone reinstates later does not revive an approved grant, or a request.
    They also change if the role gets another ARN, because no one approved that one, and if the role
    was removed from the grant and returned.
    """
    moved = f"#{role.arn_changes}" if role.arn_changes else ""
    removals = grant.removals.get(role.name, 0)
    returned = f"#{removals}" if removals else ""
    return member.stop, engagement.stop, role.stop + moved, grant.stop + returned


def choose_approved_grant(
    approved_grants: Iterable[ApprovedGrant],
    engagement: Engagement,
    stops: tuple[str, ...],
    now: datetime,
    *,
    request: str = "",
) -> ApprovedGrant | Reason:
    """Return the approved grant that opens the role now, or why none does. Of several, choose the
    one that ends last.

    `stops` are the IDs of the last revocations of the member, the engagement, the role and the
    grant (`list_stops`). Each approved grant stores those of its approval, and opens nothing once
    they differ. With `request`, consider only the approved grant of that request: a vend decides
    before and after the call of AWS STS, and must not switch to another approved grant in between.
    """
    usable = [
        each
        for each in approved_grants
        if each.may_open(engagement, stops) and request in ("", each.request)
    ]
    current = [each for each in usable if each.is_current(now)]
    if current:
        return max(current, key=lambda each: (each.ends_at, each.request))
    in_time = [each for each in usable if each.starts_at <= now < each.ends_at]
    # An approved grant in its time that is neither current nor revoked waits until its member
    # starts it.
    if any(each.revoked_at is None for each in in_time):
        return Reason.ACCESS_NOT_STARTED
    if in_time:
        return Reason.APPROVAL_REVOKED
    if engagement.requires_client_approval:
        return Reason.CLIENT_APPROVAL_REQUIRED
    return Reason.APPROVAL_REQUIRED


def find_open_access(
    approved_grants: Iterable[ApprovedGrant],
    engagement: Engagement,
    stops: tuple[str, ...],
    now: datetime,
) -> ApprovedGrant | None:
    """Return the approved grant that opens the role now. If none does, return one that its member
    can start now, or else the one that begins next. Return None if the role needs a request first.
    """
    choice = choose_approved_grant(approved_grants, engagement, stops, now)
    if isinstance(choice, ApprovedGrant):  # otherwise a Reason
        return choice
    upcoming = [
        each
        for each in approved_grants
        if each.may_open(engagement, stops) and each.is_current_or_upcoming(now)
    ]
    # A grant that can be started now is the minimum, because its `starts_at` is in the past.
    return min(upcoming, key=lambda each: (each.starts_at, each.request), default=None)


def find_free_number(
    approved_grants: Iterable[ApprovedGrant], stops: tuple[str, ...], now: datetime
) -> tuple[str, ApprovedGrant | None] | None:
    """Return a number of NUMBERS that a new approved grant can have, and the grant with this number
    that is over, if any. Return None if every number has a current or upcoming grant. A grant with
    other stops than the present ones is over: a revocation since has ended it for good."""
    by_number = {each.number: each for each in approved_grants}
    for number in NUMBERS:
        previous = by_number.get(number)
        if previous is None or previous.stops != stops or not previous.is_current_or_upcoming(now):
            return number, previous
    return None


class EmergencyRecord(Item):
    """How often a member opened a role of an engagement in an emergency, and when last."""

    STORED_AS = "emergency"
    KEY_FIELDS = ("engagement", "member")

    engagement: EngagementId
    member: MemberId
    count: int
    last_at: Moment


class EmergencyCount(Value, kw_only=False):
    """How often any member opened a role of an engagement in an emergency, and when last."""

    count: int
    last_at: datetime | None
    """None if no one did."""


def count_all(records: Iterable[EmergencyRecord]) -> EmergencyCount:
    """Return the sum of the records of an engagement's members."""
    records = tuple(records)
    last_at = max((record.last_at for record in records), default=None)
    return EmergencyCount(sum(record.count for record in records), last_at)


class EmergencyLock(Item):
    """The last emergency of a member, in any engagement. Until a lead has reviewed it, the member
    cannot use emergency access again."""

    STORED_AS = "emergency-lock"
    KEY_FIELDS = ("member",)

    member: MemberId
    request: RequestId | None = None
    """The emergency's request. None if a lead has reviewed it."""
