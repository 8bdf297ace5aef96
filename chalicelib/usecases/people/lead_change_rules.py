"""Define which of a suspended lead's changes are still in force: the change still has its effect.
Each rule compares the change's trail entry with the item that the lead changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role, RoleRelaxation
from chalicelib.domain.moments import Moment
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.one_time_secrets import secret_id_of
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import Member, find_token_problem
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.trail import Action, Entry
from chalicelib.domain.values import Item, ItemKey, Value, shown_property
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey


class ChangeKind(StrEnum):
    """The kind of a lead's change, the most dangerous first."""

    OWN_GRANT = "own-grant"
    """They gave themself a grant."""
    TOKEN = "token"
    """A token came from an enrolment code of theirs, or from a job that they bound, and works."""
    LEAD = "lead"
    """They created or reinstated a lead, or made someone one."""
    AUDITOR = "auditor"
    """They created or reinstated an auditor, who can read the whole trail, or made someone one."""
    MEMBER = "member"
    """They created or reinstated an ordinary member, or made someone one."""
    GRANT = "grant"
    """They gave someone a grant."""
    APPROVER = "approver"
    """They named an approver at the client, who does not count until another lead names them again,
    or someone at the client confirms them."""
    APPROVALS = "approvals"
    """They changed who approves requests. If no other lead has changed it since, no one can approve
    by it until one saves it again."""
    OVERRIDE = "override"
    """They let Daypass issue sessions from an unverified role."""
    REOPENED = "reopened"
    """They reopened the engagement, or extended it after it had ended."""
    ROLE = "role"
    """They made a role less strict: its sessions may assume further roles, need no reason, or come
    from another ARN."""
    IMPORT = "import"
    """They imported the engagement's external ID, which is still in use."""
    ADMIN_ROLE = "admin-role"
    """The client is asked to give this role administrator permissions."""
    LINK = "link"
    """They created a link to a client's page. The suspension made it invalid."""
    CODE = "code"
    """They created an enrolment code, which no one has used. The suspension made it invalid."""

    @property
    def text(self) -> str:
        return _TEXTS[self]


_TEXTS = {
    ChangeKind.OWN_GRANT: "They gave themself a grant.",
    ChangeKind.TOKEN: "A token from one of their codes, or of a job that they bound, still works.",
    ChangeKind.LEAD: "They made someone a lead, or reinstated them.",
    ChangeKind.AUDITOR: "They made someone an auditor, who can read the whole trail.",
    ChangeKind.MEMBER: "They created a member, or reinstated one.",
    ChangeKind.GRANT: "They gave someone a grant.",
    ChangeKind.APPROVER: (
        "They named an approver at the client. The approver does not count until"
        " another lead names them again, or someone at the client confirms them."
    ),
    ChangeKind.APPROVALS: (
        "They changed who approves requests. If no other lead has changed that"
        " since, no one can approve until another lead saves the policy again."
    ),
    ChangeKind.OVERRIDE: "They let Daypass issue sessions from an unverified role.",
    ChangeKind.REOPENED: "They reopened the engagement, or extended it after it had ended.",
    ChangeKind.ROLE: "They made a role less strict. Its sessions may assume further roles or need"
    " no reason, or the role has a different ARN.",
    ChangeKind.IMPORT: "They imported the external ID, which is still in use.",
    ChangeKind.ADMIN_ROLE: "The client is asked to give this role administrator permissions.",
    ChangeKind.LINK: "They created a link to a client’s page, which no longer works.",
    ChangeKind.CODE: "They created an enrolment code, which no longer works.",
}


class LeadChange(Value):
    """One change by a suspended lead. A change of kind `link` or `code` is invalid already; every
    other change is still in force."""

    kind: ChangeKind
    at: Moment
    """The time of the change. For a token, the time when the token was created."""
    engagement: str = ""
    """The ID of the changed engagement. Empty if there is none."""
    role: str = ""
    """The name of the changed role. Empty if there is none."""
    member: str = ""
    """The ID of the member that the change is about. Empty if there is none."""
    id: str = ""
    """The ID of the token, of the link to the client's page, or of the approver at the client.
    Empty for other kinds."""

    @shown_property
    def text(self) -> str:
        """The change in a sentence."""
        return self.kind.text


ChangedItem = tuple[ChangeKind, ItemKey]
"""A kind of change, and the key of the changed item. For the kinds in LISTED, the key is instead
the ID of the item's owner, and the ID with which the trail names the item."""


