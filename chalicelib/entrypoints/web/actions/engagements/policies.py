"""The web console's action on approval policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from chalicelib.domain.errors import Conflict
from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.moments import describe_duration
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import (
    AnswerSeconds,
    ApprovalPolicy,
    ChangeApprovalPolicy,
    EscalationSeconds,
    PeopleCount,
)
from chalicelib.domain.requests.requests import AccessSeconds
from chalicelib.domain.requests.tickets import TicketPattern, TicketUrl
from chalicelib.domain.text import constrain_line
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    FormField,
    Typed,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import build_field, checkbox, hidden, with_typed
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.requests import policies

PEOPLE_OPTIONS = (("0", "No one at the firm"), ("1", "One of them"), ("2", "Two of them"))
_HOUR = 3600
LONGEST_OPTIONS = {
    _HOUR: "1 hour",
    2 * _HOUR: "2 hours",
    4 * _HOUR: "4 hours",
    8 * _HOUR: "8 hours",
    24 * _HOUR: "24 hours",
}
ANSWER_OPTIONS = {
    900: "15 minutes",
    _HOUR: "1 hour",
    4 * _HOUR: "4 hours",
    24 * _HOUR: "24 hours",
    7 * 24 * _HOUR: "7 days",
}
OTHERS_OPTIONS = {300: "5 minutes", 600: "10 minutes", 1800: "30 minutes", _HOUR: "1 hour"}


class PolicyForm(Request, frozen=True, kw_only=True):
    """The form that changes an approval policy. It sends every field, changed or not."""

    engagement: EngagementId
    role: RoleName = ""
    """Empty: every role without a policy of its own."""
    version: int
    """The version of the policy that the form showed. 0: the role had none of its own."""
    leads: bool = False
    members: Annotated[str, constrain_line(700)] = ""
    """The members' IDs, separated by spaces or commas."""
    people: PeopleCount = 0
    client: bool = False
    sensitive: bool = False
    first_approver: MemberId = ""
    others_after: EscalationSeconds
    answer_within: AnswerSeconds
    longest: AccessSeconds
    ticket_pattern: TicketPattern = ""
    ticket_url: TicketUrl = ""
    notify_client_of_emergencies: bool = False


@web_action(
    "change-approval-policy",
    heading="Change the approval policy of",
    button="Change the policy",
    done="The policy is changed.",
    kinds=LEADS,
    action=Action.APPROVAL_POLICY_CHANGE,
    form=PolicyForm,
    lets_in=True,
)
def change_approval_policy(web: WebRequest, form: PolicyForm) -> ActionResult:
    """Change what the form changes, unless someone else changed the policy meanwhile."""
    current, version = _read_policy(web, form.engagement, form.role)
    changes = _list_changes(form, current)
    if changes:
        if version != form.version:
            raise Conflict(Reason.CHANGED_MEANWHILE)
        change = parse(ChangeApprovalPolicy, changes)
        policies.change_policy(web.ports, web.caller, form.engagement, form.role, change)
    return go_to(f"engagements/{form.engagement}/approvals")


def _read_policy(web: WebRequest, engagement: str, role: str) -> tuple[ApprovalPolicy, int]:
    """Return the policy in force, and the version of the role's own policy, or 0."""
    policy = policies.find_policy(web.ports, engagement, role)
    stored = policies.read_policies(web.ports, engagement, role).get(role)
    return policy, stored.version if stored is not None else 0


