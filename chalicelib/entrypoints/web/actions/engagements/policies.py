"""The web console's action on approval policies."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict
from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import (
    AnswerSeconds,
    ApprovalPolicy,
    ChangeApprovalPolicy,
    EscalationSeconds,
    PeopleCount,
    TicketPattern,
    TicketUrl,
)
from chalicelib.domain.requests.requests import AccessSeconds
from chalicelib.domain.text import constrain_line
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.entrypoints.web.actions.declared import (
    CHANGED,
    ActionPage,
    web_action,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.requests import policies

PEOPLE_OPTIONS = (("0", "No one at the firm"), ("1", "One of them"), ("2", "Two of them"))


class PolicyForm(Request):
    """The form that changes an approval policy. It sends every field, changed or not."""

    engagement: EngagementId
    role: RoleName = ""
    """Empty for the policy of every role without a policy of its own."""
    version: int
    """The version of the policy that the form showed. 0 if the role had none of its own."""
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


def _find_policy(web: WebRequest, engagement: str, role: str) -> ApprovalPolicy:
    """Return the policy in force, with the version of the role's own policy, or 0."""
    policy = policies.find_policy(web.ports, engagement, role)
    own = policies.read_policies(web.ports, engagement, role).get(role)
    return replace(policy, role=role, version=own.version if own is not None else 0)


def _change_policy(web: WebRequest, form: PolicyForm) -> None:
    """Make the form's changes to the policy. If the policy waits for another lead, save it even
    without changes. Raise Conflict if someone else changed the policy meanwhile."""
    current = _find_policy(web, form.engagement, form.role)
    changes = _list_changes(form, current)
    if not changes and policies.waits_for_a_lead(web.ports, current):
        changes = {"people": current.people}  # a request must have a field
    if changes:
        if current.version != form.version:
            raise Conflict(Reason.CHANGED_MEANWHILE, CHANGED)
        change = parse(ChangeApprovalPolicy, changes)
        policies.change_policy(web.ports, web.caller, form.engagement, change, form.role)


_CLEARED_BY = {
    "first_approver": "all_at_once",
    "ticket_pattern": "no_ticket",
    "ticket_url": "no_ticket",
}
"""The field of the API's request that clears each text."""


def _list_changes(form: PolicyForm, current: ApprovalPolicy) -> dict[str, Any]:
    """Return the fields of the API's request that make the policy what the form says.

    The request cannot have an empty text. To clear a stored one, it has a flag: `all_at_once` for
    `first_approver`, and `no_ticket` for the ticket's pattern and URL (`_CLEARED_BY`).
    """
    names = (name for name in ChangeApprovalPolicy.__struct_fields__ if hasattr(form, name))
    sent = {name: getattr(form, name) for name in names}
    sent["members"] = sorted(set(form.members.replace(",", " ").split()))
    # None in the stored policy is the same as an empty field of the form.
    stored = {name: getattr(current, name) or type(value)() for name, value in sent.items()}
    stored["members"] = sorted(current.members)
    changes = {name: value for name, value in sent.items() if value != stored[name]}
    cleared = {name for name, value in changes.items() if value == ""}
    if "ticket_url" in cleared and form.ticket_pattern:
        changes["ticket_pattern"] = form.ticket_pattern  # or else `no_ticket` clears it too
    kept = {name: value for name, value in changes.items() if name not in cleared}
    return kept | {_CLEARED_BY[name]: True for name in cleared}


@web_action(
    "change-approval-policy",
    "Change the approval policy of",
    "Change the policy",
    "The policy is changed.",
    Action.APPROVAL_POLICY_CHANGE,
    PolicyForm,
    perform=_change_policy,
    find=_find_policy,
    grants_access=True,
    labels={
        "people": "People at the firm who must approve",
        "leads": "Every lead may approve",
        "members": ("Members who may approve", "Their IDs, with spaces between them."),
        "client": ("An approver at the client must also approve", "Name an approver first."),
        "sensitive": "Sensitive: a button in Slack cannot approve a request",
        "first_approver": (
            "First approver",
            "The ID of the person to notify first. Leave empty to notify everyone together.",
        ),
        "others_after": "The others are notified after",
        "longest": "Longest access",
        "answer_within": "A request expires after",
        "ticket_pattern": (
            "Ticket format",
            (
                "For example, OPS-#, where # stands for digits. Leave empty if requests need no"
                " ticket."
            ),
        ),
        "ticket_url": ("Ticket URL", "Use {ticket} as the placeholder for the ticket."),
        "notify_client_of_emergencies": (
            "Notify the client’s approvers and contacts of each emergency",
            "",
        ),
    },
    then="engagements/{engagement}/approvals",
)
def _(web: WebRequest, policy: ApprovalPolicy) -> ActionPage:
    engagement, role = policy.engagement, policy.role
    target = f"{engagement}/{role}" if role else f"every role of {engagement} without its own"
    return ActionPage(
        effect=(
            f"This sets who can approve requests for {target}, and with what limits.",
            *(
                (
                    (
                        "The role gets its own policy, which starts as a copy of the engagement’s"
                        " policy."
                    ),
                )
                if role and policy.version == 0
                else ()
            ),
            (
                "The new policy also applies to pending requests. Access that was already approved"
                " is not affected."
            ),
            "The leads are alerted if the policy becomes less strict.",
        ),
        warning=(
            "A lead who saved this policy was suspended, so no one can approve under it. Saving it"
            " lets its approvers approve again, even if you change nothing."
        )
        if policies.waits_for_a_lead(web.ports, policy)
        else "",
        stored=policy,
        options={"people": PEOPLE_OPTIONS},
    )
