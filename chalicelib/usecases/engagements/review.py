"""List the grants of all engagements for a review, with their last use and their emergencies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import EmergencyLock, EmergencyRecord
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.reviews import (
    REVIEW_PERIOD,
    GrantReview,
    count_unused_days,
    find_last_use,
    find_user,
    propose_decision,
)
from chalicelib.domain.engagements.unused import UnusedGrants
from chalicelib.domain.errors import NotFound, Reason
from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.people.members import Caller, Member
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import Item, ItemKey, Page, Value
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.lists import pick, read_parts
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.selections import (
    MAX_ITEMS,
    Chip,
    Column,
    Question,
    SearchFilters,
    Span,
    WholeList,
    build_in_parts,
)

ENGAGEMENTS_READ = 200
"""The grants of so many engagements are read for a list of all grants."""
GRANTS_PER_READ = 20
"""With what belongs to them, these are a hundred items."""
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
    """The grants that were unused for 30 days as of the last hourly overview. Their last use says
    if one was used since."""


class VendSearch(Value, kw_only=False):
    """The entries of the latest vends, and the time from which Daypass searched."""

    entries: tuple[Entry, ...]
    searched_from: datetime

    def find_last_use(self, engagement: str, member: str) -> datetime | None:
        """Return the grant's last use among these vends. None if there was none."""
        return find_last_use(
            entry
            for entry in self.entries
            if (entry.engagement, find_user(entry)) == (engagement, member)
        )


class ReviewFilters(SearchFilters):
    """The grants to review."""

    part: ReviewPart = ReviewPart.ALL
    engagement: EngagementId = ""
    """Review only the grants of this engagement."""
    member: MemberId = ""
    """Review only this member's grants."""


def _list_keys(ports: Ports, _: Caller, filters: ReviewFilters, span: Span) -> Page[ItemKey]:
    """Return the keys of the grants to review: the unused ones or all, and only those of the
    engagement and the member that the filters name. Raise NotFound if there is no such engagement
    or member.

    `span` has the limit and the cursor. The unused grants are one stored item with a bounded number
    of rows, so they are one page. A revoked grant may be among the keys (its stop, the stored
    revocation, is not read here): the caller reads each grant again."""
    engagement, member = filters.engagement, filters.member
    if engagement and ports.state.get(Engagement, engagement) is None:
        raise NotFound(Reason.NO_SUCH_ENGAGEMENT)
    if member and ports.state.get(Member, member) is None:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    if filters.part is ReviewPart.UNUSED:
        unused = ports.state.get(UnusedGrants)
        keys = ((row.engagement, row.member) for row in (unused.rows if unused else ()))
        selected = (key for key in keys if engagement in ("", key[0]) and member in ("", key[1]))
        return Page(tuple(selected), "")
    if engagement and member:
        return Page(((engagement, member),), "")
    if not engagement and not member:
        return _find_grants(ports, **span)
    by: Span = {"engagement": engagement} if engagement else {"member": member}
    page = ports.state.list_ignoring_stops(Grant, **span, **by)
    return Page(tuple(grant.key for grant in page.items), page.cursor)


def _find_grants(
    ports: Ports, *, limit: int, cursor: str = "", starts_with: str = ""
) -> Page[ItemKey]:
    """Return the keys (engagement, member) of the grants after the cursor, in the engagements whose
    IDs begin with `starts_with`. A cursor is `ENGAGEMENT:MEMBER`, the last key returned, or
    `ENGAGEMENT` if all its grants were read. IDs have no colons.

    If all grants are requested (`limit` is MAX_ITEMS), but there are more than ENGAGEMENTS_READ
    engagements, return only the cursor. The caller then requests a page.
    """
    now = ports.now()
    first_id, _, last_member = cursor.partition(":")
    half_read = ports.state.get(Engagement, first_id) if last_member else None
    most = min(limit, ENGAGEMENTS_READ)
    page = ports.state.list(Engagement, limit=most, cursor=first_id, starts_with=starts_with)
    if page.cursor and limit == MAX_ITEMS:
        return Page((), page.cursor)
    read = partial(ports.state.list_ignoring_stops, Grant, limit=limit)
    engagements = [
        each for each in (half_read, *page.items) if each is not None and not each.is_over(now)
    ]
    lists = ports.side_by_side(
        partial(read, engagement=each.id, cursor=last_member if each is half_read else "")
        for each in engagements
    )
    keys: list[ItemKey] = []
    for engagement, listed in zip(engagements, lists, strict=True):
        keys += (grant.key for grant in listed.items if grant.is_current_or_upcoming(now))
        if len(keys) > limit:
            return Page(tuple(keys[:limit]), ":".join(keys[limit - 1]))
        if listed.cursor:  # the member of the last grant read
            return Page(tuple(keys), f"{engagement.id}:{listed.cursor}")
    return Page(tuple(keys), page.cursor)