def _list_changes(form: PolicyForm, current: ApprovalPolicy) -> dict[str, Any]:
    """Return the fields of the API's request that make the policy what the form says."""
    plain = (
        "leads",
        "people",
        "client",
        "sensitive",
        "others_after",
        "answer_within",
        "longest",
        "notify_client_of_emergencies",
    )
    fields = {name: getattr(form, name) for name in plain}
    changes = {name: value for name, value in fields.items() if value != getattr(current, name)}
    members = sorted(set(form.members.replace(",", " ").split()))
    if members != sorted(current.members):
        changes["members"] = members
    if not form.ticket_pattern and not form.ticket_url and current.ticket_pattern:
        changes["no_ticket"] = True
    for name in ("first_approver", "ticket_pattern", "ticket_url"):
        if getattr(form, name) and getattr(form, name) != getattr(current, name):
            changes[name] = getattr(form, name)
    if not form.first_approver and current.first_approver:
        changes["all_at_once"] = True
    return changes


@change_approval_policy.page
def show_change_approval_policy(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the policy in force, and the exact effect."""
    engagement, role = typed.get("engagement", ""), typed.get("role", "")
    policy, version = _read_policy(web, engagement, role)
    target = f"{engagement}/{role}" if role else f"every role of {engagement} without its own"
    copied = role and version == 0
    return ActionPage(
        target=f"{engagement}/{role}" if role else engagement,
        effect=(
            f"This decides who approves requests for {target}, and within which limits.",
            *(
                ("The role gets a policy of its own, which begins as a copy of the engagement’s.",)
                if copied
                else ()
            ),
            "Requests that wait are decided under the new policy. Access that was approved stays.",
            "The leads are alerted if the policy becomes less strict.",
        ),
        fields=with_typed(
            typed,
            (
                hidden("engagement", engagement),
                hidden("role", role),
                hidden("version", str(version)),
                *_approver_fields(policy),
                *_limit_fields(policy),
            ),
        ),
    )


def _approver_fields(policy: ApprovalPolicy) -> tuple[FormField, ...]:
    """Return the fields that say who approves."""
    return (
        build_field(
            "people",
            "People at the firm who must approve",
            "select",
            value=str(policy.people),
            options=PEOPLE_OPTIONS,
        ),
        checkbox("leads", "Every lead may approve", is_set=policy.leads),
        build_field(
            "members",
            "Members who may approve",
            value=" ".join(sorted(policy.members)),
            required=False,
            hint="Their IDs, with spaces between them.",
        ),
        checkbox(
            "client",
            "The client’s approver must approve, too",
            is_set=policy.client,
            hint="Name an approver first.",
        ),
        checkbox(
            "sensitive",
            "Sensitive: a press of a button in Slack does not approve",
            is_set=policy.sensitive,
        ),
        build_field(
            "first_approver",
            "First approver",
            value=policy.first_approver or "",
            required=False,
            hint="The ID of the person who is notified before the others. Empty: all at once.",
        ),
        _seconds("others_after", "The others are notified after", OTHERS_OPTIONS, policy),
    )


def _limit_fields(policy: ApprovalPolicy) -> tuple[FormField, ...]:
    """Return the fields that limit requests."""
    return (
        _seconds("longest", "Longest access", LONGEST_OPTIONS, policy),
        _seconds("answer_within", "A request expires after", ANSWER_OPTIONS, policy),
        build_field(
            "ticket_pattern",
            "Form of the ticket",
            value=policy.ticket_pattern or "",
            required=False,
            hint="Such as OPS-#, with # for digits. Empty: a request needs no ticket.",
        ),
        build_field(
            "ticket_url",
            "URL of a ticket",
            value=policy.ticket_url or "",
            required=False,
            hint="With {ticket} in the place of the ticket.",
        ),
        checkbox(
            "notify_client_of_emergencies",
            "Tell the client’s approvers and contacts of each emergency",
            is_set=policy.notify_client_of_emergencies,
        ),
    )


def _seconds(
    name: str, label: str, options: Mapping[int, str], policy: ApprovalPolicy
) -> FormField:
    """Return a choice of durations, with the policy's own among them."""
    value: int = getattr(policy, name)
    choices = {value: describe_duration(value), **options}
    shown = tuple((str(seconds), text) for seconds, text in sorted(choices.items()))
    return build_field(name, label, "select", value=str(value), options=shown)
