"""Declare what becomes of everything that a lead can set up when the lead is suspended.

What lets someone in ends with the suspension, or waits until someone else confirms it, or stays
and is listed, for the leads to review (docs/decisions/0075).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.usecases.people.lead_change_rules import ChangeKind


class AfterSuspension(StrEnum):
    """The effect of a lead's suspension on a change that the lead made."""

    ENDS = "ends"
    """It ends with the suspension itself, without a further write."""
    WAITS = "waits"
    """It lets no one in until someone else confirms it. Every decision reads the suspension."""
    REVIEWED = "reviewed"
    """It stays and is listed. Leads end it one by one."""


AFTER_SUSPENSION: Mapping[ChangeKind, AfterSuspension] = {
    ChangeKind.OWN_GRANT: AfterSuspension.REVIEWED,
    ChangeKind.TOKEN: AfterSuspension.REVIEWED,
    ChangeKind.LEAD: AfterSuspension.REVIEWED,
    ChangeKind.AUDITOR: AfterSuspension.REVIEWED,
    ChangeKind.MEMBER: AfterSuspension.REVIEWED,
    ChangeKind.GRANT: AfterSuspension.REVIEWED,
    ChangeKind.APPROVER: AfterSuspension.WAITS,
    ChangeKind.APPROVALS: AfterSuspension.WAITS,
    ChangeKind.OVERRIDE: AfterSuspension.REVIEWED,
    ChangeKind.REOPENED: AfterSuspension.REVIEWED,
    ChangeKind.ROLE: AfterSuspension.REVIEWED,
    ChangeKind.IMPORT: AfterSuspension.REVIEWED,
    ChangeKind.ADMIN_ROLE: AfterSuspension.REVIEWED,
    ChangeKind.LINK: AfterSuspension.ENDS,
    ChangeKind.CODE: AfterSuspension.ENDS,
}


LETS_IN: Mapping[str, tuple[ChangeKind, ...]] = {
    "grant": (ChangeKind.OWN_GRANT, ChangeKind.GRANT),
    "token": (ChangeKind.TOKEN,),
    "member": (ChangeKind.LEAD, ChangeKind.AUDITOR, ChangeKind.MEMBER),
    "client-approver": (ChangeKind.APPROVER,),
    "approval-policy": (ChangeKind.APPROVALS,),
    "role": (ChangeKind.OVERRIDE, ChangeKind.ROLE),
    "engagement": (ChangeKind.REOPENED, ChangeKind.IMPORT),
    "setup": (ChangeKind.ADMIN_ROLE,),
    "link": (ChangeKind.LINK,),
    "enrolment": (ChangeKind.CODE,),
}
"""The stored items with which a lead can let someone in, and the kinds of their changes."""

_OWN = "It is the lead's own, and ends with their tokens."
_ACCESS = "It ends with the lead, or with the grant, member or engagement that it belongs to."
_RECORD = "It records what happened, or the progress of a job. It lets no one in."
_TAKES_AWAY = "It only takes access away."
LETS_NO_ONE_IN: Mapping[str, str] = {
    "approved-grant": "If the lead approved it, it is revoked with them.",
    "given-approval": "With this record, the suspension finds what the lead approved.",
    "request": "The lead's approval of a request that waits does not count any more.",
    "last-request": _RECORD,
    "emergency": _RECORD,
    "emergency-lock": _ACCESS,
    "approver-link": "Daypass mails it to the approver. It opens what the approver may do.",
    "access-link": _OWN,
    "web-link": _OWN,
    "web-session": _OWN,
    "used-form": _RECORD,
    "binding-code": _OWN,
    "identity": "It ends with the token that it stands for.",
    "leads": "It lists the active leads only.",
    "external-id": "It only reserves an ID.",
    "stop": _TAKES_AWAY,
    "block": _TAKES_AWAY,
    "pause-codes": _TAKES_AWAY,
    "mailbox": "It holds mails that wait. Only Daypass's own function writes it.",
    "cut-off": _TAKES_AWAY,
    "cut-off-proof": _RECORD,
    "many-sessions": _RECORD,
    "sweep": _RECORD,
    "notified": _RECORD,
    "job-run": _RECORD,
    "task": _RECORD,
    "seen": _RECORD,
    "overview": _RECORD,
    "overview-unused": _RECORD,
    "overview-uses": _RECORD,
}
"""The other stored items, and why nothing has to become of them with a lead's suspension."""