class RuleFacts(Value):
    """The suspended lead, and the stored items that show which changes are in force, as of one
    time."""

    lead: Member
    items: Mapping[MixedKey, Item]
    now: datetime


def find_changed_items(lead: str, entry: Entry, now: datetime) -> Iterator[ChangedItem]:
    """Yield the kind of each change in this entry of the lead's, and the key of the item that shows
    whether the change is in force. One operation can be several changes.

    For the kinds in LISTED, such as TOKEN, the key is the owner's ID, and the ID with which the
    trail names the item.
    """
    # An entry omits its subject, a member, if that is the actor: the lead.
    member_id, role_key = entry.subject or lead, (entry.engagement, entry.role)
    match entry.action:
        case Action.MEMBER_CREATE | Action.MEMBER_REINSTATE | Action.MEMBER_CHANGE:
            yield ChangeKind.MEMBER, (member_id,)
        case Action.GRANT_CREATE | Action.GRANT_CHANGE:
            yield (
                ChangeKind.OWN_GRANT if member_id == lead else ChangeKind.GRANT,
                (entry.engagement, member_id),
            )
        case Action.APPROVER_CREATE:
            yield ChangeKind.APPROVER, (entry.engagement, entry.detail("approver"))
        case Action.APPROVAL_POLICY_CHANGE:
            yield ChangeKind.APPROVALS, role_key
        case Action.ROLE_OVERRIDE:
            yield ChangeKind.OVERRIDE, role_key
        case Action.ENGAGEMENT_IMPORT:
            yield ChangeKind.IMPORT, (entry.engagement,)
        case Action.ENGAGEMENT_REOPEN:
            yield ChangeKind.REOPENED, (entry.engagement,)
        case Action.ENGAGEMENT_CHANGE | Action.ENGAGEMENT_RENEW if entry.detail("former_ends_at"):
            previous_end, end = (
                datetime.fromisoformat(entry.detail(name)) for name in ("former_ends_at", "ends_at")
            )
            # Without the later end, the engagement would be over now.
            if previous_end <= now and previous_end < end:
                yield ChangeKind.REOPENED, (entry.engagement,)
    if entry.detail("widened"):  # the values of RoleRelaxation that apply
        yield ChangeKind.ROLE, role_key
    # The roles of a new engagement that allow chaining: their sessions may assume further roles.
    for name in entry.detail("chaining").split():
        yield ChangeKind.ROLE, (entry.engagement, name)
    if entry.detail("asks_for") == "everything":  # the client is asked for an administrator role
        yield ChangeKind.ADMIN_ROLE, role_key
    if entry.action is Action.JOB_BIND:
        yield ChangeKind.TOKEN, (member_id, entry.detail("token"))
    if code := entry.detail("enrolment"):
        yield ChangeKind.CODE, (member_id,)  # a member has one code, the latest
        # The token that came from the code, if any: the trail names it by the code's ID (LISTED).
        yield ChangeKind.TOKEN, (member_id, code)
    if (link := entry.detail("link")) and entry.action is not Action.LINK_REVOKE:
        yield ChangeKind.LINK, (entry.engagement, link)


def _is_member_in_force(_facts: RuleFacts, member: Member, entry: Entry) -> bool:
    """Return whether the member is active and, after a change, still has the kind that the lead
    gave them with it."""
    has_kind = bool(entry.detail("former_kind")) and entry.detail("kind") == member.kind
    return member.suspended_at is None and (has_kind or entry.action is not Action.MEMBER_CHANGE)


def _is_token_working(facts: RuleFacts, token: Token, _: Entry) -> bool:
    owner = pick(facts.items, Member, token.member)
    return owner is not None and find_token_problem(token, owner, facts.now) is None


def _has_suspension_ended(facts: RuleFacts, secret: Enrolment | SetupLink, _: Entry) -> bool:
    """Return whether the suspension ended the lead's link or code. False if it ended earlier: by
    its expiry, its use or its revocation, or because the lead stopped being a lead."""
    maker = secret.made_by if isinstance(secret, Enrolment) else secret.created_by
    was_lead = facts.lead.leads_from is None or facts.lead.leads_from <= secret.created_at
    return maker == facts.lead.id and secret.is_valid(facts.now) and was_lead


