"""Define access requests: a member asks for a role for a time, and approvers decide."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from msgspec import Meta

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.identifiers import EngagementId, MemberId, RequestId, RoleName
from chalicelib.domain.moments import Moment, format_latest_first, format_sortable
from chalicelib.domain.text import ReasonLine, ReasonText, Tone
from chalicelib.domain.trail import CLIENT
from chalicelib.domain.values import (
    Internal,
    Item,
    ItemKey,
    NotOnTrail,
    Request,
    Value,
    build_constraints,
    next_version,
)
from chalicelib.domain.vending.access import CallerKind

SHORTEST_ACCESS = timedelta(minutes=15)
LONGEST_ACCESS = timedelta(days=14)
LONGEST_AHEAD = timedelta(days=30)
"""How long before its start access can be requested."""
START_WITHIN = timedelta(hours=24)
"""How long after its approval access with a duration can be started."""
MAX_OPEN_REQUESTS = 10
"""The most undecided requests of one member."""
MAX_REQUESTS_PER_DAY = 100
"""The most requests of one member in 24 hours, decided or not. Each notifies the approvers."""
DECIDED = "decided"
"""The list of decided requests: `list(AccessRequest, listed_as=DECIDED)`. Without `listed_as`, the
list has the undecided ones, among them those that expired."""
_EPOCH_SECONDS_BYTES, _RANDOM_BYTES = 5, 5

AccessSeconds = Annotated[
    int,
    build_constraints(
        "a whole number of seconds, from 900 (15 minutes) to 1209600 (14 days)",
        ge=int(SHORTEST_ACCESS.total_seconds()),
        le=int(LONGEST_ACCESS.total_seconds()),
    ),
    Meta(description="How long the access lasts, in seconds, from first use."),
]

TicketText = Annotated[
    str,
    build_constraints(
        "a ticket such as OPS-1234",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_/-]{0,39}$(?!\n)",
        min_length=1,
        max_length=40,
    ),
    Meta(description="The ticket that the request belongs to, such as OPS-1234."),
]


class RequestStatus(StrEnum):
    """The status of a request. `expired` is never stored: it follows from the time."""

    WAITING = "waiting"
    """It waits for an approval."""
    APPROVED = "approved"
    """Every approval that the policy asks for was given. The request made an approved grant."""
    DENIED = "denied"
    """An approver denied it."""
    WITHDRAWN = "withdrawn"
    """The member took it back."""
    EXPIRED = "expired"
    """No one decided in time."""

    @property
    def tone(self) -> Tone:
        tones = {"waiting": Tone.WAIT, "approved": Tone.GOOD, "denied": Tone.BAD}
        return tones.get(self.value, Tone.PLAIN)


class Approval(Value):
    """The approval of one person."""

    by: str
    """The member's ID, or the client approver's."""
    at: Moment
    is_client: bool = False
    """True if the approver is the client's."""

    @property
    def decider(self) -> str:
        """Return the `decided_by` of a decision by this person."""
        return f"{CLIENT}/{self.by}" if self.is_client else self.by


class RequestFields(Item):
    """The fields of an access request, as Daypass stores it and as people see it."""

    id: RequestId
    member: MemberId
    engagement: EngagementId
    role: RoleName
    starts_at: Moment | None = None
    """When the access is to start. None if it starts with its approval, or with its first use."""
    ends_at: Moment | None = None
    """When the access is to end. None for access with a duration."""
    duration: int | None = None
    """The requested duration in seconds. None for access with a start and an end. An approver can
    shorten it."""
    reason: NotOnTrail[ReasonLine]
    """The member's reason. The trail records it as `said`."""
    ticket: str = ""
    """The ticket that the engagement's policy asks for."""
    caller: CallerKind = CallerKind.PERSON
    """A person, or a program that works for the member by itself."""
    is_emergency: bool = False
    """True if the member opened the access themself, in an emergency."""
    created_at: NotOnTrail[Moment]
    expires_at: Moment
    """An undecided request expires then."""
    status: RequestStatus = RequestStatus.WAITING
    approvals: NotOnTrail[tuple[Approval, ...]] = ()
    """The approvals so far. A response shows, while no one has decided, those that count now."""
    decided_at: NotOnTrail[Moment | None] = None
    """When it was approved, denied or withdrawn. None if it was not."""
    decided_by: NotOnTrail[str] = ""
    """The last person who decided: a member's ID, or `@client/` and the ID of the client's
    approver. Empty if no one did."""
    decision: NotOnTrail[str] = ""
    """The words of that decision."""
    number: Internal[str] = ""
    """The number of the approved grant that the request made. Empty if it opened no access."""
    stops: Internal[tuple[str, ...]] = ()
    """The IDs of the last stops (stored revocations) when the request was sent. Any later stop ends
    the request. See `list_stops`."""
    confirmed_at: NotOnTrail[Moment | None] = None
    """When a lead confirmed the emergency. None if no lead has."""
    confirmed_by: NotOnTrail[MemberId | None] = None
    """The lead who confirmed the emergency. None if no lead has."""
    confirmation: NotOnTrail[str] = ""
    """The lead's words on the emergency. Empty if no lead has confirmed it."""

    @property
    def is_client_approved(self) -> bool:
        """Return whether someone at the client has approved the request."""
        return any(each.is_client for each in self.approvals)


