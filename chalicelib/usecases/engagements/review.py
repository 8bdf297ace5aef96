"""Review the grants of all engagements: list them with their last use and their emergencies, and
keep or end each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial

from chalicelib.domain.engagements.emergencies import EmergencyLock, EmergencyRecord
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.reviews import (
    REVIEW_PERIOD,
    Decision,
    GrantReview,
    ReviewGrant,
    count_unused_days,
    find_last_use,
    find_user,
    propose_decision,
    with_texts,
)
from chalicelib.domain.engagements.unused import UnusedGrants
from chalicelib.domain.errors import AccessDenied, Conflict, NotFound
from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.lists import Page, PairCursor
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Entry, Operation, Outcome, TrailQuery
from chalicelib.domain.values import Item, ItemKey, Value, next_version
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.engagements.grants import find_grant, revoke_grant
from chalicelib.usecases.lists import pick, read_parts
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.questions import ROWS, ListFilters, Question
from chalicelib.usecases.recording import record, write

MAX_READS_PER_PAGE = 25
"""The most reads of grants for one page. A page without enough grants by then is shorter."""
ITEMS_PER_READ = 100
"""Engagements or grants."""
ENTRIES_PER_GRANT = 50
"""How many trail entries of a grant's latest vends are read. A vend has two, and one more if its
session is given back. One that issued a session ends the search, and others are rare."""
ENTRIES_PER_MEMBER = 1000
"""How many are read of a member with several grants on the page."""


class ReviewPart(StrEnum):
    """The grants to review."""

    ALL = "all"
    """The grants of the engagements that are not over, by engagement and member."""
    UNUSED = "unused"
    """The grants that were unused for 30 days as of the last hourly overview, and are so still."""


class VendSearch(Value, frozen=True):
    """The entries of the latest vends, and the time from which Daypass searched."""

    entries: tuple[Entry, ...]
    searched_from: datetime

    def find_last_use(self, grant: Grant) -> datetime | None:
        """Return the grant's last use among these vends. None if there was none."""
        return find_last_use(
            entry for entry in self.entries if (entry.engagement, find_user(entry)) == grant.key
        )


class ReviewedGrant(Value, frozen=True, kw_only=True):
    """A grant after a decision about it."""

    grant: Grant
    revocation: Revocation | None
    """The sessions that may outlive the grant. None if the member keeps the grant."""


class ReviewFilters(ListFilters, frozen=True, kw_only=True):
    """The grants to review."""

    part: ReviewPart = ReviewPart.ALL
    engagement: EngagementId = ""
    """Review only the grants of this engagement."""
    member: MemberId = ""
    """Review only this member's grants."""
    cursor: PairCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""


def list_reviews(
    ports: Ports,
    part: ReviewPart = ReviewPart.ALL,
    *,
    engagement: str = "",
    member: str = "",
    limit: int = ROWS,
    cursor: str = "",
) -> Page[GrantReview]:
    """Return a page of current and upcoming grants, each with its last use: those of the part, or
    those of one engagement or one member. Without the uses, propose nothing.

    A page has 25 grants at most, and may be empty even if more follow. Raise NotFound if there is
    no such engagement or member.
    """
    limit = min(limit, ROWS)
    if engagement or member:
        keys, next_cursor = _find_grants_of(ports, engagement, member, limit, cursor)
    elif part is ReviewPart.UNUSED:
        keys, next_cursor = _find_unused(ports, limit, cursor)
    else:
        keys, next_cursor = _find_grants(ports, limit, cursor)
    reviews = _read_reviews(ports, keys)
    if part is ReviewPart.UNUSED:
        reviews = [each for each in reviews if each.proposal is not Decision.KEEP]
    return Page(tuple(reviews), next_cursor)


def _read_reviews(ports: Ports, keys: Sequence[ItemKey]) -> list[GrantReview]:
    """Return these grants with their last use. Leave out those that have ended, or whose engagement
    is over."""
    now = ports.now()
    related: list[MixedKey] = []
    for engagement, member in keys:
        related += [(Grant, (engagement, member)), (Engagement, (engagement,))]
        related += [(Member, (member,)), (EmergencyLock, (member,))]
        related += [(EmergencyRecord, (engagement, member))]
    items = ports.state.get_together(dict.fromkeys(related))
    grants = [
        grant
        for key in keys
        if (grant := pick(items, Grant, *key)) and grant.is_current_or_upcoming(now)
    ]
    members: dict[str, list[str]] = defaultdict(list)
    for grant in grants:
        members[grant.member].append(grant.engagement)
    searches = read_parts(
        ports,
        {name: partial(_search_vends, ports, name, ids, now) for name, ids in members.items()},
    )
    reviews = (_build_review(items, grant, searches[grant.member], now) for grant in grants)
    return [review for review in reviews if review is not None]


