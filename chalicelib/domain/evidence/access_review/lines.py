"""The lines of an access review's files: who has access to what, each decision, and leavers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from chalicelib.domain.engagements.engagements import Engagement, Grant, describe_roles
from chalicelib.domain.engagements.reviews import Decision
from chalicelib.domain.evidence.access_review.files import (
    AFTER,
    BEFORE,
    DECISIONS,
    LEAVERS,
    Line,
    ReviewPeriod,
    build_line,
)
from chalicelib.domain.evidence.access_review.replay import (
    EngagementReplay,
    MemberReplay,
    OpenedAccess,
    Suspension,
)
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.rows import cell_text
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Value

LATE = timedelta(hours=24)
"""A leaver's grant that stayed in force longer than this after the suspension is marked as late."""
RIGHTS = {
    Kind.LEAD: "manages members, engagements and grants; reads the trail",
    Kind.AUDITOR: "reads the trail",
}
"""The rights in Daypass itself, which need no grant."""


R = TypeVar("R", MemberReplay, EngagementReplay)
FindUse = Callable[[str, str, datetime], str]
"""Return, as text, when a member last used an engagement before a time. The parameters are the
engagement's ID, the member's ID and the time."""
Cells = dict[str, object]
"""Values of a line, by the headings of its file."""


class History(Value, Generic[R], kw_only=False):
    """A member or an engagement, as it was at both ends of a review's period, and now."""

    before: R
    after: R
    now: R

    @classmethod
    def read(
        cls, replay: Callable[[Iterable[Entry]], R], entries: Sequence[Entry], period: ReviewPeriod
    ) -> History[R]:
        """Return the history that the entries tell. The earliest entry comes first."""
        return cls(
            before=replay(each for each in entries if each.at < period.since),
            after=replay(each for each in entries if each.at < period.until),
            now=replay(entries),
        )


MemberHistory = History[MemberReplay]
EngagementHistory = History[EngagementReplay]


def list_member(history: MemberHistory, period: ReviewPeriod) -> Iterator[Line]:
    """Yield a line for the member's rights in Daypass itself at each end of the period, and one for
    each suspension in it."""
    for file, replay in ((BEFORE, history.before), (AFTER, history.after)):
        member = replay.member
        if member is not None and member.kind in RIGHTS:
            cells = _name(member) | {
                "Access": RIGHTS[member.kind],
                "By": "kind",
                "State": "suspended" if member.suspended_at else "in force",
                "Since": member.kind_since,
                "Granted by": replay.kind_by,
            }
            yield build_line(file, cells)
    member = history.after.member
    for each in history.after.suspensions:
        if member is not None and period.includes(each.at):
            access = {"Access": "Daypass itself", "Access ended": each.at}
            yield build_line(LEAVERS, _name(member) | _describe_suspension(each) | access)


def _name(member: Member) -> Cells:
    return {"Member": member.id, "Name": member.name, "Kind": member.kind.value}


def _describe_suspension(suspension: Suspension) -> Cells:
    """Return the cells of a leaver's line that say when the member was suspended."""
    return {
        "Suspended": suspension.at,
        "Left": suspension.left_at,
        "Reinstated": suspension.ended_at,
    }


def list_engagement(
    history: EngagementHistory,
    members: Mapping[str, MemberHistory],
    period: ReviewPeriod,
    find_use: FindUse,
) -> Iterator[Line]:
    """Yield the lines about the engagement: each access at both ends of the period, each decision
    in it, and each access of a member who was suspended in it."""
    sides = ((BEFORE, history.before, period.since), (AFTER, history.after, period.until))
    decisions = [each for each in history.after.reviews if period.includes(each[0].at)]
    for file, replay, moment in sides:
        opened: dict[str, list[OpenedAccess]] = {}
        for access in replay.list_opened(moment):
            opened.setdefault(access.member, []).append(access)
        for grant in replay.list_grants(moment):
            of_member = members[grant.member]
            person = of_member.before if file is BEFORE else of_member.after
            # Only if the trail lacks the entry that created the member or the engagement.
            if person.member is None or replay.engagement is None:
                continue
            about = [e for e, g in decisions if _is_same(g, grant)]
            last_use = find_use(grant.engagement, grant.member, moment)
            # `list_opened` returns only access of members in `list_grants`, so none is left out.
            for access in (None, *opened.get(grant.member, ())):  # None is the grant itself
                # `tokens_from` is the time of the member's last suspension or reinstatement, which
                # ended the access that had been opened before it.
                if access is None or access.opened_at >= person.member.tokens_from:
                    cells = _describe_access(
                        replay, replay.engagement, grant, person.member, access, moment
                    )
                    decision = _describe_decision(about) if access is None else {}
                    yield build_line(file, cells | {"Last session": last_use} | decision)
    for entry, grant in decisions:
        yield _build_decision_line(entry, grant, history.after)
    for member in sorted(history.after.members):
        yield from _list_leaver_lines(history.after, members[member].after, period)


