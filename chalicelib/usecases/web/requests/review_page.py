"""Read the page of the access review: who has access, last used when, and the proposed decision.

The page shows the grants of one engagement or of one member, or the unused grants of all
engagements as of the last overview. One query of the trail then finds the uses of all grants on the
page, and the page takes seven calls at most. The review of the API reads the trail once for each
member.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from chalicelib.domain.engagements.emergencies import EmergencyLock, EmergencyRecord
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.reviews import REVIEW_PERIOD, Decision, GrantReview
from chalicelib.domain.errors import NotFound
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import TrailQuery
from chalicelib.domain.values import Item, ItemKey, Value
from chalicelib.domain.vending.intents import LONGEST_VEND
from chalicelib.domain.web.overview.unused import UnusedGrants
from chalicelib.usecases.engagements.review import GrantUse, VendSearch, build_review
from chalicelib.usecases.lists import pick, read_part
from chalicelib.usecases.ports import MixedKey, Ports

ROWS = 25
_GRANTS_READ = 100
"""Ended grants stay in the list, so more are read than a page shows."""
_ENGAGEMENTS_READ = 100
_ENTRIES_READ = 1000
_VENDS_OVERLAP = LONGEST_VEND + MAX_CLOCK_LEAD
"""The overview may have missed a vend that began so long before it, because the vend's outcome came
later, or because the clocks of two functions differ."""


class ReviewRow(Value, frozen=True, kw_only=True):
    """A grant under review."""

    grant: Grant
    engagement: Engagement | None
    """None if the engagement does not exist any more."""
    member: Member | None
    """None if the member does not exist any more."""
    review: GrantReview | None
    """The grant's last use and the proposed decision. None if they could not be read."""

    @property
    def was_never_used(self) -> bool:
        """Return whether the member has never used the grant, as far as the trail was searched."""
        review = self.review
        return (
            review is not None
            and review.last_used_at is None
            and review.searched_from <= self.grant.created_at
        )


class ReviewPage(Value, frozen=True, kw_only=True):
    """The content of the page."""

    engagement: Engagement | None = None
    """The engagement whose grants the page shows. None on a member's page, and if no engagement is
    left."""
    member: Member | None = None
    """The member whose grants the page shows. None on an engagement's page."""
    rows: tuple[ReviewRow, ...] = ()
    searched_from: datetime | None = None
    """How far back the trail was searched for uses. None if it could not be read."""
    cursor: str = ""
    """The cursor of further grants of the engagement or the member. Empty if there are none."""
    next_engagement: str = ""
    """The cursor of the next engagement. Empty if there is none, or on a member's page."""


class UnusedPage(Value, frozen=True, kw_only=True):
    """A page of the grants that were unused for 30 days as of the last overview, without those that
    were used since, and those that have ended or whose engagement is over."""

    unused: UnusedGrants | None
    """The list in the last overview. None if there was no overview yet."""
    rows: tuple[ReviewRow, ...] = ()
    page: int = 1
    page_count: int = 1
    left_out_count: int = 0
    """The number of the list's grants on this page that were left out."""
    may_miss_later_uses: bool = False
    """True if the uses since the overview could not be read, or not all of them."""


