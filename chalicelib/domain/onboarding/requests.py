"""Requests to open, import or renew an engagement, and the result of an import."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.engagements.engagements import Engagement, NewEngagement
from chalicelib.domain.engagements.roles import Role, RoleSettings
from chalicelib.domain.identifiers import AccountId, Arn, MemberId, RoleName
from chalicelib.domain.moments import Moment
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.text import ReasonText, constrain_line, constrain_multiline_text
from chalicelib.domain.values import Request, Value, build_constraints


class RequestedRole(RoleSettings, frozen=True, kw_only=True):
    """A role that the client creates, or an existing one that the client lets Daypass assume.

    The default ARN is that of a role `daypass-<name>` in the client's account.
    """

    arn: Arn | None = None
    """Default: the ARN of a role `daypass-<name>` in the client's account."""
    permissions: PermissionSet | None = None
    """The permissions to request. Default: `as-they-are` for a role with an `arn`, or else
    `view-only-access`."""

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
                description="The roles of the engagement. A role with an `arn` and no `permissions`"
                " exists already and keeps its permissions."
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
            description="The text of the profile with role_arn and external_id from ~/.aws/config,"
            " or of the whole file. The text must not contain a secret."
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
    """The name that the profile's role gets in the engagement."""


class ImportedEngagement(Value, frozen=True, kw_only=True):
    """A new engagement with its one role, from an AWS profile."""

    engagement: Engagement
    role: Role
    remarks: tuple[str, ...]
    """Points to review, such as settings of the profile that Daypass ignores."""


class GrantsToRenew(StrEnum):
    """The choice of grants that get the engagement's new end."""

    ENDED_WITH_IT = "ended-with-it"
    """The grants that have the engagement's previous end."""
    NAMED = "named"
    """The grants of the members in `members`."""
    NONE = "none"
    """No grants."""


MAX_NAMED_MEMBERS = 500


class RenewEngagement(Request, frozen=True, kw_only=True):
    """A request to give an engagement, and some of its grants, a new end."""

    ends_at: Moment
    """The engagement's new end, which is not before the current end, and at most 731 days (two
    years) from now. No session of the engagement lasts longer."""
    grants: Annotated[
        GrantsToRenew,
        Meta(description="The grants that also get the engagement's new end."),
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