class AccessRequest(RequestFields):
    """A member's request for access to one role for a time. `version` guards every transition: of
    two decisions at once, one is refused."""

    STORED_AS = "request"
    KEY_FIELDS = ("member", "id")
    LISTED_BY = "listed_as"
    LISTS_REST = True
    TARGET = {
        "engagement": "engagement",
        "role": "role",
        "subject": "member",
        "request": "id",
    }

    @property
    def listed_as(self) -> str:
        """Return the list that the request is in: DECIDED, or empty for the undecided ones."""
        return "" if self.status is RequestStatus.WAITING else DECIDED

    @property
    def list_key(self) -> str:
        """Return the key in the request's list. Undecided requests are sorted by their expiry: a
        reader begins at the current time, so that expired requests are never read. Decided requests
        are sorted with the latest first."""
        if self.status is RequestStatus.WAITING:
            return f"{format_sortable(self.expires_at)}#{self.id}"
        if self.decided_at is None:  # for the type checker: a decided request has this time
            return ""
        return f"{format_latest_first(self.decided_at)}#{self.id}"

    @property
    def grant_key(self) -> ItemKey:
        """Return the key of the approved grant that the request made, if `number` is set."""
        return self.engagement, self.member, self.role, self.number

    def has_opened(self, grant: ApprovedGrant) -> bool:
        """Return whether the request made this approved grant. A later one can have its key."""
        return (grant.key, grant.request) == (self.grant_key, self.id)

    def decided(self, status: RequestStatus, by: str, now: datetime, words: str = "") -> Self:
        """Return the next version of the request, decided by this person."""
        return next_version(self, status=status, decided_at=now, decided_by=by, decision=words)

    def status_at(self, now: datetime) -> RequestStatus:
        """Return the request's status at this time."""
        if self.status is RequestStatus.WAITING and now >= self.expires_at:
            return RequestStatus.EXPIRED
        return self.status


class LastRequest(Item):
    """The last request that a member sent. Each new request also writes this item. So of two
    requests at the same moment one is retried, and then the limits count the other one."""

    STORED_AS = "last-request"
    KEY_FIELDS = ("member",)

    member: MemberId
    request: RequestId


class CreateAccessRequest(Request):
    """A request for access to a role. Send `duration`, or `ends_at` with or without `starts_at`."""

    role: RoleName
    duration: AccessSeconds | None = None
    starts_at: Moment | None = None
    """When the access is to start. Default: with its approval."""
    ends_at: Moment | None = None
    """When the access is to end."""
    reason: ReasonText
    ticket: TicketText = ""
    caller: CallerKind = CallerKind.PERSON


class ApproveRequest(Request):
    """An approval. An approver can shorten the access."""

    duration: AccessSeconds | None = None
    """A shorter duration in seconds, for access with a duration."""
    ends_at: Moment | None = None
    """An earlier end, for access with an end."""
    reason: ReasonLine = ""
    caller: CallerKind = CallerKind.PERSON
    """A program that works by itself can approve nothing."""


def new_request_id(member: str, now: datetime, random: Callable[[int], bytes]) -> str:
    """Return a new request's ID, such as `alice.00d9o4r5k3f81c2q`: the member, and then 16
    characters that sort by time."""
    moment = int(now.timestamp()).to_bytes(_EPOCH_SECONDS_BYTES, "big")
    text = base64.b32hexencode(moment + random(_RANDOM_BYTES)).decode("ascii").lower()
    return f"{member}.{text}"


def earliest_id_since(member: str, since: datetime) -> str:
    """Return a text that sorts before the IDs of the member's requests made at `since` or later,
    and after all earlier ones."""
    moment = int(since.timestamp()).to_bytes(_EPOCH_SECONDS_BYTES, "big")
    return f"{member}.{base64.b32hexencode(moment).decode('ascii').lower()}"


def moment_of_request(request: str) -> datetime | None:
    """Return the time that this request ID contains, in whole seconds (UTC). A caller may have
    chosen the ID, so check the time. Return None if the text does not decode."""
    text = request.rpartition(".")[2].upper()
    try:
        moment = base64.b32hexdecode(text)[:_EPOCH_SECONDS_BYTES]
        return datetime.fromtimestamp(int.from_bytes(moment, "big"), UTC) if moment else None
    except (ValueError, OverflowError, OSError):
        return None


def member_of_request(request: str) -> str:
    """Return the ID of the member whose request has this ID."""
    return request.rpartition(".")[0]