def _build_rows(
    ports: Ports, _: Caller, __: ReviewFilters, keys: Sequence[ItemKey]
) -> list[GrantReview]:
    """Return these grants without their uses. Leave out those that have ended, or whose engagement
    is over."""
    return build_in_parts(ports, keys, GRANTS_PER_READ, partial(_read_grants, ports))


def _read_grants(ports: Ports, keys: Sequence[ItemKey]) -> list[GrantReview]:
    """Return the current and upcoming grants of these keys, from one read of all that they need.
    Leave out grants for an engagement that is over."""
    now = ports.now()
    related: list[MixedKey] = []
    for engagement, member in keys:
        related += [(Grant, (engagement, member)), (Engagement, (engagement,))]
        related += [(Member, (member,)), (EmergencyLock, (member,))]
        related += [(EmergencyRecord, (engagement, member))]
    items = ports.state.get_together(dict.fromkeys(related))
    grants = (pick(items, Grant, *key) for key in keys)
    reviews = (
        _build_review(items, grant, now)
        for grant in grants
        if grant is not None and grant.is_current_or_upcoming(now)
    )
    return [review for review in reviews if review is not None]


def _add_uses(ports: Ports, reviews: Sequence[GrantReview]) -> list[GrantReview]:
    """Return the grants with their last uses and the proposed decisions. Without the uses of a
    member, propose nothing for their grants."""
    now = ports.now()
    members: dict[str, list[str]] = defaultdict(list)
    for review in reviews:
        members[review.member].append(review.engagement)
    searches = read_parts(
        ports,
        {name: partial(search_vends, ports, name, ids, now) for name, ids in members.items()},
    )

    def add_use(review: GrantReview) -> GrantReview:
        search: VendSearch | None = searches[review.member]
        if search is None:
            return review
        last_used_at = search.find_last_use(review.engagement, review.member)
        unused_days = count_unused_days(review, last_used_at, search.searched_from, now)
        return replace(
            review,
            last_used_at=last_used_at,
            searched_from=search.searched_from,
            unused_days=unused_days,
            proposal=propose_decision(unused_days),
        )

    return list(map(add_use, reviews))


def search_vends(
    ports: Ports, member: str, engagements: Sequence[str], moment: datetime
) -> VendSearch:
    """Return the member's latest vends before this time. With one engagement, return its vends.
    With several, return those of any engagement, and the caller selects.

    A member with several grants on the page takes only one query, because many queries of one
    member's vends at once could exceed DynamoDB's limit for a partition.
    """
    is_single = len(engagements) == 1
    query = TrailQuery(
        since=moment - REVIEW_PERIOD,
        # The latest entries may come from a Lambda function whose clock is ahead.
        until=moment if moment < ports.now() else moment + MAX_CLOCK_LEAD,
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
    items: Mapping[MixedKey, Item], grant: Grant, now: datetime
) -> GrantReview | None:
    """Return the grant with its emergencies, from the items that were read for the page. Return
    None if its engagement is over."""
    engagement = pick(items, Engagement, grant.engagement)
    if engagement is None or engagement.is_over(now):
        return None
    member = pick(items, Member, grant.member)
    emergencies = pick(items, EmergencyRecord, *grant.key)
    lock = pick(items, EmergencyLock, grant.member)  # of the member, so of any engagement
    return GrantReview(
        engagement=engagement.id,
        client=engagement.client,
        member=grant.member,
        member_name=member.name if member is not None else "",
        is_suspended=member is not None and member.suspended_at is not None,
        created_at=grant.created_at,
        starts_at=grant.starts_at,
        roles=grant.roles,
        on_request=grant.on_request,
        emergency=grant.emergency,
        emergencies=0 if emergencies is None else emergencies.count,
        last_emergency_at=None if emergencies is None else emergencies.last_at,
        unconfirmed_emergency=None if lock is None else lock.request,
        ends_at=grant.ends_at,
        reviewed_at=grant.reviewed_at,
        reviewed_by=grant.reviewed_by,
        version=grant.version,
    )


REVIEW: Question[GrantReview, ReviewFilters] = Question(
    name="grants",
    title="Access review",
    kinds=READERS,
    columns=(
        Column("member", "Member"),
        Column("engagement", "Engagement"),
        Column("client", "Client", 2),
        Column("access", "Roles", 2),
        Column("ends_at", "Until", 2),
        Column("last_use", "Last used", sorts=False),
        Column("proposal", "Proposal", sorts=False),
        Column("notes", "", 3),
    ),
    empty="There are no grants in this list.",
    rows=WholeList(
        list_items=_list_keys,
        build_rows=_build_rows,
        finish=_add_uses,
        key="key",
        searched=("member", "member_name", "engagement", "client", "access"),
        chips=(
            Chip("suspended", "Suspended members", "is_suspended", frozenset({"yes"})),
            Chip("not-reviewed", "Never reviewed", "reviewed_at", frozenset({""})),
            Chip("on-request", "Only on request", "is_on_request", frozenset({"yes"})),
        ),
    ),
)
