"""Engagements: each is one client AWS account with an external ID. Its grants say which member may
use which of its roles, and when. A client is the name that its engagements share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.identifiers import AccountId, EngagementId, ExternalId, MemberId, RoleName
from chalicelib.domain.moments import Moment
from chalicelib.domain.stops import LastStop, Stoppable
from chalicelib.domain.text import ClientName
from chalicelib.domain.trail import Action
from chalicelib.domain.values import (
    Change,
    Internal,
    Item,
    NotOnTrail,
    Request,
    SeenVersion,
    build_constraints,
)

StartsAt = Annotated[Moment, Meta(description="When the engagement starts. Default: now.")]
EndsAt = Annotated[
    Moment,
    Meta(
        description="When the engagement ends: at most 731 days (two years) after its start, or"
        " after now if it has begun. No session of the engagement lasts longer."
    ),
]


class AgentAccess(StrEnum):
    """The access of agents. An agent is a program that acts for a member on its own."""

    REFUSE = "refuse"
    """Agents cannot get sessions."""
    READ_ONLY = "read-only"
    """Agents get sessions that can list resources of common services and see their settings. AWS
    denies them everything else."""
    ALLOW = "allow"
    """Agents get the sessions that their member gets."""


Agents = Annotated[
    AgentAccess,
    Meta(
        description="What agents may do in this engagement. An agent is a program that acts for a"
        " member on its own, such as an AI agent. If a program does not identify itself as"
        " an agent, Daypass treats it like its member."
    ),
]


class CutOffMethod(StrEnum):
    """How Daypass may end live sessions from within the client's account."""

    NONE = "none"
    """Not at all. The client's administrator gets the policy and the commands."""
    BRAKE = "brake"
    """By writing new versions of the role's permissions boundary, which is used for nothing else.
    It can end the sessions of one member, single sessions, or all."""
    DENY_ALL = "deny-all"
    """By attaching AWSDenyAll to the role. It ends all sessions, and only the client can undo
    it."""


CutOffChoice = Annotated[
    CutOffMethod,
    Meta(
        description="How Daypass may end live sessions of the engagement's roles from within the"
        " client's account. The client has to agree, and to create what the method needs."
    ),
]


class Engagement(Stoppable):
    """One client AWS account in which the firm works, from `starts_at` until `ends_at`."""

    STORED_AS = "engagement"
    KEY_FIELDS = ("id",)
    LISTED_BY = ""
    ENDS = {
        Action.ENGAGEMENT_REVOKE: "revoked_at",
        Action.ENGAGEMENT_CLOSE: "closed_at",
    }
    TARGET = {"engagement": "id"}

    id: EngagementId
    client: ClientName
    account_id: AccountId
    external_id: ExternalId
    """The external ID that Daypass sends when it assumes the engagement's roles."""
    starts_at: Moment
    ends_at: Moment
    agents: Agents = AgentAccess.READ_ONLY
    cut_off: CutOffChoice = CutOffMethod.NONE
    cut_off_external_id: NotOnTrail[ExternalId | None] = None
    """The external ID that Daypass sends when it assumes a cut-off role. None if the engagement
    never had a method for cut-offs that needs one."""
    requires_client_approval: bool = False
    """True if no one gets access without the client's approval, not even in an emergency. A lead
    can set it. Only the client can lift it."""
    client_approval_since: Internal[Moment | None] = None
    """When `requires_client_approval` was last set. Who approves for the client is decided by then,
    or by the client since."""
    created_at: NotOnTrail[Moment]
    next_external_id: ExternalId | None = None
    """The external ID that a rotation generated. It becomes the current ID when a check sees every
    role in use accept it. None if no next ID waits."""
    previous_external_id: NotOnTrail[ExternalId | None] = None
    """The external ID that a rotation replaced. It is retired when a check sees every role in use
    refuse it. None if no previous ID waits."""
    retired_external_ids: Internal[tuple[ExternalId, ...]] = ()
    """External IDs that rotations replaced, and that a check saw every role in use refuse."""
    external_id_imported: bool = False
    """True if the external ID comes from an AWS profile. False if Daypass generated it."""
    closed_at: NotOnTrail[Moment | None] = None
    """When a lead closed the engagement. None if it is not closed."""
    revoked_at: NotOnTrail[Moment | None] = None
    """When a lead revoked the engagement. None if it is not revoked."""
    former_ends_at: Internal[Moment | None] = None
    """The value of `ends_at` before its last change. A renewal also renews the grants that ended
    then."""
    access_removed_at: NotOnTrail[Moment | None] = None
    """When a check found that every role of the ended engagement refuses Daypass. None if no check
    has found that."""
    stop: LastStop = ""

    def is_open(self, now: datetime) -> bool:
        return self.closed_at is None and self.starts_at <= now < self.ends_at

    def allows_sessions(self, now: datetime) -> bool:
        return self.is_open(now) and self.revoked_at is None

    @property
    def is_rotating(self) -> bool:
        return self.next_external_id is not None or self.previous_external_id is not None

    @property
    def effective_end(self) -> datetime:
        """The time at which the engagement ends or ended: closed, revoked or at `ends_at`."""
        return min(filter(None, (self.closed_at, self.revoked_at, self.ends_at)))

    def is_over(self, now: datetime) -> bool:
        """Return whether the engagement is closed, revoked or past `ends_at`."""
        return self.closed_at is not None or self.revoked_at is not None or now >= self.ends_at

    @property
    def external_ids(self) -> tuple[str, ...]:
        """The external IDs that a role's trust policy must accept, the current one first."""
        return tuple(filter(None, (self.external_id, self.next_external_id)))


