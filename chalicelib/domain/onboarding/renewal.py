"""The outcome of a renewal, and what the client still has to do."""

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
    """The client's next step for one role. `commands` are for sh and the AWS CLI."""

    role: RoleName
    role_arn: Arn
    policy_ends_at: Moment | None
    """When the client's trust policy ends, as Daypass asked. None if Daypass asked for no end."""
    message: str
    commands: str


class GrantNotRenewed(Value, frozen=True, kw_only=True):
    """A grant that was not renewed, and why."""

    member: MemberId
    why: str


class Renewal(Value, frozen=True, kw_only=True):
    """A renewed engagement, its renewed grants, and what the client still has to do."""

    engagement: Engagement
    grants: tuple[Grant, ...]
    not_renewed: tuple[GrantNotRenewed, ...]
    """Grants that were to be renewed but could not be."""
    client_steps: tuple[ClientStep, ...]
    message: str


def why_not_renewed(grant: Grant, member: Member | None) -> str:
    """Return the reason, or an empty text if the grant can be renewed."""
    if grant.revoked_at is not None:
        return "This grant was revoked. Make a new one instead."
    if member is None or member.suspended_at is not None:
        return "This member is suspended. Reinstate them first, then renew their grant."
    if member.kind is Kind.AUDITOR:
        return "This member is an auditor. Auditors get no sessions."
    return ""


def client_step(role: Role, commands: str, now: datetime) -> ClientStep | None:
    end = role.trust_policy
    if end is None:
        ends_at, commands = None, ""
        message = (
            "Daypass asked for no end in this role's trust policy, and cannot see whether it has"
            " one. If it does, the client has to change it."
        )
    elif end.needs_update:
        ends_at = end.ends_at
        ends = "ended" if ends_at <= now else "ends"
        message = (
            f"The client's trust policy {ends} on {utc_text(ends_at)}, as Daypass asked. AWS"
            " refuses every new session after that. The client has to apply the new trust policy."
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


def summary(engagement: Engagement, steps: Sequence[ClientStep], links: Sequence[SetupLink]) -> str:
    """Summarise the renewal for the lead. `links` are valid, the last to expire first."""
    until = f"{engagement.id} continues until {utc_text(engagement.ends_at)}."
    due = [step.role for step in steps if step.policy_ends_at is not None]
    if not due:
        return f"{until} Daypass knows of nothing that the client has to do."
    create = f"POST /v1/engagements/{engagement.id}/links"
    page = f"To show the client how, create a link to the client's page with {create}."
    if links:
        page = (
            f"The client's page shows how. Its link works until {utc_text(links[0].expires_at)}."
            f" To create another link, use {create}."
        )
    return f"{until} The client still has to update the trust policy of {', '.join(due)}. {page}"
