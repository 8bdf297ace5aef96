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
    """When the client's trust policy ends, as Daypass asked. None if it asked for no end."""
    says: str
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
    """Grants that would have been renewed, and could not be."""
    client_steps: tuple[ClientStep, ...]
    says: str


def why_not_renewed(grant: Grant, member: Member | None) -> str:
    """Empty if it can be."""
    if grant.revoked_at is not None:
        return "This grant was revoked. Make a new one instead."
    if member is None or member.suspended_at is not None:
        return "This member is suspended. Reinstate them first, then renew their grant."
    if member.kind is Kind.AUDITOR:
        return "This member is an auditor, who cannot enter an engagement."
    return ""


def step_for(role: Role, commands: str, now: datetime) -> ClientStep | None:
    end = role.trust_policy
    if end is None:
        ends_at, commands = None, ""
        says = (
            "Daypass asked for no end in this role's trust policy, and cannot read whether it has"
            " one. If it has, the client has to change it."
        )
    elif end.needs_update:
        ends_at = end.ends_at
        ends = "ended" if ends_at <= now else "ends"
        says = (
            f"The client's policy {ends} on {utc_text(ends_at)}, as Daypass asked: AWS refuses"
            " every new session after that. The client has to put the new trust policy in place."
        )
    else:
        return None
    return ClientStep(
        role=role.name, role_arn=role.arn, policy_ends_at=ends_at, says=says, commands=commands
    )


def in_short(
    engagement: Engagement, steps: Sequence[ClientStep], links: Sequence[SetupLink]
) -> str:
    """Summarise the renewal for the lead. `links` are those that work, the last to expire first."""
    until = f"{engagement.id} goes on until {utc_text(engagement.ends_at)}."
    due = [step.role for step in steps if step.policy_ends_at is not None]
    if not due:
        return f"{until} The client has nothing to do that Daypass knows of."
    make = f"POST /v1/engagements/{engagement.id}/links makes"
    page = f"{make} a link to the page that says how."
    if links:
        works = f"a link to it works until {utc_text(links[0].expires_at)}"
        page = f"The client's page says how: {works}. {make} another."
    return f"{until} The client still has to update the trust policy of {', '.join(due)}. {page}"