def decide_review(
    ports: Ports, lead: Caller, engagement: str, member: str, request: ReviewGrant
) -> ReviewedGrant:
    """Record the lead's decision about the grant on the trail and on the grant. If the decision is
    `end`, then revoke the grant.

    Raise AccessDenied for the lead's own grant. Raise Conflict if the grant has ended, or has
    changed since the review listed it. A grant that is revoked already can be ended again: that
    returns its sessions.
    """
    grant = find_grant(ports, engagement, member)
    if grant.member == lead.member.id:
        operation = Operation(
            action=Action.GRANT_REVIEW,
            outcome=Outcome.REFUSED,
            reason=Reason.OWN_GRANT,
            engagement=engagement,
        )
        record(ports, lead, operation)
        raise AccessDenied(Reason.OWN_GRANT)
    ends = request.decision is Decision.END
    if not (ends and grant.revoked_at is not None):
        grant = _record_decision(ports, lead, grant, request)
    if not ends:
        return ReviewedGrant(grant=grant, revocation=None)
    revocation = revoke_grant(ports, lead, engagement, member, why=request.why)
    return ReviewedGrant(grant=find_grant(ports, engagement, member), revocation=revocation)


def _record_decision(ports: Ports, lead: Caller, grant: Grant, request: ReviewGrant) -> Grant:
    """Record the decision, and return the grant with it. Raise Conflict if the grant has ended, or
    has changed since the lead saw it."""
    now = ports.now()
    if not grant.is_current_or_upcoming(now):
        raise Conflict(
            Reason.ALREADY_ENDED, "This grant has ended or was revoked, so nothing was changed."
        )
    if request.version not in (None, grant.version):
        raise Conflict(Reason.CHANGED_MEANWHILE)
    reviewed = next_version(grant, reviewed_at=now, reviewed_by=lead.member.id)
    details = {"decision": request.decision.value, "said": request.why}
    write(ports, lead, Action.GRANT_REVIEW, (grant, reviewed), details=details)
    return reviewed


def _find_grants(ports: Ports, limit: int, cursor: str) -> tuple[list[ItemKey], str]:
    """Return the keys of up to `limit` grants after the cursor, and the cursor of the next page.
    Return fewer after the most reads for one page.

    A cursor is an engagement's ID: all its grants have been read. Or it is an engagement's ID, a
    colon and a member's ID: the engagement's grants up to this member have been read.
    """
    now = ports.now()
    first_id, _, last_member = cursor.partition(":")
    unfinished = ports.state.get(Engagement, first_id) if last_member else None
    after = last_member if unfinished else ""
    page = ports.state.list(Engagement, limit=ITEMS_PER_READ, cursor=first_id)
    selected: list[ItemKey] = []
    read_count = 0
    for engagement in filter(None, (unfinished, *page.items)):
        while not engagement.is_over(now):
            if read_count == MAX_READS_PER_PAGE:
                return selected, cursor
            read_count += 1
            grants = ports.state.list(
                Grant, engagement=engagement.id, limit=ITEMS_PER_READ, cursor=after
            )
            for grant in grants.items:
                if grant.is_current_or_upcoming(now):
                    if len(selected) == limit:
                        return selected, ":".join(selected[-1])
                    selected.append(grant.key)
            after = grants.cursor
            if not after:
                break
            cursor = f"{engagement.id}:{after}"
        cursor, after = engagement.id, ""
    return selected, page.cursor


def _find_grants_of(
    ports: Ports, engagement: str, member: str, limit: int, cursor: str
) -> tuple[list[ItemKey], str]:
    """Return the keys of the engagement's or the member's next grants, and the cursor after them.
    Raise NotFound if there is no such engagement or member."""
    if engagement and ports.state.get(Engagement, engagement) is None:
        raise NotFound(Reason.NO_SUCH_ENGAGEMENT)
    if member and ports.state.get(Member, member) is None:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    if engagement and member:
        return [(engagement, member)], ""
    by = {"engagement": engagement} if engagement else {"member": member}
    after = cursor.rpartition(":")[2]
    page = ports.state.list(Grant, limit=ITEMS_PER_READ, cursor=after, **by)
    now = ports.now()
    current = [grant for grant in page.items if grant.is_current_or_upcoming(now)]
    shown = [grant.key for grant in current[:limit]]
    if len(current) > limit:
        return shown, shown[-1][1 if engagement else 0]
    return shown, page.cursor


