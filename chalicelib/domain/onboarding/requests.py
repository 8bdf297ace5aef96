"""Requests to open, import or renew an engagement, and the result of an import."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.engagements.engagements import EndsAt, Engagement, NewEngagement
from chalicelib.domain.engagements.roles import Role, RoleSettings
from chalicelib.domain.identifiers import AccountId, Arn, MemberId, RoleName
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.text import ReasonText, constrain_line, constrain_multiline_text
from chalicelib.domain.values import Request, Value, build_constraints


class RequestedRole(RoleSettings, frozen=True, kw_only=True):
    """A role that the client creates, or an existing one that the client lets Daypass assume.

    The default ARN is that of a role `daypass-<name>` in the client's account.
    """

    arn: Arn | None = None
    permissions: PermissionSet | None = None

    @property
    def requested_permissions(self) -> PermissionSet:
        """Return the requested permission set, or the default. A role with an ARN and no permission
        set exists already, and keeps its permissions."""
        if self.permissions is not None:
            return self.permissions
        return PermissionSet.VIEW_ONLY_ACCESS if self.arn is None else PermissionSet.AS_THEY_ARE


class OpenEngagement(NewEngagement, frozen=True, kw_only=True):
    """A request to open an engagement with new roles, or with existing ones by their ARNs."""

    account_id: AccountId
    roles: (
        Annotated[
            tuple[RequestedRole, ...],
            build_constraints("a list of 1 to 10 objects", min_length=1, max_length=10),
            Meta(
                description="The roles that the client creates, or lets Daypass assume. A role with"
                " an `arn` and no `permissions` exists already and keeps its permissions."
            ),
        ]
        | None
    ) = None


class ImportProfile(NewEngagement, frozen=True, kw_only=True):
    """A request to open an engagement with the role and the external ID of an AWS profile."""

    config: Annotated[
        str,
        constrain_multiline_text(16_384),
        Meta(
            description="The profile with role_arn and external_id from ~/.aws/config, or the whole"
            " file. It must not contain a secret."
        ),
    ]
    profile: (
        Annotated[
            str,
            constrain_line(128),
            Meta(description="The profile's name. Required if several profiles have a role_arn."),
        ]
        | None
    ) = None
    role: RoleName


class ImportedEngagement(Value, frozen=True, kw_only=True):
    """A new engagement with its one role, and remarks on settings of the profile that Daypass
    cannot use."""

    engagement: Engagement
    role: Role
    remarks: tuple[str, ...]


class GrantsToRenew(StrEnum):
    """The choice of grants that get the engagement's new end."""

    ENDED_WITH_IT = "ended-with-it"
    """The grants with the same end as the engagement before the renewal."""
    NAMED = "named"
    """The grants of the members in the request."""
    NONE = "none"


MAX_NAMED_MEMBERS = 500


class RenewEngagement(Request, frozen=True, kw_only=True):
    """A request to give an engagement, and some of its grants, a new end."""

    ends_at: EndsAt
    grants: Annotated[
        GrantsToRenew,
        Meta(
            description="The grants that also get the new end: `ended-with-it` for those that have"
            " the engagement's previous end, `named` for those of the members in `members`, or"
            " `none`."
        ),
    ]
    members: (
        Annotated[
            frozenset[MemberId],
            build_constraints(
                f"a list of 1 to {MAX_NAMED_MEMBERS} values",
                min_length=1,
                max_length=MAX_NAMED_MEMBERS,
            ),
            Meta(description="The members whose grants get the new end, if `grants` is `named`."),
        ]
        | None
    ) = None
    why: ReasonText = field(name="reason")
