"""Describe the result of renewing an engagement, and what the client still has to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.identifiers import Arn, MemberId, RoleName
from chalicelib.domain.moments import Moment, utc_text
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.values import Value


class ClientStep(Value, frozen=True, kw_only=True):
    """The client's next step for one role."""

    role: RoleName
    role_arn: Arn
    policy_ends_at: Moment | None
    """The earliest end date that the role's trust policy may have, as Daypass requested it. None if
    Daypass requested no end date."""
    message: str
    """The step, in sentences for the lead."""
    commands: str
    """Commands for sh and the AWS CLI that replace the trust policy. Empty if Daypass requested no
    end date."""


class GrantNotRenewed(Value, frozen=True, kw_only=True):
    """A grant that Daypass did not renew."""

    member: MemberId
    """The member who has the grant."""
    why: str
    """Why Daypass did not renew the grant, in sentences."""


class Renewal(Value, frozen=True, kw_only=True):
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
    text if it can be renewed."""
    if grant.revoked_at is not None:
        return "This grant was revoked. Create a new grant instead."
    if member is None or member.suspended_at is not None:
        return "This member is suspended. Reinstate them first, then renew their grant."
    if member.kind is Kind.AUDITOR:
        return (
            "This member is an auditor, and auditors get no sessions. Change their kind to member"
            " first, then renew their grant."
        )
    return ""


def build_client_step(role: Role, commands: str, now: datetime) -> ClientStep | None:
    """Return what the client has to do for this role, or None if the role's trust policy does not
    end too early. `commands` replace the trust policy, with sh and the AWS CLI."""
    policy = role.trust_policy
    if policy is None:
        ends_at, commands = None, ""
        message = (
            "Daypass requested no end date for this role's trust policy, and cannot see whether the"
            " policy has one. If the policy has an end date, ask the client to set a later one."
        )
    elif policy.needs_update:
        ends_at = policy.ends_at
        is_or_was = "was" if ends_at <= now else "is"
        message = (
            f"The end date that Daypass requested for this role's trust policy {is_or_was}"
            f" {utc_text(ends_at)}. After that date AWS refuses every new session. Ask the client"
            " to apply the new trust policy."
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
    outdated_roles = [step.role for step in steps if step.policy_ends_at is not None]
    if not outdated_roles:
        return f"{new_end} As far as Daypass knows, the client does not have to do anything."
    route = f"POST /v1/engagements/{engagement.id}/links"
    next_step = f"To show the client how, create a link to the client's page with {route}."
    if links:
        next_step = (
            f"The client's page shows how. Its link works until {utc_text(links[0].expires_at)}."
            f" To create another link, use {route}."
        )
    roles = ", ".join(outdated_roles)
    return f"{new_end} The client still has to update the trust policy of {roles}. {next_step}"