def read_unused_list(ports: Ports) -> tuple[UnusedGrants, ...]:
    """Return the last overview's list of unused grants. Empty if there was no overview yet."""
    unused = ports.state.get(UnusedGrants)
    return (unused,) if unused is not None else ()


def _find_unused(ports: Ports, limit: int, cursor: str) -> tuple[list[ItemKey], str]:
    """Return the keys of the next grants in the overview's list of unused ones. The cursor is the
    key of the last one."""
    keys = [(row.engagement, row.member) for each in read_unused_list(ports) for row in each.rows]
    joined = [":".join(key) for key in keys]
    begin = joined.index(cursor) + 1 if cursor in joined else 0
    shown = keys[begin : begin + limit]
    return list(shown), joined[begin + limit - 1] if len(keys) > begin + limit else ""


def _search_vends(
    ports: Ports, member: str, engagements: Sequence[str], now: datetime
) -> VendSearch:
    """Return the member's latest vends in these engagements, from one query.

    One query also finds the vends of a member with several grants on the page, because many queries
    of one member's vends at once could exceed DynamoDB's limit for a partition.
    """
    is_single = len(engagements) == 1
    query = TrailQuery(
        since=now - REVIEW_PERIOD,
        until=now + MAX_CLOCK_LEAD,
        engagement=engagements[0] if is_single else "",
        member=member,
        vends_only=True,
        limit=ENTRIES_PER_GRANT if is_single else ENTRIES_PER_MEMBER,
    )
    page = ports.trail.page(query)
    stopped_at = page.cursor.partition("#")[0]  # a cursor begins with the time of the last entry
    searched_from = datetime.fromisoformat(stopped_at) if stopped_at else query.since
    return VendSearch(page.items, searched_from)


def _build_review(
    items: Mapping[MixedKey, Item], grant: Grant, search: VendSearch | None, now: datetime
) -> GrantReview | None:
    """Return the grant with its last use, its emergencies and the proposed decision. None if its
    engagement is over."""
    engagement = pick(items, Engagement, grant.engagement)
    if engagement is None or engagement.is_over(now):
        return None
    member = pick(items, Member, grant.member)
    emergencies = pick(items, EmergencyRecord, *grant.key)
    lock = pick(items, EmergencyLock, grant.member)
    last_used_at = search.find_last_use(grant) if search is not None else None
    unused_days = (
        count_unused_days(grant, last_used_at, search.searched_from, now)
        if search is not None
        else None
    )
    review = GrantReview(
        engagement=engagement.id,
        client=engagement.client,
        member=grant.member,
        member_name=member.name if member is not None else "",
        is_suspended=member is not None and member.suspended_at is not None,
        created_at=grant.created_at,
        roles=grant.roles,
        on_request=grant.on_request,
        emergency=grant.emergency,
        emergencies=0 if emergencies is None else emergencies.count,
        last_emergency_at=None if emergencies is None else emergencies.last_at,
        unreviewed_emergency=None if lock is None else lock.request,
        ends_at=grant.ends_at,
        last_used_at=last_used_at,
        searched_from=search.searched_from if search is not None else None,
        unused_days=unused_days,
        proposal=propose_decision(unused_days) if unused_days is not None else None,
        reviewed_at=grant.reviewed_at,
        reviewed_by=grant.reviewed_by,
        version=grant.version,
    )
    return with_texts(review)


def _list_as_asked(ports: Ports, _: Caller, filters: ReviewFilters) -> Page[GrantReview]:
    return list_reviews(
        ports,
        filters.part,
        engagement=filters.engagement,
        member=filters.member,
        limit=filters.limit,
        cursor=filters.cursor,
    )


REVIEW = Question(
    name="grants",
    title="Access review",
    kinds=READERS,
    columns=(
        ("member", "Member"),
        ("engagement", "Engagement"),
        ("client", "Client"),
        ("access", "Roles"),
        ("last_use", "Last used"),
        ("proposal", "Proposal"),
        ("notes", ""),
    ),
    empty="No one has a grant.",
    ask=_list_as_asked,
)