class UsedExternalId(Item):
    """A record of an external ID that an engagement has or had. Daypass never deletes it, so that
    no ID is used twice."""

    STORED_AS = "external-id"
    KEY_FIELDS = ("external_id",)

    external_id: ExternalId
    engagement: EngagementId


class NewEngagement(Request):
    """The fields of every request that opens an engagement."""

    id: EngagementId
    client: ClientName
    starts_at: StartsAt | None = None
    ends_at: EndsAt
    agents: Agents = AgentAccess.READ_ONLY
    cut_off: CutOffChoice = CutOffMethod.NONE


class ChangeEngagement(Change):
    version: SeenVersion | None = None
    client: ClientName | None = None
    starts_at: Moment | None = None
    """When the engagement starts."""
    ends_at: EndsAt | None = None
    agents: Agents | None = None
    cut_off: CutOffChoice | None = None


MAX_ROLES = 20
"""The roles of a grant."""
GrantedRoles = Annotated[
    frozenset[RoleName],
    build_constraints(f"a list of 1 to {MAX_ROLES} role names", min_length=1, max_length=MAX_ROLES),
    Meta(description="The roles that the member may get sessions for."),
]
RolesOnRequest = Annotated[
    frozenset[RoleName],
    build_constraints("a list of at most 20 role names", max_length=20),
    Meta(
        description="The roles in `roles` that the member can use only after a request is approved."
    ),
]
EmergencyRoles = Annotated[
    frozenset[RoleName],
    build_constraints("a list of at most 20 role names", max_length=20),
    Meta(
        description="The roles in `on_request` that the member may open in an emergency without an"
        " approval, for an hour at most. Daypass notifies every lead."
    ),
]


class Grant(Stoppable):
    """A dated permission for one member to use certain roles of an engagement."""

    STORED_AS = "grant"
    KEY_FIELDS = ("engagement", "member")
    LISTED_BY = "member"
    ENDS = {Action.GRANT_REVOKE: "revoked_at"}
    TARGET = {"engagement": "engagement", "subject": "member"}

    member: MemberId
    engagement: EngagementId
    roles: GrantedRoles
    on_request: RolesOnRequest = frozenset()
    emergency: EmergencyRoles = frozenset()
    starts_at: Moment
    ends_at: Moment
    granted_by: NotOnTrail[MemberId]
    """The lead who created the grant."""
    created_at: NotOnTrail[Moment]
    revoked_at: NotOnTrail[Moment | None] = None
    """When a lead revoked the grant. None if it is not revoked."""
    reviewed_at: NotOnTrail[Moment | None] = None
    """When a lead last decided to keep or end the grant in an access review. None if no lead
    has."""
    reviewed_by: NotOnTrail[MemberId | None] = None
    """The lead who decided in the last access review. None if no lead has."""
    review: Internal[str] = ""
    """The last decision, `keep` or `end`, and the version that the lead reviewed, such as
    `end 3`. Empty if no lead has decided."""
    removals: Internal[Mapping[RoleName, int]] = field(default_factory=dict)
    """How often each role was taken from this member's grants by a change, or by the end of one."""
    stop: LastStop = ""

    def count_removals(self, roles: frozenset[RoleName]) -> Mapping[RoleName, int]:
        """Return the removals after these roles are taken away too."""
        return {**self.removals, **{role: self.removals.get(role, 0) + 1 for role in roles}}

    def is_current_or_upcoming(self, now: datetime) -> bool:
        """Return whether the grant is not revoked and has not ended."""
        return self.revoked_at is None and now < self.ends_at

    def is_current(self, now: datetime) -> bool:
        """Return whether the grant is valid now."""
        return self.revoked_at is None and self.starts_at <= now < self.ends_at


def needs_approval(engagement: Engagement, grant: Grant, role: str) -> bool:
    """Return whether the grant gives access to the role only with an approved grant."""
    return engagement.requires_client_approval or role in grant.on_request


def describe_roles(
    roles: Iterable[str], on_request: Iterable[str], emergency: Iterable[str]
) -> str:
    """Return the roles of a grant, each with its condition."""
    notes = dict.fromkeys(on_request, " (on request)")
    notes |= dict.fromkeys(emergency, " (on request or in an emergency)")
    return ", ".join(f"{role}{notes.get(role, '')}" for role in sorted(roles))


class CreateGrant(Request):
    member: MemberId
    roles: GrantedRoles
    on_request: RolesOnRequest = frozenset()
    emergency: EmergencyRoles = frozenset()
    starts_at: Moment | None = None
    """When the grant starts. Default: now."""
    ends_at: Moment | None = None
    """When the grant ends. Default: when the engagement ends."""


class ChangeGrant(Change):
    version: SeenVersion | None = None
    roles: GrantedRoles | None = None
    on_request: RolesOnRequest | None = None
    emergency: EmergencyRoles | None = None
    starts_at: Moment | None = None
    """When the grant starts."""
    ends_at: Moment | None = None
    """When the grant ends."""


_SEPARATORS = re.compile(r"[\W_]+")


def normalise_client_name(name: str) -> str:
    """Return the form in which two spellings of one client's name are equal: without the case of
    letters, and with single spaces."""
    return " ".join(name.split()).casefold()


def is_similar_client_name(name: str, other: str) -> bool:
    """Return whether the names may be of one client: all words of one of them are in the other, or
    one begins with the other, apart from case, spaces and punctuation."""
    words, other_words = _split_words(name), _split_words(other)
    shorter, longer = sorted(("".join(words), "".join(other_words)), key=len)
    if not shorter:
        return False
    if longer.startswith(shorter):
        return True
    return set(words) & set(other_words) in (set(words), set(other_words))


def _split_words(name: str) -> list[str]:
    return [word for word in _SEPARATORS.split(name.casefold()) if word]
