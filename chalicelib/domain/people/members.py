"""Define members and leads, and authenticate a caller: a member with a valid token.

A lead's right to approve counts 24 hours after it was given, and it does not matter who gave it:
what is new does not approve. The people who are notified of it have that time to revoke it
(docs/decisions/0074).
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.moments import Moment
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import LastStop, Stop, Stoppable
from chalicelib.domain.text import PersonName, Tone, isolate
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Change, Internal, Item, NotOnTrail, Request, SeenVersion, Value

LOOK_BACK = timedelta(days=90)
"""Daypass lists what a suspended lead set up in the last 90 days before that."""


class Kind(StrEnum):
    """The kind of a member, which decides what they may do."""

    MEMBER = "member"
    """Gets sessions through grants."""
    LEAD = "lead"
    """Manages members, engagements, roles and grants, reads the trail, and gets sessions through
    grants."""
    AUDITOR = "auditor"
    """Reads the trail, and gets no sessions."""
    MACHINE = "machine"
    """A CI, whose jobs get sessions through grants. It stays a machine, and has no enrolment code:
    leads bind its jobs' identities. Of the rest, it may do nothing that is for people."""


class MemberState(StrEnum):
    """The state of a member. Only an active one can use their grants and tokens."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    """No token or code of theirs works, and they get no session."""
    LEFT = "left the firm"
    """Suspended for good: their grants are revoked too."""

    @property
    def tone(self) -> Tone:
        return Tone.GOOD if self is MemberState.ACTIVE else Tone.BAD


class Member(Stoppable):
    """A person at the firm, or a machine of theirs."""

    STORED_AS = "member"
    KEY_FIELDS = ("id",)
    LISTED_BY = ""
    ENDS = {Action.MEMBER_REVOKE: "suspended_at"}
    TARGET = {"subject": "id"}

    id: MemberId
    name: PersonName
    kind: Kind
    created_at: NotOnTrail[Moment]
    tokens_from: Internal[Moment]
    """Tokens created before this time are invalid: a suspension revokes all earlier ones."""
    suspended_at: NotOnTrail[Moment | None] = None
    """When the member was suspended. None if the member is not suspended."""
    left_at: NotOnTrail[Moment | None] = None
    """When Daypass recorded that the member left the firm. None if it has not, or if the member was
    reinstated since."""
    leads_from: Internal[Moment | None] = None
    """Links and codes that they created as a lead before this time are invalid: a lead who steps
    down loses them for good."""
    kind_set_at: Internal[Moment | None] = None
    """When they last got another kind, or were reinstated. None if neither has happened."""
    unconfirmed_since: Internal[Moment | None] = None
    """When a suspension began that a lead ended whose own right did not count yet. None if none
    did, or if another lead has confirmed the member by a later reinstatement."""
    stop: LastStop = ""

    def ended_by(self, stop: Stop) -> Member:
        return replace(super().ended_by(stop), tokens_from=max(self.tokens_from, stop.entry.at))

    @property
    def state(self) -> MemberState:
        if self.suspended_at is None:
            return MemberState.ACTIVE
        return MemberState.SUSPENDED if self.left_at is None else MemberState.LEFT

    @property
    def display_name(self) -> str:
        return f"{isolate(self.name)} ({self.id})"

    @property
    def possible_kinds(self) -> tuple[Kind, ...]:
        """Return the kinds that they can have: a machine stays one, and a person a person."""
        people = (Kind.MEMBER, Kind.LEAD, Kind.AUDITOR)
        return (Kind.MACHINE,) if self.kind is Kind.MACHINE else people

    @property
    def may_be_approver(self) -> bool:
        """Return whether a policy can let them approve: they are an active member or lead."""
        return self.suspended_at is None and self.kind in (Kind.MEMBER, Kind.LEAD)

    @property
    def approver_key(self) -> str:
        """Return the `approver` of this member's given approvals."""
        return self.id

    @property
    def kind_since(self) -> datetime:
        """Return since when they have the rights of their kind."""
        return self.kind_set_at or self.created_at

    @property
    def has_ever_led(self) -> bool:
        """Return whether they are or were a lead."""
        return self.kind is Kind.LEAD or self.leads_from is not None

    @property
    def was_lead(self) -> bool:
        """Return whether they are a former lead, or a suspended one. Someone may have to look at
        what they changed."""
        return self.has_ever_led and (self.kind is not Kind.LEAD or self.suspended_at is not None)

    def leaves_unconfirmed(self, set_up_at: datetime) -> bool:
        """Return whether something that this lead set up at this time needs someone else's
        confirmation. It does if the lead is suspended now, or was reinstated since by a lead whose
        own right did not count yet, and the suspension began less than LOOK_BACK after that time.
        """
        suspensions = [self.suspended_at]
        if set_up_at < self.kind_since:  # before the last reinstatement
            suspensions.append(self.unconfirmed_since)
        return any(begun_at < set_up_at + LOOK_BACK for begun_at in filter(None, suspensions))

    def has_led_continuously_since(self, moment: datetime) -> bool:
        """Return whether they are an active lead, and neither their tokens nor their rights as a
        lead were revoked after this moment."""
        return (
            self.kind is Kind.LEAD
            and self.suspended_at is None
            and self.tokens_from <= moment
            and (self.leads_from is None or self.leads_from <= moment)
        )


