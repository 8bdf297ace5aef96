"""End the changes of a suspended lead that are still in force, such as grants and tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.errors import Conflict, DaypassError
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Operation
from chalicelib.domain.values import Inline, Value
from chalicelib.domain.vending.sessions import Revocation, merge_revocations
from chalicelib.usecases.engagements.engagements import close_engagement
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.engagements.roles import end_override
from chalicelib.usecases.people.lead_change_rules import ChangeKind, LeadChange
from chalicelib.usecases.people.lead_changes import find_lead_changes
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.people.suspended_leads import AfterSuspension, select_kinds
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import record

TIME_TO_BEGIN_ENDING = timedelta(seconds=12)
"""After this time, a call does not begin to end another change. The Lambda function has 25 s, and
ending one change may take a few seconds."""
MAX_SHOWN = 200
"""The most items of each list, so that Lambda can return the response."""

KINDS_ALREADY_INVALID = select_kinds(AfterSuspension.ENDS)
"""Kinds of changes that the suspension itself made invalid."""
KINDS_ENDED = select_kinds(AfterSuspension.ENDED_BY_CALL)
"""Kinds of changes that a call ends. The caller reviews the others."""


class NotEnded(Value, frozen=True):
    """A change that could not be ended, and the reason."""

    change: Inline[LeadChange]
    reason: Reason
    """The reason, as a stable code for programs."""
    detail: str
    """The reason, in sentences."""


class EndedLeadChanges(Value, frozen=True, kw_only=True):
    """The changes of a suspended lead, grouped by their result."""

    ended: Annotated[
        tuple[LeadChange, ...],
        Meta(
            description="The lead's changes that this call ended, each with an entry on the trail."
            " The call revokes grants and tokens, ends overrides, and closes engagements that the"
            " lead reopened."
        ),
    ]
    failed: Annotated[
        tuple[NotEnded, ...],
        Meta(
            description="The lead's changes that this call could not end, each with the reason."
            " These changes are still in force. Call again, or end each change yourself."
        ),
    ]
    needs_review: Annotated[
        tuple[LeadChange, ...],
        Meta(
            description="The lead's changes that are still in force and that Daypass does not end."
            " Review each change yourself: new members, leads and auditors, less strict roles,"
            " imported external IDs, permissions requested from clients, and the token that you"
            " made this call with. Approvers at clients and approval policies let no one in until"
            " another lead names the approver again, or saves the policy again."
        ),
    ]
    already_invalid: Annotated[
        tuple[LeadChange, ...],
        Meta(description="The lead's links and codes that the suspension itself made invalid."),
    ]
    is_complete: Annotated[
        bool,
        Meta(
            description="True if this call read and handled all changes of the lead. If false, call"
            " again."
        ),
    ]
    sessions: Annotated[
        Revocation | None,
        Meta(
            description="The sessions that may still be alive under the changes that this call"
            " ended. null if this call ended no change."
        ),
    ]


def end_lead_changes(ports: Ports, lead: Caller, member: str, *, why: str) -> EndedLeadChanges:
    """End the changes that the suspended member made as a lead in the last 90 days, and return each
    with its result.

    Only changes that are still in force count. A call ends at most 200 changes, and begins none
    after 12 seconds. Then `is_complete` is false, and another call continues. Raise NotFound for
    an unknown member, and Conflict for a member who is not suspended.
    """
    suspended = find_member(ports, member)
    if suspended.suspended_at is None:
        raise Conflict(Reason.NOT_ENDED, "This member is not suspended. Suspend them first.")
    began_at = ports.now()
    changes = find_lead_changes(ports, suspended)
    ended: list[LeadChange] = []
    failed: list[NotEnded] = []
    needs_review: list[LeadChange] = []
    revocations: list[Revocation] = []
    is_complete = changes.is_complete
    for change in changes.changes:
        end_change = _find_ending_function(ports, lead, change, member, why)
        if change.kind in KINDS_ALREADY_INVALID:
            continue
        if end_change is None:
            needs_review.append(change)
        elif len(ended) == MAX_SHOWN or ports.now() - began_at > TIME_TO_BEGIN_ENDING:
            is_complete = False
        else:
            try:
                revocations.append(end_change())
                ended.append(change)
            except DaypassError as error:
                failed.append(NotEnded(change, error.reason, error.detail))
    counts = {"ended": len(ended), "failed": len(failed), "left": len(needs_review)}
    details = {name: str(count) for name, count in counts.items()} | {"said": why}
    record(ports, lead, Operation(action=Action.LEAD_CHANGES_END, subject=member, details=details))
    return EndedLeadChanges(
        ended=tuple(ended),
        failed=tuple(failed[:MAX_SHOWN]),
        needs_review=tuple(needs_review[:MAX_SHOWN]),
        already_invalid=tuple(
            change for change in changes.changes if change.kind in KINDS_ALREADY_INVALID
        )[:MAX_SHOWN],
        is_complete=is_complete and max(len(needs_review), len(failed)) <= MAX_SHOWN,
        sessions=merge_revocations(revocations),
    )


def _find_ending_function(
    ports: Ports, lead: Caller, change: LeadChange, member: str, why: str
) -> Callable[[], Revocation] | None:
    """Return a function that ends this change, or None if Daypass does not end it.

    `member` is the suspended lead, and `lead` is the caller who ends the change.
    """
    match change.kind:
        case ChangeKind.OWN_GRANT | ChangeKind.GRANT:
            # Revoke the grant even if the lead only changed it, because the same lead may have made
            # its earlier state wrong too.
            return lambda: revoke_grant(ports, lead, change.engagement, change.member, why=why)
        case ChangeKind.TOKEN if change.id != lead.token.id:
            return lambda: revoke_token(ports, lead, change.member, change.id, why=why)
        case ChangeKind.OVERRIDE:
            return lambda: end_override(
                ports, lead, change.engagement, change.role, made_by=member, why=why
            )
        case ChangeKind.REOPENED:
            return lambda: close_engagement(ports, lead, change.engagement, why=why)
    return None