def _is_same(grant: Grant, other: Grant) -> bool:
    """Return whether these are two states of one grant in an engagement."""
    return (grant.member, grant.created_at) == (other.member, other.created_at)


def _describe_access(
    replay: EngagementReplay,
    engagement: Engagement,
    grant: Grant,
    member: Member,
    opened: OpenedAccess | None,
    moment: datetime,
) -> Cells:
    """Return the cells of the grant's line or, with `opened`, of the line of the access that a
    request or an emergency opened under the grant."""
    change = replay.last_changes.get(grant.member)
    starts_at = max(grant.starts_at, engagement.starts_at)
    ends_at = min(grant.ends_at, engagement.ends_at)
    if opened is None:
        # If the client must approve access, every role is on request.
        on_request = grant.roles if engagement.requires_client_approval else grant.on_request
        cells: Cells = {
            "Access": describe_roles(
                grant.roles, on_request & grant.roles, grant.emergency & grant.roles
            ),
            "By": "grant",
            "Since": grant.created_at,
        }
    else:
        starts_at, ends_at = max(starts_at, opened.starts_at), min(ends_at, opened.ends_at)
        cells = {
            "Access": opened.role,
            "By": f"{'emergency' if opened.is_emergency else 'request'} {opened.request}",
            "Since": opened.opened_at,
            "Approved by": opened.approved_by,
        }
    return {
        **_name(member),
        **cells,
        "Engagement": engagement.id,
        "Client": engagement.client,
        "State": _describe_state(member, starts_at, moment),
        "Starts": starts_at,
        "Until": ends_at,
        "Granted by": grant.granted_by,
        "Last changed": change and change.at,
        "Changed by": change and change.actor,
    }


def _describe_state(member: Member, starts_at: datetime, moment: datetime) -> str:
    """Return the state that this member's access had at that moment."""
    if member.suspended_at is not None:
        return "suspended"
    if member.kind is Kind.AUDITOR:
        return "auditors cannot get sessions"
    return "in force" if starts_at <= moment else "starts later"


def _describe_decision(about: Sequence[Entry]) -> Cells:
    """Return the cells of the last of these decisions about a grant."""
    if not about:
        return {"Decision": "none"}
    entry = about[-1]
    return {
        "Decision": entry.detail("decision"),
        "Decided": entry.at,
        "Decided by": entry.actor,
        "Reason": entry.detail("said"),
    }


def _build_decision_line(entry: Entry, grant: Grant, at_end: EngagementReplay) -> Line:
    """Return the line of a decision, with its effect on the grant until the end of the period.
    `at_end` is the engagement at that end."""
    decision = entry.detail("decision")
    ended_at = next(
        (g.revoked_at for g in at_end.grants_of(grant.member) if _is_same(g, grant)), None
    )
    effect = "kept"
    if decision == Decision.END:
        effect = f"revoked {cell_text(ended_at)}" if ended_at else "not revoked in this time"
    cells = _describe_decision([entry]) | {
        "Member": grant.member,
        "Engagement": grant.engagement,
        "Access": describe_roles(grant.roles, grant.on_request, grant.emergency),
        "Effect": effect,
        "Entry": entry.id,
    }
    return build_line(DECISIONS, cells)


def _list_leaver_lines(
    replay: EngagementReplay, person: MemberReplay, period: ReviewPeriod
) -> Iterator[Line]:
    """Yield the leaver's lines about this engagement: for each suspension in the period, one line
    for each grant that the member had in the period and before the suspension."""
    member, engagement = person.member, replay.engagement
    if member is None or engagement is None:
        return
    for each in person.suspensions:
        for grant in replay.grants_of(member.id) if period.includes(each.at) else ():
            grant_end = min(
                filter(None, (grant.revoked_at, grant.ends_at, engagement.effective_end))
            )
            if grant.created_at >= each.at or grant_end < period.since:
                continue
            # The grant was in force for a suspended member until the grant ended, the member was
            # reinstated, or the period was over.
            until = min(grant_end, each.ended_at or period.until)
            grant_cells = {
                "Engagement": engagement.id,
                "Access": describe_roles(grant.roles, grant.on_request, grant.emergency),
                "Access ended": min(each.at, grant_end),
                "Grant ended": grant_end if grant_end < period.until else "",
                "Late": "late" if until > each.at + LATE else "",
            }
            yield build_line(LEAVERS, _name(member) | _describe_suspension(each) | grant_cells)