class Leads(Item):
    """The active leads. They are stored in one item, so that two changes at once cannot remove the
    last lead."""

    STORED_AS = "leads"

    members: frozenset[MemberId]


class CreateMember(Request):
    id: MemberId
    name: PersonName
    kind: Kind


class ChangeMember(Change):
    version: SeenVersion | None = None
    name: PersonName | None = None
    kind: Kind | None = None


NEW_RIGHT = timedelta(hours=24)
"""For this long, a right to approve does not count."""


def rights_count_from(*given_at: datetime) -> datetime:
    """Return when someone who needs all of these rights may first approve. The arguments are the
    times at which the rights were given."""
    return max(given_at) + NEW_RIGHT


class AuthenticationFailure(Value, kw_only=False):
    """The refusal of a presented token, and its reason."""

    reason: Reason


class Caller(Value, kw_only=False):
    """An authenticated caller: a valid token and its member."""

    member: Member
    token: Token
    address: str = ""
    """The IP address that the request came from."""
    identity_expires_at: datetime | None = None
    """When the identity token that was presented expires. None if it was no identity token."""

    @property
    def token_id(self) -> str:
        return self.token.id

    @property
    def actor(self) -> str:
        """Return the actor for trail entries."""
        return self.member.id

    @property
    def expires_at(self) -> datetime:
        """Return when what the caller presented expires. What an identity token makes must not
        outlive it."""
        return min(self.token.expires_at, self.identity_expires_at or self.token.expires_at)

    @property
    def counts_from(self) -> datetime:
        """Return when a lead's right to decide begins to count. A new right does not count at
        once."""
        return rights_count_from(self.member.kind_since, self.token.given_since)

    @property
    def preconditions(self) -> tuple[Member, Token]:
        """Return the items that must not change before an operation in the caller's name is
        written."""
        return self.member, self.token


def authenticate(
    token: Token | None, member: Member | None, presented: PresentedToken, now: datetime
) -> Caller | AuthenticationFailure:
    """Return the caller, or why Daypass does not accept the presented token.

    `token` and `member` are what Daypass stores for it, or None if nothing is stored. A suspended
    member's token fails with MEMBER_SUSPENDED, not with TOKEN_UNKNOWN.
    """
    if token is None or member is None:
        return AuthenticationFailure(Reason.TOKEN_UNKNOWN)
    if not hmac.compare_digest(token.hash, presented.hash) or token.member != member.id:
        return AuthenticationFailure(Reason.TOKEN_UNKNOWN)
    if presented.identity_expires_at is not None and now >= presented.identity_expires_at:
        return AuthenticationFailure(Reason.IDENTITY_TOKEN_EXPIRED)
    problem = find_token_problem(token, member, now)
    if problem is not None:
        return AuthenticationFailure(problem)
    return Caller(member, token, identity_expires_at=presented.identity_expires_at)


def find_token_problem(token: Token, member: Member, now: datetime) -> Reason | None:
    """Return why this member's token is not valid now, or None if it is valid."""
    if token.revoked_at is not None:
        return Reason.TOKEN_REVOKED
    if now >= token.expires_at:
        return Reason.TOKEN_EXPIRED
    if member.suspended_at is not None:
        return Reason.MEMBER_SUSPENDED
    if token.created_at < member.tokens_from:
        return Reason.TOKEN_REVOKED
    return None


def with_revocation(token: Token, member: Member) -> Token:
    """Return the token as lists show it. A suspension, or an operator's recovery, ends all tokens
    that the member has then, and is written into none of them."""
    if token.revoked_at is None and token.created_at < member.tokens_from:
        return replace(token, revoked_at=member.tokens_from)
    return token
