"""Say in words what a former lead set up, and where to end it."""

from __future__ import annotations

from chalicelib.domain.values import Value
from chalicelib.usecases.engagements.end_lead_changes import KINDS_ENDED
from chalicelib.usecases.people.lead_change_rules import ChangeKind, LeadChange

TEXTS = {
    ChangeKind.OWN_GRANT: "They gave themself a grant.",
    ChangeKind.TOKEN: "A token came from a code of theirs, and works.",
    ChangeKind.LEAD: "They made someone a lead, or reinstated them.",
    ChangeKind.AUDITOR: "They made someone an auditor, who can read the whole trail.",
    ChangeKind.MEMBER: "They created a member, or reinstated one.",
    ChangeKind.GRANT: "They gave someone a grant.",
    ChangeKind.APPROVER: "They named an approver at the client, who does not count until another"
    " lead names them again, or someone at the client confirms them.",
    ChangeKind.APPROVALS: "They changed who approves requests. If no other lead has changed it"
    " since, no one approves by it until one saves it again.",
    ChangeKind.OVERRIDE: "They let Daypass issue sessions from an unverified role.",
    ChangeKind.REOPENED: "They reopened the engagement, or moved its end after it was over.",
    ChangeKind.ROLE: "They made a role less strict: its sessions may assume further roles, need"
    " no reason, or come from another ARN.",
    ChangeKind.IMPORT: "They imported the external ID, which is still in use.",
    ChangeKind.ADMIN_ROLE: "The client is asked to give this role administrator permissions.",
    ChangeKind.LINK: "A link to a client’s page, which no longer works.",
    ChangeKind.CODE: "An unused enrolment code, which no longer works.",
}


class ChangeRow(Value, frozen=True, kw_only=True):
    """A change as the page shows it."""

    change: LeadChange
    text: str
    is_ended_by_daypass: bool
    """True if the action "End what they set up" ends it. Review every other change yourself."""


def describe_change(change: LeadChange) -> ChangeRow:
    """Return the change with its text."""
    return ChangeRow(
        change=change,
        text=TEXTS[change.kind],
        is_ended_by_daypass=change.kind in KINDS_ENDED,
    )


def describe_ending(change: LeadChange) -> str:
    """Return a sentence on how Daypass ends this change."""
    match change.kind:
        case ChangeKind.OWN_GRANT | ChangeKind.GRANT:
            return f"Daypass revokes the grant of {change.member} for {change.engagement}."
        case ChangeKind.TOKEN:
            return f"Daypass revokes the token {change.id} of {change.member}."
        case ChangeKind.OVERRIDE:
            return f"Daypass ends the override of {change.role} in {change.engagement}."
        case ChangeKind.REOPENED:
            return f"Daypass closes {change.engagement} again."
    return TEXTS[change.kind]
