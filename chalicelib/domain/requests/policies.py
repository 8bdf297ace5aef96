"""Define approval policies: the approvers of requests for a role, and their limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.moments import Moment
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.requests.requests import AccessSeconds
from chalicelib.domain.requests.tickets import TicketPattern, TicketUrl
from chalicelib.domain.values import Change, Internal, Item, Value, build_constraints

DEFAULT_ANSWER_WITHIN = 3600
DEFAULT_LONGEST = 8 * 3600

AnswerSeconds = Annotated[
    int,
    build_constraints("a whole number of seconds, from 300 to 604800 (7 days)", ge=300, le=604800),
    Meta(description="How long a request waits for its answer, in seconds. Then it expires."),
]
EscalationSeconds = Annotated[
    int, build_constraints("a whole number of seconds, from 60 to 86400", ge=60, le=86400)
]
PeopleCount = Annotated[int, build_constraints("0, 1 or 2", ge=0, le=2)]
MAX_APPROVERS = 20
Approvers = Annotated[
    frozenset[MemberId],
    build_constraints(f"a list of at most {MAX_APPROVERS} members' IDs", max_length=MAX_APPROVERS),
]


class Naming(Value, frozen=True, kw_only=True):
    """The naming of a member as an approver."""

    member: MemberId
    at: Moment


class ApprovalPolicy(Item, frozen=True, kw_only=True):
    """The approvers of requests for a role, and their limits. The default is no one: the role has
    standing grants only.

    A request is approved when `people` different people of `leads` and `members`, and also the
    client if `client` is set, have approved it.
    """

    STORED_AS: ClassVar[str] = "approval-policy"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("engagement", "role")
    TARGET: ClassVar[Mapping[str, str]] = {"engagement": "engagement", "role": "role"}

    engagement: EngagementId
    role: str = ""
    """The role. Empty: every role of the engagement without a policy of its own."""
    leads: bool = False
    """True if every lead may approve."""
    members: Approvers = frozenset()
    """The members who may approve, by name."""
    people: PeopleCount = 0
    """How many of these people must approve."""
    client: bool = False
    """True if the client's approver must approve, too."""
    sensitive: bool = False
    """True if a press of a button in Slack does not approve: it takes a token or a sign-in."""
    first_approver: MemberId | None = None
    """The member who is notified at once. The others are notified after `others_after` seconds.
    None: all at once."""
    others_after: EscalationSeconds = 600
    answer_within: AnswerSeconds = DEFAULT_ANSWER_WITHIN
    longest: AccessSeconds = DEFAULT_LONGEST
    """The longest access that can be requested, in seconds."""
    ticket_pattern: TicketPattern | None = None
    """The form of the ticket that a request must name. None: it needs no ticket."""
    ticket_url: TicketUrl | None = None
    notify_client_of_emergencies: bool = False
    """True if the client's approvers and contacts hear of each emergency."""
    leads_set_at: Internal[Moment | None] = None
    """When a lead last let every lead approve. None if no one did."""
    namings: Internal[tuple[Naming, ...]] = ()
    """When each of `members` was named."""
    changed_by: Internal[MemberId | None] = None
    """The lead who last changed the policy. None if no one did."""
    changed_at: Internal[Moment | None] = None

    @property
    def allows_requests(self) -> bool:
        """Return whether someone can approve a request."""
        return self.people > 0 or self.client

    def waits_for_a_lead(self, changed_by: Member | None) -> bool:
        """Return whether another lead must save the policy again before anyone can approve under
        it, because the lead who changed it last was suspended."""
        if self.changed_at is None:
            return False
        return changed_by is None or changed_by.leaves_unconfirmed(self.changed_at)

    def list_rights(self, member: Member) -> list[datetime]:
        """Return when this member got each right to approve: as one of `members`, and as one of all
        leads."""
        rights = [each.at for each in self.namings if each.member == member.id]
        rights = rights if member.id in self.members else []
        if self.leads and member.kind is Kind.LEAD and self.leads_set_at is not None:
            rights.append(self.leads_set_at)
        return rights


class ChangeApprovalPolicy(Change, frozen=True, kw_only=True):
    """A change of an approval policy. A field that was not sent keeps its value."""

    leads: bool | None = None
    """True if every lead may approve."""
    members: Approvers | None = None
    """The members who may approve, by name."""
    people: PeopleCount | None = None
    """How many of these people must approve: 0, 1 or 2."""
    client: bool | None = None
    """True if the client's approver must approve, too."""
    sensitive: bool | None = None
    """True if a press of a button in Slack does not approve: it takes a token or a sign-in."""
    first_approver: MemberId | None = None
    """The member who is notified at once. The others are notified after `others_after` seconds."""
    others_after: EscalationSeconds | None = None
    """After how many seconds the other approvers are notified."""
    answer_within: AnswerSeconds | None = None
    longest: AccessSeconds | None = None
    """The longest access that can be requested, in seconds."""
    ticket_pattern: TicketPattern | None = None
    ticket_url: TicketUrl | None = None
    notify_client_of_emergencies: bool | None = None
    """True if the client's approvers and contacts hear of each emergency."""
    no_ticket: bool | None = None
    """True: a request needs no ticket any more."""
    all_at_once: bool | None = None
    """True: no approver is notified before the others any more."""