def _is_grant_in_force(facts: RuleFacts, grant: Grant, entry: Entry) -> bool:
    """Return whether the grant is current or upcoming, and the lead's."""
    # If another lead has created the grant again since, the lead's grant is no longer in force.
    is_by_lead = grant.granted_by == facts.lead.id or entry.at >= grant.created_at
    return grant.is_current_or_upcoming(facts.now) and is_by_lead


def _is_approver_in_force(facts: RuleFacts, approver: ClientApprover, _: Entry) -> bool:
    """Return whether the person at the client waits for another lead to name them again: this lead
    named them, and no one at the client whose right does not rest on this lead has confirmed
    them."""
    rests_on_lead = approver.leads == (facts.lead.id,) and not approver.is_confirmed_for_good
    return approver.may_approve and rests_on_lead


def _is_override_in_force(facts: RuleFacts, role: Role, _: Entry) -> bool:
    override = role.override
    return override is not None and override.by == facts.lead.id and role.is_overridden(facts.now)


def _is_engagement_open(facts: RuleFacts, engagement: Engagement, entry: Entry) -> bool:
    """Return whether the engagement is not over and, after an import, still has the imported
    external ID."""
    is_import = entry.action is Action.ENGAGEMENT_IMPORT
    return not engagement.is_over(facts.now) and (not is_import or engagement.external_id_imported)


def _is_role_relaxed(_facts: RuleFacts, role: Role, entry: Entry) -> bool:
    """Return whether the role is in use, and is still less strict in a way in which this change
    relaxed it."""
    is_relaxed = {
        RoleRelaxation.CHAINING: role.allows_chaining,
        RoleRelaxation.NO_REASON: not role.requires_reason,
        RoleRelaxation.OTHER_ARN: role.arn == entry.detail("arn"),  # the ARN after the change
    }
    # `widened` names the relaxations. The entry of a new engagement does not have this detail: a
    # new role can only have allowed chaining.
    relaxations = entry.detail("widened").split() or [RoleRelaxation.CHAINING]
    return role.ended_at is None and any(
        still_relaxed
        for relaxation, still_relaxed in is_relaxed.items()
        if relaxation in relaxations
    )


def _has_admin_policy(facts: RuleFacts, role: Role, _: Entry) -> bool:
    """Return whether the role is in use and the client is still asked to grant administrator
    permissions."""
    # Imported here, because requests for sessions do not need it: they start faster without it.
    from chalicelib.domain.onboarding.setup.wildcards import grants_admin

    setup = pick(facts.items, RoleSetup, *role.key)
    policy = setup.permissions_policy if setup and role.ended_at is None else None
    return policy is not None and grants_admin(json.loads(policy))


RULES: Mapping[ChangeKind, tuple[type[Item], Callable[[RuleFacts, Any, Entry], bool]]] = {
    ChangeKind.OWN_GRANT: (Grant, _is_grant_in_force),
    ChangeKind.TOKEN: (Token, _is_token_working),
    ChangeKind.MEMBER: (Member, _is_member_in_force),
    ChangeKind.GRANT: (Grant, _is_grant_in_force),
    ChangeKind.APPROVER: (ClientApprover, _is_approver_in_force),
    ChangeKind.APPROVALS: (ApprovalPolicy, lambda _facts, policy, _entry: policy.allows_requests),
    ChangeKind.OVERRIDE: (Role, _is_override_in_force),
    ChangeKind.REOPENED: (Engagement, _is_engagement_open),
    ChangeKind.ROLE: (Role, _is_role_relaxed),
    ChangeKind.IMPORT: (Engagement, _is_engagement_open),
    ChangeKind.ADMIN_ROLE: (Role, _has_admin_policy),
    ChangeKind.LINK: (SetupLink, _has_suspension_ended),
    ChangeKind.CODE: (Enrolment, _has_suspension_ended),
}
"""For each kind of change: the type of the changed item, and the function that returns whether the
change is still in force, or ended with the suspension. The rule of MEMBER is that of every kind of
member: the stored member shows which."""

LISTED: Mapping[ChangeKind, tuple[str, Callable[[Any], str]]] = {
    ChangeKind.TOKEN: (
        "member",
        lambda token: secret_id_of(token.enrolment) if token.enrolment else token.id,
    ),
    ChangeKind.LINK: ("engagement", lambda link: link.id),
}
"""The kinds whose items must be looked up in a list, because their key is a hash, which the trail
does not contain. For each: the field with the item's owner, whose list is read, and the function
that returns the ID with which the trail names the item. For a token from a code, it is the code's
ID."""
