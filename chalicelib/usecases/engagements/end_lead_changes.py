"""End what a suspended lead set up and that still works."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, DaypassError
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Operation
from chalicelib.domain.values import Inline, Value
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.engagements import close_engagement
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.engagements.roles import end_override
from chalicelib.usecases.people.lead_change_rules import ChangeKind, LeadChange
from chalicelib.usecases.people.lead_changes import lead_changes
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import record

BUDGET = timedelta(seconds=12)
"""A function has 25 s, and the last change that is begun may take a few."""
MOST_SHOWN = 200
"""Items of each list: the answer must not outgrow what Lambda can return."""

DEAD = frozenset({ChangeKind.LINK, ChangeKind.CODE})
"""These died with the suspension."""


class NotEnded(Value, frozen=True):
    """A change that could not be ended, and why."""

    deed: Inline[LeadChange]
    reason: Reason
    detail: str


class EndedLeadChanges(Value, frozen=True, kw_only=True):
    """A lead's changes that were ended, that could not be, and that are left for people."""

    ended: Annotated[
        tuple[LeadChange, ...],
        Meta(
            description="Ended by this call, each with an entry on the trail: grants and tokens are"
            " revoked, overrides ended, engagements closed that would be over but for the lead."
        ),
    ]
    failed: Annotated[
        tuple[NotEnded, ...], Meta(description="These still work. Call again, or end each by hand.")
    ]
    left: Annotated[
        tuple[LeadChange, ...],
        Meta(
            description="These still stand, and only people can judge them: members, leads and"
            " auditors, less strict roles, imported external IDs, what clients are asked for, and"
            " the token that you came with."
        ),
    ]
    dead: Annotated[
        tuple[LeadChange, ...],
        Meta(description="Links and codes: they work no longer since the suspension."),
    ]
    is_complete: Annotated[
        bool, Meta(description="Whether all of it was looked at and tried. If not, call again.")
    ]
    sessions: Annotated[
        Revocation | None,
        Meta(description="The sessions that may be alive of what was ended; null if nothing was."),
    ]


def end_lead_changes(ports: Ports, lead: Caller, member: str, *, why: str) -> EndedLeadChanges:
    """End what the suspended member set up as a lead in the last 90 days and that still works.

    NotFound for an unknown member, Conflict for one who is not suspended.
    """
    suspended = find_member(ports, member)
    if suspended.suspended_at is None:
        raise Conflict(Reason.NOT_ENDED, "This member is not suspended. Suspend them first.")
    began_at = ports.now()
    found = lead_changes(ports, suspended)
    ended: list[LeadChange] = []
    failed: list[NotEnded] = []
    left: list[LeadChange] = []
    revocations: list[Revocation] = []
    is_complete = found.is_complete
    for deed in found.deeds:
        end = _end_of(ports, lead, deed, member, why)
        if deed.what in DEAD:
            continue
        if end is None:
            left.append(deed)
        elif len(ended) == MOST_SHOWN or ports.now() - began_at > BUDGET:
            is_complete = False
        else:
            try:
                revocations.append(end())
                ended.append(deed)
            except DaypassError as error:
                failed.append(NotEnded(deed, error.reason, error.detail))
    details = {"ended": str(len(ended)), "failed": str(len(failed)), "left": str(len(left))}
    details["said"] = why
    record(ports, lead, Operation(action=Action.LEAD_CHANGES_END, subject=member, details=details))
    return EndedLeadChanges(
        ended=tuple(ended),
        failed=tuple(failed[:MOST_SHOWN]),
        left=tuple(left[:MOST_SHOWN]),
        dead=tuple(deed for deed in found.deeds if deed.what in DEAD)[:MOST_SHOWN],
        is_complete=is_complete and len(left) <= MOST_SHOWN,
        sessions=_together(revocations),
    )


def _end_of(
    ports: Ports, lead: Caller, deed: LeadChange, member: str, why: str
) -> Callable[[], Revocation] | None:
    """Return the call that ends this deed, or None if people have to judge it."""
    match deed.what:
        case ChangeKind.OWN_GRANT | ChangeKind.GRANT:
            # Also one that the lead only changed: what it had been is not known to be right.
            return lambda: revoke_grant(ports, lead, deed.engagement, deed.member, why=why)
        case ChangeKind.TOKEN if deed.id != lead.token.id:
            return lambda: revoke_token(ports, lead, deed.member, deed.id, why=why)
        case ChangeKind.OVERRIDE:
            return lambda: end_override(ports, lead, deed.engagement, deed.role, by=member, why=why)
        case ChangeKind.REOPENED:
            return lambda: close_engagement(ports, lead, deed.engagement, why=why)
    return None


def _together(revocations: list[Revocation]) -> Revocation | None:
    """Return one answer for all, which like each of them lists 200 sessions at most."""
    if not revocations:
        return None
    sessions = {session.vend: session for one in revocations for session in one.sessions}
    ordered = sorted(sessions.values(), key=lambda session: session.ends_by, reverse=True)
    together = Revocation.of(
        tuple(ordered),
        revoked_at=max(one.revoked_at for one in revocations),
        cut_off_at=max(one.cut_off_at for one in revocations),
    )
    unwritten = [one.changes_until for one in revocations if one.changes_until is not None]
    return replace(together, changes_until=max(unwritten, default=None))
