"""Say in words what a former lead set up."""

from __future__ import annotations

from chalicelib.usecases.people.lead_change_rules import ChangeKind

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
