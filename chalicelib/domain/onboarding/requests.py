"""Requests to open, import or renew an engagement, and their results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.engagements.engagements import Engagement, Grant, NewEngagement
from chalicelib.domain.engagements.roles import Role, RoleSettings
from chalicelib.domain.identifiers import AccountId, Arn, MemberId, RoleName
from chalicelib.domain.moments import Moment, utc_text
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.text import ReasonText, constrain_line, constrain_multiline_text
from chalicelib.domain.values import Request, SeenVersion, Value, build_constraints


class RequestedRole(RoleSettings):
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


class OpenEngagement(NewEngagement):
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


class ImportProfile(NewEngagement):
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


class ImportedEngagement(Value):
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


class RenewEngagement(Request):
    """A request to give an engagement, and some of its grants, a new end."""

    version: SeenVersion | None = None
    ends_at: Moment
    """The engagement's new end, which is not before the current end, and at most 731 days (two
    years) from now. No session of the engagement lasts longer."""
    grants: GrantsToRenew
    """The grants that also get the engagement's new end."""
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


class ClientStep(Value):
    """The client's next step for one role."""

    role: RoleName
    role_arn: Arn
    policy_ends_at: Moment | None
    """The earliest end date that the role's trust policy may have, as Daypass requested it. It is
    too early for the engagement's new end. None if Daypass requested no end date."""
    message: str
    """The step, in sentences for the lead."""
    commands: str
    """Commands for sh and the AWS CLI that replace the trust policy. Empty if Daypass requested no
    end date."""


class GrantNotRenewed(Value):
    """A grant that Daypass did not renew."""

    member: MemberId
    """The member who has the grant."""
    why: str
    """Why Daypass did not renew the grant, in sentences."""


class Renewal(Value):
    """A renewed engagement, its renewed grants, and what the client still has to do."""

    engagement: Engagement
    """The engagement with its new end."""
    grants: tuple[Grant, ...]
    """The grants that this call renewed."""
    not_renewed: tuple[GrantNotRenewed, ...]
    """The grants that the lead chose but Daypass could not renew."""
    client_steps: tuple[ClientStep, ...]
    """The client's next step for each role that may need a new trust policy. Empty if there are
    none."""
    message: str
    """A summary of the renewal, for the lead."""


def find_renewal_problem(grant: Grant, member: Member | None) -> str:
    """Return why the grant cannot be renewed and what to do about it, for the lead. Return an empty
    text if it can be renewed. `member` is the grant's; None should not happen, because no member is
    ever deleted."""
    if grant.revoked_at is not None:
        return "This grant was revoked. Create a new grant instead."
    if member is None or member.suspended_at is not None:
        return "This member is suspended. Reinstate them first, then renew their grant."
    if member.kind is Kind.AUDITOR:
        return (
            "This member is an auditor, and auditors cannot get sessions. Change their kind to"
            " member first, then renew their grant."
        )
    return ""


def build_client_step(role: Role, commands: str, now: datetime) -> ClientStep | None:
    """Return what the client has to do for this role, or None if its trust policy has an end date
    that is late enough. `commands` is a shell script for the AWS CLI that replaces the policy. If
    Daypass requested no end date, the step has no commands."""
    policy = role.trust_policy
    if policy is None:  # Daypass requested no end date
        ends_at, commands = None, ""
        message = (
            "Daypass requested no end date for this role's trust policy, and cannot see whether the"
            " policy has one. If the policy has an end date, ask the client to set a later one."
        )
    elif policy.needs_update:
        ends_at = policy.ends_at
        expires = "expired" if ends_at <= now else "expires"
        message = (
            f"The trust policy that Daypass requested for this role {expires} on"
            f" {utc_text(ends_at)}. After that, AWS refuses every new session. Ask the client to"
            " apply the new trust policy."
        )
    else:
        return None
    return ClientStep(
        role=role.name,
        role_arn=role.arn,
        policy_ends_at=ends_at,
        message=message,
        commands=commands,
    )


def summarise_renewal(
    engagement: Engagement, steps: Sequence[ClientStep], links: Sequence[SetupLink]
) -> str:
    """Return a summary of the renewal for the lead: the new end, and what to ask of the client.

    `links` are the valid links to the client's page. The one that expires last comes first.
    """
    new_end = f"The engagement {engagement.id} continues until {utc_text(engagement.ends_at)}."
    # A step has an end date only if Daypass requested one, and it is too early.
    outdated_roles = [step.role for step in steps if step.policy_ends_at is not None]
    if not outdated_roles:
        return f"{new_end} Daypass knows of nothing that the client must do."
    next_step = "To show the client how, create a link to the client's page."
    if links:
        until = utc_text(links[0].expires_at)
        next_step = f"The client's page shows how. The link to the page is valid until {until}."
    roles = ", ".join(outdated_roles)
    return f"{new_end} The client still has to update the trust policy of {roles}. {next_step}"
