"""Requests to open, import or renew an engagement, and what an import gives."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.engagements.engagements import EndsAt, Engagement, NewEngagement
from chalicelib.domain.engagements.roles import Role, RoleSettings
from chalicelib.domain.identifiers import AccountId, Arn, MemberId, RoleName
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.text import ReasonText, line, text
from chalicelib.domain.values import Request, Value, accepts


class WantedRole(RoleSettings, frozen=True, kw_only=True):
    """A role that the client is to create, or to let us in with if it is there already.

    Its ARN is that of a role `daypass-<name>` in the client's account unless it is given.
    """

    arn: Arn | None = None
    permissions: PermissionSet | None = None

    @property
    def asked_for(self) -> PermissionSet:
        """Whoever names a role by its ARN, and asks for nothing, means one that is there."""
        if self.permissions is not None:
            return self.permissions
        return PermissionSet.VIEW_ONLY_ACCESS if self.arn is None else PermissionSet.AS_THEY_ARE


class OpenEngagement(NewEngagement, frozen=True, kw_only=True):
    account_id: AccountId
    roles: (
        Annotated[
            tuple[WantedRole, ...],
            accepts("a list of 1 to 10 objects", min_length=1, max_length=10),
            Meta(
                description="The roles that the client is to create, or to let us in with: one that"
                " is named by its ARN, and for which no permissions are chosen, is there already"
                " and stays as it is."
            ),
        ]
        | None
    ) = None


class ImportProfile(NewEngagement, frozen=True, kw_only=True):
    config: Annotated[
        str,
        text(16_384),
        Meta(
            description="The profile with role_arn and external_id as it stands in ~/.aws/config,"
            " or the whole file. It must hold no secret."
        ),
    ]
    profile: (
        Annotated[str, line(128), Meta(description="Which profile, where several have a role_arn.")]
        | None
    ) = None
    role: RoleName


class ImportedEngagement(Value, frozen=True, kw_only=True):
    """A new engagement with its one role, and what will not be as it was."""

    engagement: Engagement
    role: Role
    remarks: tuple[str, ...]


class GrantsToRenew(StrEnum):
    """Which grants a renewal gives the engagement's new end."""

    ENDED_WITH_IT = "ended-with-it"
    """Those that had the engagement's former end."""
    NAMED = "named"
    """Those of the members that the request names."""
    NONE = "none"


MOST_NAMED = 500


class RenewEngagement(Request, frozen=True, kw_only=True):
    ends_at: EndsAt
    grants: Annotated[
        GrantsToRenew,
        Meta(
            description="Which grants get the new end too: those that ended with the engagement,"
            " those of the members that are named, or none."
        ),
    ]
    members: (
        Annotated[
            frozenset[MemberId],
            accepts(f"a list of 1 to {MOST_NAMED} values", min_length=1, max_length=MOST_NAMED),
            Meta(description='Whose grants, with "grants": "named".'),
        ]
        | None
    ) = None
    why: ReasonText = field(name="reason")
