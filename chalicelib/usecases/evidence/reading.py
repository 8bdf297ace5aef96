"""Read a query for the trail in a person's words: the engagement, the member and the period."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import InvalidRequest, bad_value
from chalicelib.domain.evidence.names import Named, find_named
from chalicelib.domain.evidence.periods import EXAMPLES, Period, parse_period
from chalicelib.domain.identifiers import SLUG
from chalicelib.domain.people.members import Member
from chalicelib.domain.text import constrain_line
from chalicelib.domain.trail import CLIENT, OPERATOR, SCHEDULE, TrailQuery
from chalicelib.domain.values import Internal, Item, Request, TimeCursor, Value, shown_property
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.selections import MAX_ITEMS

_ACTORS = (OPERATOR, CLIENT, SCHEDULE)
"""The actors that are not members, as entries name them."""

EngagementText = Annotated[
    str,
    constrain_line(80),
    Meta(
        description="List only entries about this engagement: its ID, its client’s name, its AWS"
        " account ID, or a part of one that only one engagement has."
    ),
]
MemberText = Annotated[
    str,
    constrain_line(80),
    Meta(
        description="List only entries whose actor or subject is this member: their ID, their name,"
        " or a part of one that only one member has; or `@client`, `@operator` or `@schedule`."
    ),
]
PeriodText = Annotated[
    str,
    constrain_line(80),
    Meta(description=f"The time, in UTC: {EXAMPLES}. Default: the last 30 days."),
]


class TrailFilters(Request):
    """A query for the trail, in the words of a person."""

    engagement: EngagementText = ""
    member: MemberText = ""
    when: PeriodText = ""
    cursor: TimeCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""


class TrailSelection(Value):
    """The IDs and the period that Daypass read. With the cursor, send these again: `yesterday` is
    another day tomorrow."""

    engagement: str
    """The engagement's ID. Empty: all engagements."""
    member: str
    """The member's ID. Empty: all members."""
    when: str
    """The period, such as `2026-11-24` or `2026-11-23 to 2026-11-25`. Days are in UTC."""
    period: Internal[Period]
    names: Internal[tuple[str, ...]]
    """The IDs with their names."""

    @shown_property
    def text(self) -> str:
        """The same in words, such as `acme-prod (Acme), Tuesday, 24 November 2026, UTC`."""
        return ", ".join((*self.names, self.period.text))

    def query(self, cursor: str = "") -> TrailQuery:
        """Return the trail query for this selection, after the cursor."""
        return TrailQuery(
            since=self.period.begin,
            until=self.period.end,
            engagement=self.engagement,
            member=self.member,
            cursor=cursor,
        )


def read_filters(ports: Ports, filters: TrailFilters) -> TrailSelection:
    """Return the IDs and the period that the filters mean. Raise InvalidRequest for a name that
    matches nothing or several things, and for a text that is not a valid period."""
    period = read_period(filters.when, ports.now())
    find = partial(_find_named_item, ports, period)
    engagement, member = ports.side_by_side(
        [
            partial(find, "engagement", filters.engagement),
            partial(find, "member", filters.member),
        ]
    )
    return TrailSelection(
        engagement=engagement.id,
        member=member.id,
        when=period.words,
        period=period,
        names=tuple(each.text for each in (engagement, member) if each.id),
    )


def read_period(text: str, now: datetime, field: str = "when") -> Period:
    """Return the period that the text in this field means. Raise InvalidRequest for any other
    text."""
    try:
        return parse_period(text, now)
    except ValueError as error:
        raise bad_value(field, str(error)) from None


_KINDS: Mapping[str, tuple[type[Item], Callable[..., Named]]] = {
    "engagement": (Engagement, lambda item: Named(item.id, item.client, item.account_id)),
    "member": (Member, lambda item: Named(item.id, item.name)),
}


def _find_named_item(ports: Ports, period: Period, field: str, text: str) -> Named:
    """Return the ID, and the name if it has one, of the engagement or member that the text means.
    Raise InvalidRequest if it does not match exactly one.

    An entry can name a member who never existed, if someone tried to act on that ID. Such an ID is
    accepted if the period has an entry with it.
    """
    if not text or text in _ACTORS:  # such as `operator`, which is no member
        return Named(text, name="")
    kind, build_name = _KINDS[field]
    lower = text.lower()
    is_id = re.fullmatch(SLUG, lower, re.ASCII) is not None
    if is_id and (stored := ports.state.get(kind, lower)) is not None:
        return build_name(stored)
    # Names do not depend on stops (stored revocations), so do not read these.
    page = ports.state.list_ignoring_stops(kind, limit=MAX_ITEMS)
    try:
        all_named = list(map(build_name, page.items))
        return find_named(field, text, all_named, is_complete=not page.cursor)
    except InvalidRequest:
        query = TrailQuery(since=period.begin, until=period.end, member=lower, limit=1)
        if field == "member" and is_id and ports.trail.page(query).items:
            # People see this remark where other IDs have a name.
            return Named(lower, name="no member has this ID")
        raise
