"""Grants: which member may use which roles of an engagement, and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta, field

from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.moments import Moment
from chalicelib.domain.stops import LastStop, Stoppable
from chalicelib.domain.trail import Action
from chalicelib.domain.values import (
    Change,
    Internal,
    NotOnTrail,
    Request,
    build_constraints,
)

GrantedRoles = Annotated[
    frozenset[RoleName],
    build_constraints("a list of 1 to 20 role names", min_length=1, max_length=20),
    Meta(description="The roles that the member may get sessions for."),
]
RolesOnRequest = Annotated[
    frozenset[RoleName],
    build_constraints("a list of at most 20 role names", max_length=20),
    Meta(
        description="Those of `roles` that the member has no access to until a request is approved."
    ),
]
EmergencyRoles = Annotated[
    frozenset[RoleName],
    build_constraints("a list of at most 20 role names", max_length=20),
    Meta(
        description="Those of `on_request` that the member may open themself in an emergency, for"
        " an hour at most. Every lead hears of it."
    ),
]


class Grant(Stoppable, frozen=True, kw_only=True):
    """A dated permission for one member to use certain roles of an engagement."""

    STORED_AS: ClassVar[str] = "grant"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("engagement", "member")
    LISTED_BY: ClassVar[str | None] = "member"
    ENDS: ClassVar[Mapping[Action, str]] = {Action.GRANT_REVOKE: "revoked_at"}
    TARGET: ClassVar[Mapping[str, str]] = {"engagement": "engagement", "subject": "member"}

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


class CreateGrant(Request, frozen=True, kw_only=True):
    member: MemberId
    roles: GrantedRoles
    on_request: RolesOnRequest = frozenset()
    emergency: EmergencyRoles = frozenset()
    starts_at: Moment | None = None
    """When the grant starts. Default: now."""
    ends_at: Moment | None = None
    """When the grant ends. Default: when the engagement ends."""


class ChangeGrant(Change, frozen=True, kw_only=True):
    roles: GrantedRoles | None = None
    on_request: RolesOnRequest | None = None
    emergency: EmergencyRoles | None = None
    starts_at: Moment | None = None
    """When the grant starts."""
    ends_at: Moment | None = None
    """When the grant ends."""