def read_unused_review(ports: Ports, page: int = 1) -> UnusedPage:
    """Return a page of the unused grants. A page after the last one is the last one."""
    unused = ports.state.get(UnusedGrants)
    if unused is None:
        return UnusedPage(unused=None)
    page_count = max(-(-len(unused.rows) // ROWS), 1)
    page = min(page, page_count)
    listed = unused.rows[(page - 1) * ROWS : page * ROWS]
    since = unused.taken_at - _VENDS_OVERLAP
    search = read_part(partial(_search, ports, since=since)) if listed else None
    grants = [(row.engagement, row.member) for row in listed]
    keys: list[MixedKey] = [(Grant, key) for key in grants]
    items = ports.state.get_together([*keys, *_list_keys(grants)])
    rows = []
    for row in listed:
        grant = pick(items, Grant, row.engagement, row.member)
        if grant is None or not grant.is_current_or_upcoming(ports.now()):
            continue
        later = search.find_use(grant).last_used_at if search is not None else None
        use = GrantUse(last_used_at=later or row.last_used_at, searched_from=unused.searched_from)
        reviewed = _build_row(grant, items, use, ports.now())
        if reviewed.engagement is None or reviewed.engagement.is_over(ports.now()):
            continue
        if reviewed.review is not None and reviewed.review.proposal is Decision.END:
            rows.append(reviewed)
    return UnusedPage(
        unused=unused,
        rows=tuple(rows),
        page=page,
        page_count=page_count,
        left_out_count=len(listed) - len(rows),
        may_miss_later_uses=bool(listed) and (search is None or search.searched_from > since),
    )


def read_engagement_review(ports: Ports, *, engagement: str = "", cursor: str = "") -> ReviewPage:
    """Return the grants of the engagement, or of the first one after the cursor that is not over.

    A cursor is an engagement's ID: the page shows the next engagement. Or it is an engagement's ID,
    a colon and a member's ID: the page goes on after this member. Raise NotFound if there is no
    such engagement.
    """
    before, _, member = cursor.partition(":")
    if engagement or member:
        stored = ports.state.get(Engagement, engagement or before)
        if stored is None:
            raise NotFound(Reason.NO_SUCH_ENGAGEMENT)
        return _build_page(ports, stored, member, stored.id)
    page = ports.state.list(Engagement, limit=_ENGAGEMENTS_READ, cursor=before)
    now = ports.now()
    current = [each for each in page.items if not each.is_over(now)]
    if not current:
        return ReviewPage(next_engagement=page.cursor)
    has_next = len(current) > 1 or bool(page.cursor)
    return _build_page(ports, current[0], "", current[0].id if has_next else "")


def read_member_review(ports: Ports, member_id: str, cursor: str = "") -> ReviewPage:
    """Return the member's grants. Raise NotFound if there is no such member."""
    listed = ports.state.list(Grant, member=member_id, limit=_GRANTS_READ, cursor=cursor)
    shown, next_cursor = _choose(listed.items, ports.now(), listed.cursor, "engagement")
    search = read_part(partial(_search, ports, member=member_id))
    items = ports.state.get_together(
        [(Member, (member_id,)), *_list_keys(grant.key for grant in shown)]
    )
    member = pick(items, Member, member_id)
    if member is None:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    rows = _build_rows(shown, items, search, ports.now())
    return ReviewPage(
        member=member,
        rows=tuple(
            row for row in rows if row.engagement is None or not row.engagement.is_over(ports.now())
        ),
        searched_from=search.searched_from if search is not None else None,
        cursor=next_cursor,
    )


def _build_page(
    ports: Ports, engagement: Engagement, after: str, next_engagement: str
) -> ReviewPage:
    """Return the page of the engagement's grants, of the members after `after`."""
    listed = ports.state.list(Grant, engagement=engagement.id, limit=_GRANTS_READ, cursor=after)
    shown, cursor = _choose(listed.items, ports.now(), listed.cursor, "member")
    search = read_part(partial(_search, ports, engagement=engagement.id)) if shown else None
    keys = _list_keys(grant.key for grant in shown)
    items = read_part(lambda: ports.state.get_together(keys))
    if items is None:
        # Without the emergencies there is no review. The grants are shown all the same.
        search, items = None, {(Engagement, engagement.key): engagement}
    return ReviewPage(
        engagement=engagement,
        rows=tuple(_build_rows(shown, items, search, ports.now())),
        searched_from=search.searched_from if search is not None else None,
        cursor=f"{engagement.id}:{cursor}" if cursor else "",
        next_engagement=next_engagement,
    )


def _build_rows(
    grants: Iterable[Grant],
    items: Mapping[MixedKey, Item],
    search: VendSearch | None,
    now: datetime,
) -> Iterator[ReviewRow]:
    """Yield the grants, each with its use if the trail could be searched."""
    for grant in grants:
        yield _build_row(grant, items, search.find_use(grant) if search else None, now)


def _build_row(
    grant: Grant, items: Mapping[MixedKey, Item], use: GrantUse | None, now: datetime
) -> ReviewRow:
    """Return the grant with its review, if its use and its engagement are known."""
    engagement = pick(items, Engagement, grant.engagement)
    review = None
    if use is not None and engagement is not None:
        emergencies = pick(items, EmergencyRecord, *grant.key)
        lock = pick(items, EmergencyLock, grant.member)
        review = build_review(engagement, grant, use, emergencies, lock, now)
    member = pick(items, Member, grant.member)
    return ReviewRow(grant=grant, engagement=engagement, member=member, review=review)


def _choose(
    grants: Sequence[Grant], now: datetime, cursor: str, field: str
) -> tuple[list[Grant], str]:
    """Return the current and upcoming grants to show, and the cursor after them."""
    current = [grant for grant in grants if grant.is_current_or_upcoming(now)]
    if len(current) > ROWS:
        shown = current[:ROWS]
        return shown, str(getattr(shown[-1], field))
    return current, cursor


def _list_keys(grants: Iterable[ItemKey]) -> list[MixedKey]:
    """Return the keys of the other items that the rows of these grants need."""
    keys: list[MixedKey] = []
    for engagement, member in grants:
        keys += [(Engagement, (engagement,)), (Member, (member,))]
        keys += [(EmergencyRecord, (engagement, member)), (EmergencyLock, (member,))]
    return keys


def _search(
    ports: Ports, *, engagement: str = "", member: str = "", since: datetime | None = None
) -> VendSearch:
    """Return the latest vends in the engagement, of the member, or of everyone, from one query."""
    now = ports.now()
    query = TrailQuery(
        since=since or now - REVIEW_PERIOD,
        until=now + MAX_CLOCK_LEAD,
        engagement=engagement,
        member=member,
        vends_only=True,
        limit=_ENTRIES_READ,
    )
    return VendSearch.from_page(ports.trail.page(query), query)
