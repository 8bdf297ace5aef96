"""The lines of an access review's files: who may enter what, each decision, leavers and changes."""

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
)
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.rows import cell_text
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Value

LATE = timedelta(hours=24)
"""A leaver's grant that ended this long after the suspension is marked as late."""
RIGHTS = {
    Kind.LEAD: "manages members, engagements and grants; reads the trail",
    Kind.AUDITOR: "reads the trail",
}
"""The rights in Daypass itself, which need no grant."""


R = TypeVar("R", MemberReplay, EngagementReplay)
FindUse = Callable[[str, str, datetime], str]
"""Return when a member last used an engagement before this time, in words."""


class History(Value, Generic[R], kw_only=False):
    """A member or an engagement at both ends of a review's period, and now."""

    before: R
    after: R
    now: R

    @classmethod
    def read(
        cls, replay: Callable[[Iterable[Entry]], R], entries: Sequence[Entry], period: ReviewPeriod
    ) -> History[R]:
        """Return the history that the entries tell, the earliest first."""
        return cls(
            before=replay(each for each in entries if each.at < period.since),
            after=replay(each for each in entries if each.at < period.until),
            now=replay(entries),
        )


MemberHistory = History[MemberReplay]
EngagementHistory = History[EngagementReplay]


def list_member(history: MemberHistory, period: ReviewPeriod) -> Iterator[Line]:
    """Yield the lines about the member's rights in Daypass itself, and about their leaving."""
    for file, replay in ((BEFORE, history.before), (AFTER, history.after)):
        member = replay.member
        if member is not None and member.kind in RIGHTS:
            state = "suspended" if member.suspended_at else "in force"
            rights = RIGHTS[member.kind]
            yield build_line(
                file, *_name(member), "", "", rights, "kind", state, member.kind_since, "", "",
                replay.kind_by, *[""] * 8,
            )  # fmt: skip
    member = history.after.member
    for each in history.after.suspensions:
        if member is not None and period.includes(each.at):
            yield build_line(
                LEAVERS, *_name(member), each.at, each.left_at, each.ended_at, "", "Daypass itself",
                each.at, "", "",
            )  # fmt: skip


def _name(member: Member) -> tuple[str, str, str]:
    return member.id, member.name, member.kind.value


def list_engagement(
    history: EngagementHistory,
    members: Mapping[str, MemberHistory],
    period: ReviewPeriod,
    find_use: FindUse,
) -> Iterator[Line]:
    """Yield the lines about the engagement's grants."""
    ends = ((BEFORE, history.before, period.since), (AFTER, history.after, period.until))
    decisions = [each for each in history.after.reviews if period.includes(each[0].at)]
    for file, replay, moment in ends:
        opened: dict[str, list[OpenedAccess]] = {}
        for access in replay.list_opened(moment):
            opened.setdefault(access.member, []).append(access)
        for grant in replay.list_grants(moment):
            of_member = members[grant.member]
            person = of_member.before if file is BEFORE else of_member.after
            if person.member is None or replay.engagement is None:
                continue
            about = [e for e, g in decisions if _is_same(g, grant)]
            last_use = find_use(grant.engagement, grant.member, moment)
            for way in (None, *opened.get(grant.member, ())):
                if way is None or way.opened_at >= person.member.tokens_from:
                    cells = _describe_access(
                        replay, replay.engagement, grant, person.member, way, moment
                    )
                    decision = _describe_decision(about) if way is None else ("",) * 4
                    yield build_line(file, *cells, last_use, *decision)
    for entry, grant in decisions:
        yield _describe_confirmation(entry, grant, history.after)
    for member in sorted(history.after.members):
        yield from _list_left(history.after, members[member].after, period)


def _is_same(grant: Grant, other: Grant) -> bool:
    return (grant.member, grant.created_at) == (other.member, other.created_at)


def _describe_access(
    replay: EngagementReplay,
    engagement: Engagement,
    grant: Grant,
    member: Member,
    opened: OpenedAccess | None,
    moment: datetime,
) -> tuple[object, ...]:
    """Return the cells of the grant, or of the access that a request opened under it."""
    change = replay.last_changes.get(grant.member)
    names = (*_name(member), engagement.id, engagement.client)
    starts_at = max(grant.starts_at, engagement.starts_at)
    ends_at = min(grant.ends_at, engagement.ends_at)
    changed = (change.at, change.actor) if change is not None else ("", "")
    if opened is None:
        state = _describe_state(member, starts_at, moment)
        on_request = grant.roles if engagement.requires_client_approval else grant.on_request
        access = describe_roles(
            grant.roles, on_request & grant.roles, grant.emergency & grant.roles
        )
        return (
            *names, access, "grant", state, grant.created_at, starts_at, ends_at, grant.granted_by,
            "", *changed,
        )  # fmt: skip
    starts_at, ends_at = max(starts_at, opened.starts_at), min(ends_at, opened.ends_at)
    way = f"{'emergency' if opened.is_emergency else 'request'} {opened.request}"
    return (
        *names, opened.role, way, _describe_state(member, starts_at, moment), opened.opened_at,
        starts_at, ends_at, grant.granted_by, opened.approved_by, *changed,
    )  # fmt: skip


def _describe_state(member: Member, starts_at: datetime, moment: datetime) -> str:
    if member.suspended_at is not None:
        return "suspended"
    if member.kind is Kind.AUDITOR:
        return "auditors cannot get sessions"
    return "in force" if starts_at <= moment else "starts later"


def _describe_decision(about: Sequence[Entry]) -> tuple[object, ...]:
    """Return the cells of the last decision about a grant."""
    if not about:
        return ("none", "", "", "")
    entry = about[-1]
    return entry.detail("decision"), entry.at, entry.actor, entry.detail("said")


def _describe_confirmation(entry: Entry, grant: Grant, after: EngagementReplay) -> Line:
    decision = entry.detail("decision")
    ended_at = next(
        (g.revoked_at for g in after.grants_of(grant.member) if _is_same(g, grant)), None
    )
    effect = "kept"
    if decision == Decision.END:
        effect = f"revoked {cell_text(ended_at)}" if ended_at else "not revoked in this time"
    return build_line(
        DECISIONS,
        entry.at,
        entry.actor,
        grant.member,
        grant.engagement,
        describe_roles(grant.roles, grant.on_request, grant.emergency),
        decision,
        entry.detail("said"),
        effect,
        entry.id,
    )


def _list_left(
    replay: EngagementReplay, person: MemberReplay, period: ReviewPeriod
) -> Iterator[Line]:
    """Yield each access to the engagement that the member had in the period, when it ended, if they
    were suspended in the period."""
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
            until = min(grant_end, each.ended_at or period.until)
            yield build_line(
                LEAVERS,
                *_name(member),
                each.at,
                each.left_at,
                each.ended_at,
                engagement.id,
                describe_roles(grant.roles, grant.on_request, grant.emergency),
                min(each.at, grant_end),
                grant_end if grant_end < period.until else "",
                "late" if until > each.at + LATE else "",
            )
