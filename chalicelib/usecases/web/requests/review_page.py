"""Read the page of the access review: who has access, last used when, and the proposed decision.

The page shows the grants of one engagement, or of one member. Then one query of the trail finds the
last use of all of them, and the page takes seven calls at most. The review of the API reads the
trail once for each member.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from chalicelib.domain.engagements.emergencies import EmergencyLock, EmergencyRecord
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.reviews import REVIEW_PERIOD, GrantReview
from chalicelib.domain.errors import NotFound
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import TrailQuery
from chalicelib.domain.values import Item, Value
from chalicelib.usecases.engagements.review import CLOCK_DIFFERENCE, VendSearch, build_review
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.web.parts import read_part

ROWS = 25
_GRANTS_READ = 100
"""Ended grants stay in the list, so more are read than a page shows."""
_ENGAGEMENTS_READ = 100
_ENTRIES_READ = 1000


class ReviewRow(Value, frozen=True, kw_only=True):
    """A grant under review."""

    grant: Grant
    engagement: Engagement | None
    """None if the engagement does not exist any more."""
    member: Member | None
    """None if the member does not exist any more."""
    review: GrantReview | None
    """The grant's last use and the proposed decision. None if they could not be read."""


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
    keys: list[MixedKey] = [
        (Member, (member_id,)),
        *((Engagement, (grant.engagement,)) for grant in shown),
        *_list_emergency_keys(shown),
    ]
    items = ports.state.get_together(keys)
    member = pick(items, Member, member_id)
    if member is None:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    rows = []
    for grant in shown:
        engagement = pick(items, Engagement, grant.engagement)
        if engagement is not None and engagement.is_over(ports.now()):
            continue
        rows.append(_build_row(grant, engagement, member, search, items, ports.now()))
    return ReviewPage(
        member=member,
        rows=tuple(rows),
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
    keys: list[MixedKey] = [
        *((Member, (grant.member,)) for grant in shown),
        *_list_emergency_keys(shown),
    ]
    items = read_part(partial(ports.state.get_together, keys))
    rows = []
    for grant in shown:
        member = pick(items, Member, grant.member) if items is not None else None
        rows.append(_build_row(grant, engagement, member, search, items, ports.now()))
    return ReviewPage(
        engagement=engagement,
        rows=tuple(rows),
        searched_from=search.searched_from if search and items is not None else None,
        cursor=f"{engagement.id}:{cursor}" if cursor else "",
        next_engagement=next_engagement,
    )


def _build_row(
    grant: Grant,
    engagement: Engagement | None,
    member: Member | None,
    search: VendSearch | None,
    items: Mapping[MixedKey, Item] | None,
    now: datetime,
) -> ReviewRow:
    """Return the grant with its review, if all that the review needs could be read."""
    review = None
    if search is not None and items is not None and engagement is not None:
        record = pick(items, EmergencyRecord, *grant.key)
        lock = pick(items, EmergencyLock, grant.member)
        review = build_review(engagement, grant, search, record, lock, now)
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


def _list_emergency_keys(grants: Iterable[Grant]) -> Iterable[MixedKey]:
    for grant in grants:
        yield EmergencyRecord, grant.key
        yield EmergencyLock, (grant.member,)


def _search(ports: Ports, *, engagement: str = "", member: str = "") -> VendSearch:
    """Return the latest vends in the engagement, or of the member, from one query."""
    now = ports.now()
    query = TrailQuery(
        since=now - REVIEW_PERIOD,
        until=now + CLOCK_DIFFERENCE,
        engagement=engagement,
        member=member,
        vends_only=True,
        limit=_ENTRIES_READ,
    )
    return VendSearch.from_page(ports.trail.page(query), query)
