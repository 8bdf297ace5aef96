"""The actions on grants, engagements and roles: grant access and change a grant, change or reopen
an engagement, add a role and change one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.domain.engagements.engagements import (
    AgentAccess,
    ChangeEngagement,
    ChangeGrant,
    CreateGrant,
    CutOffMethod,
    Engagement,
    Grant,
    describe_roles,
)
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole
from chalicelib.domain.errors import InvalidRequest, Reason
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.members import Caller, Kind, Member
from chalicelib.domain.text import isolate
from chalicelib.domain.trail import Action
from chalicelib.usecases.actions import Draft, Effect, LeadAction
from chalicelib.usecases.engagements import engagements, grants, roles
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports

AGENTS: Mapping[AgentAccess, str] = {
    AgentAccess.REFUSE: "Agents cannot get sessions.",
    AgentAccess.READ_ONLY: "Agents can list resources of common services and see their settings."
    " AWS denies them everything else.",
    AgentAccess.ALLOW: "Agents can get the same sessions as their member.",
}
CUT_OFFS: Mapping[CutOffMethod, str] = {
    CutOffMethod.BRAKE: "After the client creates the brake, a permissions boundary that Daypass"
    " can tighten, revocations also end live sessions.",
    CutOffMethod.DENY_ALL: "After the client lets Daypass attach AWSDenyAll to a role,"
    " revocations of the whole role also end its live sessions.",
    CutOffMethod.NONE: "Only the client can end live sessions.",
}


def _name_account(engagement: Engagement) -> str:
    """Return the engagement, its client and the account, as a sentence names them."""
    return f"{engagement.id} ({isolate(engagement.client)}, {engagement.account_id})"


def _describe_grant(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    engagement, member = find_engagement(ports, draft.engagement), find_member(ports, draft.member)
    if member.kind is Kind.AUDITOR:
        raise InvalidRequest(Reason.AUDITOR_CANNOT_ENTER, field="member")
    stored = ports.state.get(Grant, engagement.id, member.id)
    has_grant = stored is not None and stored.is_current_or_upcoming(ports.now())
    roles = ", ".join(sorted(draft.roles or ())) or "the roles that you choose"
    end = draft.ends_at or (engagement.ends_at if draft.roles else None)
    until = f"until {utc_text(end) if end else 'the end date that you choose'}"
    sessions = f"{member.display_name} can get sessions for {roles} in {_name_account(engagement)}"
    return Effect(
        (f"{sessions}, {until}.", *_list_conditions(engagement, draft)),
        warning=_find_warning(member, engagement, ports.now())
        or (
            "They already have a grant for this engagement. Change it instead." if has_grant else ""
        ),
    )


def _describe_changed_grant(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    engagement, member = find_engagement(ports, draft.engagement), find_member(ports, draft.member)
    stored = grants.find_grant(ports, engagement.id, member.id)
    on_request = stored.on_request if draft.on_request is None else draft.on_request
    emergency = stored.emergency if draft.emergency is None else draft.emergency
    roles = draft.roles or stored.roles
    now = describe_roles(stored.roles, stored.on_request, stored.emergency)
    now += f", until {utc_text(stored.ends_at)}"
    changed: tuple[str, ...] = ()
    if draft.roles or draft.ends_at:
        text = describe_roles(roles, on_request, emergency)
        text += f", until {utc_text(draft.ends_at or stored.ends_at)}"
        changed = (f"After: {text}." if text != now else "The grant already has these settings.",)
    if draft.roles is None or not stored.roles <= draft.roles:
        changed += (
            (
                "Their current sessions keep working until they expire, including sessions for a"
                " role that you remove. If you remove a role, approved access to it ends. Adding"
                " the role again does not restore that access."
            ),
        )
    change = f"This changes {member.display_name}'s grant for {_name_account(engagement)}."
    return Effect(
        (change, f"Now: {now}.", *changed, *_list_conditions(engagement, draft)),
        warning=_find_warning(member, engagement, ports.now())
        or ("This grant is revoked. Grant access again." if stored.revoked_at else ""),
        version=stored.version,
    )


def _list_conditions(engagement: Engagement, draft: Draft) -> tuple[str, ...]:
    """Return sentences on the roles that the grant alone does not open."""
    if engagement.requires_client_approval:
        return ("The client requires its own approval for all access, whatever you choose here.",)
    lines: tuple[str, ...] = ()
    if draft.on_request:
        roles = ", ".join(sorted(draft.on_request))
        lines = (f"They can use {roles} only after a request is approved.",)
    if draft.emergency:
        roles = ", ".join(sorted(draft.emergency))
        lines += (
            (
                f"In an emergency, they can use {roles} without an approval for up to an hour."
                " Every lead is notified."
            ),
        )
    return lines


def _find_warning(member: Member, engagement: Engagement, now: datetime) -> str:
    if engagement.is_over(now):
        return (
            "This engagement is over. The grant gives no access until the engagement is reopened."
        )
    if member.suspended_at is not None:
        return "This member is suspended. The grant gives no access until they are reinstated."
    return ""


def _describe_change(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    current = find_engagement(ports, draft.engagement)
    names_choice = draft.agents is not None or draft.cut_off is not None
    lines: tuple[str, ...] = (
        (
            f"This changes {_name_account(current)} immediately, for everyone. If the change no"
            " longer allows a session that is being issued, Daypass withholds that session. Live"
            " sessions keep working until they expire."
        ),
    )
    if draft.ends_at is not None:
        lines += (
            f"Its end date moves from {utc_text(current.ends_at)} to {utc_text(draft.ends_at)}.",
        )
    if not names_choice or draft.ends_at is not None:
        lines += (
            (
                "If you change the end date, the client must update the trust policy of each"
                " role. The client’s page shows how. Grants keep their own end dates."
            ),
        )
    if draft.agents is not None:
        lines += (
            (
                f"{AGENTS[draft.agents]} Current setting: {current.agents.value}. If a program"
                " does not identify itself as an agent, Daypass treats it like its member."
            ),
        )
    if draft.cut_off is not None:
        lines += (f"{CUT_OFFS[draft.cut_off]} Current setting: {current.cut_off.value}.",)
    elif not names_choice:
        lines += (
            "A different cut-off method works only after the client has created what it needs.",
        )
    return Effect(lines, version=current.version)


def _describe_reopening(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    current = find_engagement(ports, draft.engagement)
    end = utc_text(current.ends_at)
    if current.ends_at <= ports.now():
        state = (
            f"This reopens {current.id}, but its end date has passed ({end}). Renew the"
            " engagement next."
        )
    else:
        state = f"{current.id} is open again until {end}."
    return Effect(
        (
            state,
            (
                "Its roles and grants are unchanged: members with a current grant can get sessions"
                " for verified roles again."
            ),
            "Requests that ended with the engagement are not reopened.",
        ),
        warning="" if current.closed_at or current.revoked_at else "This engagement is open.",
    )


def _describe_new_role(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    engagement = find_engagement(ports, draft.engagement)
    return Effect(
        (
            (
                f"{engagement.id} gets a new role{f', {draft.arn}' if draft.arn else ''}. It has"
                " not been checked yet. No one can get sessions for the role until it has passed a"
                " check."
            ),
            (
                "The client’s page then shows how to create the role, or how to change its trust"
                " policy."
            ),
            (
                "If a grant still lists an earlier role of this name, that grant also covers the"
                " new role."
            ),
        )
    )


def _describe_changed_role(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    role = roles.find_role(ports, draft.engagement, draft.role)
    return Effect(
        (
            *((f"Its ARN changes from {role.arn} to {draft.arn}.",) if draft.arn else ()),
            (
                f"This changes {role.engagement}/{role.name} immediately, for everyone. If the"
                " change no longer allows a session that is being issued, Daypass withholds that"
                " session. Live sessions keep working until they expire."
            ),
            (
                "Changing the ARN makes the role unverified and ends any override. No one can get"
                " sessions for the role until it passes a new check."
            ),
            (
                "Daypass alerts the leads if the role gets a new ARN, no longer requires a"
                " reason, or newly allows its sessions to assume further roles."
            ),
        ),
        version=role.version,
    )


GRANT = LeadAction(
    name="grant-access",
    route="/v1/engagements/{engagement}/grants",
    status=201,
    heading="Grant access",
    target="{member} in {engagement}",
    action=Action.GRANT_CREATE,
    body=CreateGrant,
    done="Access is granted.",
    describe=_describe_grant,
    perform=grants.create_grant,
)
CHANGE_GRANT = LeadAction(
    name="change-grant",
    changes=True,
    route="/v1/engagements/{engagement}/grants/{member}",
    heading="Change a grant",
    target="{member} in {engagement}",
    action=Action.GRANT_CHANGE,
    body=ChangeGrant,
    done="The grant is changed.",
    describe=_describe_changed_grant,
    perform=grants.change_grant,
)
CHANGE = LeadAction(
    name="change-engagement",
    changes=True,
    route="/v1/engagements/{engagement}",
    heading="Change an engagement",
    target="{engagement}",
    action=Action.ENGAGEMENT_CHANGE,
    body=ChangeEngagement,
    done="The engagement is changed.",
    describe=_describe_change,
    perform=engagements.change_engagement,
)
REOPEN = LeadAction(
    name="reopen-engagement",
    summary="Reopen an engagement that was closed or revoked",
    command="reopen ENGAGEMENT",
    route="/v1/engagements/{engagement}/reopen",
    heading="Reopen an engagement",
    target="{engagement}",
    action=Action.ENGAGEMENT_REOPEN,
    done="The engagement is open again.",
    describe=_describe_reopening,
    perform=engagements.reopen_engagement,
)
ADD_ROLE = LeadAction(
    name="add-role",
    summary="Add an IAM role of the client to the engagement. The role is unverified at first",
    route="/v1/engagements/{engagement}/roles",
    status=201,
    heading="Add a role",
    target="{engagement}",
    action=Action.ROLE_CREATE,
    body=CreateRole,
    done="The role has been added. The client can now create it.",
    describe=_describe_new_role,
    perform=roles.create_role,
)
CHANGE_ROLE = LeadAction(
    name="change-role",
    summary="Change a role. A new ARN makes the role unverified",
    changes=True,
    route="/v1/engagements/{engagement}/roles/{role}",
    heading="Change a role",
    target="{engagement}/{role}",
    action=Action.ROLE_CHANGE,
    body=ChangeRole,
    done="The role is changed.",
    describe=_describe_changed_role,
    perform=roles.change_role,
)
ACTIONS = (GRANT, CHANGE_GRANT, CHANGE, REOPEN, ADD_ROLE, CHANGE_ROLE)
