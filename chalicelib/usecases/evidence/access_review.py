"""Make an access review's package from the trail, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from chalicelib.domain.digest_head import DigestHead
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.reviews import REVIEW_PERIOD
from chalicelib.domain.errors import bad_value
from chalicelib.domain.evidence.access_review.changes import list_changes
from chalicelib.domain.evidence.access_review.differences import compare
from chalicelib.domain.evidence.access_review.files import (
    DIFFERENCES,
    Line,
    ReviewFile,
    ReviewPeriod,
)
from chalicelib.domain.evidence.access_review.lines import (
    EngagementHistory,
    MemberHistory,
    list_engagement,
    list_member,
)
from chalicelib.domain.evidence.access_review.readme import build_readme
from chalicelib.domain.evidence.access_review.replay import EngagementReplay, MemberReplay
from chalicelib.domain.moments import exact_text, rfc3339
from chalicelib.domain.people.members import Caller, Member
from chalicelib.domain.text import constrain_line
from chalicelib.domain.trail import Entry, Outcome, TrailQuery
from chalicelib.domain.values import Item, Limit, Request, Value, build_constraints
from chalicelib.usecases.engagements.review import VendSearch, search_vends
from chalicelib.usecases.evidence.reading import read_period
from chalicelib.usecases.lists import PAGE_SIZE, iterate_items, list_all, read_trail
from chalicelib.usecases.ports import Ports

READ_TOGETHER = 5
"""The members, or engagements, whose entries are read side by side."""
LARGEST = 1_500_000
"""Bytes of text after which a page ends. With those that were read together it stays below 5 MB."""
TIME_TO_READ = timedelta(seconds=6)
"""A page ends after this time. The function has 29 seconds."""
MOST_PAGES = 100
"""How many pages of 1,000 entries are read of one member or engagement."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""A time before every entry of the trail."""
_KINDS: dict[str, type[Item]] = {"members": Member, "engagements": Engagement}

DayText = Annotated[
    str,
    constrain_line(80),
    Meta(
        description="The start: a day, which counts from 00:00, or a time, in UTC. Default: 90 days"
        " ago, or when the trail begins."
    ),
]
EndText = Annotated[
    str,
    constrain_line(80),
    Meta(description="The end: the last day, which is included, or a time, in UTC. Default: now."),
]
PackageCursor = Annotated[
    str,
    build_constraints(
        "the cursor of the previous page",
        pattern=r"^(?:members|engagements):(?:[a-z0-9]+(?:-[a-z0-9]+)*)?$(?!\n)",
        max_length=60,
    ),
]


class PackageQuery(Request):
    """The period of a review, and the page of its package."""

    as_of: DayText = ""
    until: EndText = ""
    limit: Limit = 200
    """How many members and engagements a page has at most."""
    cursor: PackageCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page. Then also send the
    `as_of` and the `until` of the first page's response."""


class PackagePage(Value, kw_only=False):
    """A page of a package: lines of its files."""

    period: ReviewPeriod
    lines: tuple[Line, ...]
    readme: str
    """The text of README.txt, on the first page."""
    cursor: str

    def list_lines(self, file: ReviewFile) -> list[tuple[str, ...]]:
        return [cells for of, cells in self.lines if of is file]


def read_package(ports: Ports, caller: Caller, query: PackageQuery) -> PackagePage:
    """Return the page of the package after the cursor. Raise InvalidRequest for a period that
    Daypass cannot read, or that begins before the trail does."""
    now = ports.now()
    period = _read_review_period(ports, query, now)
    readme = ""
    if not query.cursor:
        readme = build_readme(period, caller.actor, now, ports.state.get(DigestHead))
    lines, cursor = _read_lines(ports, period, query, latest_end=now + TIME_TO_READ)
    return PackagePage(period, tuple(lines), readme, cursor)


def _read_lines(
    ports: Ports, period: ReviewPeriod, query: PackageQuery, latest_end: datetime
) -> tuple[list[Line], str]:
    """Return the lines of the page after the query's cursor, and the cursor of the next page.

    A cursor is a kind and the last ID that was read, such as "members:alice". `query.limit` counts
    members and engagements, not lines. The page also ends when the response is LARGEST, or at
    `latest_end`, because a request has little time.
    """
    reading = _Reading(ports, period)
    kind, _, after = (query.cursor or "members:").partition(":")
    lines: list[Line] = []
    count = size = 0
    while kind and count < query.limit:
        limit = min(READ_TOGETHER, query.limit - count)
        ids = ports.state.list_ids(_KINDS[kind], limit=limit, cursor=after)
        by_id = reading.read(kind, ids.items)
        for each in ids.items:
            lines += by_id[each]
            size += sum(len(cell.encode()) for _, cells in by_id[each] for cell in cells)
            if size > LARGEST:
                return lines, f"{kind}:{each}"
        count, after = count + len(ids.items), ids.cursor
        if not after:  # that was the last page of this kind's IDs
            kind = "engagements" if kind == "members" else ""
        if ports.now() > latest_end:
            break
    return lines, f"{kind}:{after}" if kind else ""


def _read_review_period(ports: Ports, query: PackageQuery, now: datetime) -> ReviewPeriod:
    """Return the period that the query means. Raise InvalidRequest if it ends before it begins, or
    begins before the trail does."""
    last = read_period(query.until or "now", now, "until")
    until = min(last.begin if last.is_moment else last.end, now)
    # The first page has refused a period that begins before the trail does.
    begin = _EARLIEST if query.cursor else _find_begin(ports)
    since = max(begin, until - REVIEW_PERIOD)
    if query.as_of:
        since = read_period(query.as_of, now, "as_of").begin
    if since < begin:
        raise bad_value("as_of", f"The trail begins on {exact_text(begin)}. Name a later time.")
    # `last` begins no earlier than the review if both are the same moment, which is valid. `until`
    # is after `since` if the review begins at a time of its last day, which is valid, too.
    if last.begin < since and until <= since:
        raise bad_value("until", "The review must not end before it begins.")
    return ReviewPeriod(since=since, until=until)


def _find_begin(ports: Ports) -> datetime:
    """Return when the trail begins: its first entry creates the first member."""
    members = iterate_items(partial(ports.state.list_ignoring_stops, Member, limit=PAGE_SIZE))
    return min((member.created_at for member in members), default=_EARLIEST)


class _Reading:
    """Reads members and engagements for one page, each member once."""

    def __init__(self, ports: Ports, period: ReviewPeriod) -> None:
        self._ports, self._period = ports, period
        self._members: dict[str, tuple[MemberHistory, list[Entry]]] = {}
        self._uses: dict[tuple[str, datetime], VendSearch] = {}

    def read(self, kind: str, ids: Sequence[str]) -> dict[str, list[Line]]:
        """Return the lines about each of these members or engagements, by ID. `kind` is a key of
        _KINDS."""
        read = self._read_members if kind == "members" else self._read_engagements
        lines = {each: list(of_id) for each, of_id in read(ids)}
        if any(file is DIFFERENCES for of_id in lines.values() for file, _ in of_id):
            # A change between the two reads looks like a difference, so read everything again.
            self._members.clear()
            lines = {each: list(of_id) for each, of_id in read(ids)}
        return lines

    def _read_members(self, ids: Sequence[str]) -> Iterator[tuple[str, Iterable[Line]]]:
        """Yield each of these members' IDs, with the lines about the member that belong to no
        engagement."""
        stored = self._ports.state.get_many(Member, [(each,) for each in ids])
        self._add_members(ids)
        for each in ids:
            history, entries = self._members[each]
            about_none = (entry for entry in entries if not entry.engagement)
            yield (
                each,
                chain(
                    list_member(history, self._period),
                    list_changes(about_none, self._period),
                    compare("", each, history.now.member, stored.get((each,))),
                ),
            )

    def _read_engagements(self, ids: Sequence[str]) -> Iterator[tuple[str, Iterable[Line]]]:
        """Yield each of these engagements' IDs, with the lines about the engagement. Add a line for
        each difference between the stored items and those that were rebuilt from the trail."""
        state = self._ports.state
        stored = state.get_many(Engagement, [(each,) for each in ids])
        calls = [partial(list_all, state, Grant, engagement=each) for each in ids]
        grants = list(self._ports.side_by_side(calls))
        all_entries = self._read_entries("engagement", ids)
        histories = [
            EngagementHistory.read(EngagementReplay, entries, self._period)
            for entries in all_entries
        ]
        self._add_members({member for history in histories for member in history.after.members})
        self._add_uses(histories)
        members = {name: history for name, (history, _) in self._members.items()}
        for engagement, history, entries, stored_grants in zip(
            ids, histories, all_entries, grants, strict=True
        ):
            now, by_member = history.now, {grant.member: grant for grant in stored_grants}
            members_with_grant = {**now.grants, **by_member}
            yield (
                engagement,
                chain(
                    list_engagement(history, members, self._period, self._find_use),
                    list_changes(entries, self._period),
                    # The line about the engagement itself names no member.
                    compare(engagement, "", now.engagement, stored.get((engagement,))),
                    *(
                        compare(engagement, member, now.grants.get(member), by_member.get(member))
                        for member in members_with_grant
                    ),
                ),
            )

    def _add_members(self, ids: Iterable[str]) -> None:
        """Read the entries of these members, unless they were read."""
        new = sorted(set(ids) - self._members.keys())
        read = self._read_entries("member", new)
        for member, entries in zip(new, read, strict=True):
            own = [entry for entry in entries if (entry.subject or entry.actor) == member]
            self._members[member] = MemberHistory.read(MemberReplay, own, self._period), own

    def _read_entries(self, kind: str, ids: Sequence[str]) -> list[list[Entry]]:
        """Return the entries of each of these members or engagements, the earliest first, without
        vends. `kind` is the query's field: "member" or "engagement". Raise InvalidRequest if one
        has more entries than Daypass reads."""
        query = TrailQuery.until_now(
            _EARLIEST, self._ports.now(), outcome=Outcome.DONE, limit=PAGE_SIZE
        )
        queries = [replace(query, **{kind: each, "no_vends": True}) for each in ids]
        calls = [partial(read_trail, self._ports.trail, each, MOST_PAGES) for each in queries]
        results = list(self._ports.side_by_side(calls))
        for each, (_, is_complete) in zip(ids, results, strict=True):
            if not is_complete:
                raise bad_value("as_of", f"The trail of {each} is too long for a package.")
        return [entries[::-1] for entries, _ in results]  # the trail has the latest first

    def _add_uses(self, histories: Iterable[EngagementHistory]) -> None:
        """Read the latest vends of everyone with a grant at one of the ends of the period."""
        since, until = self._period.since, self._period.until
        needed = {(g.member, since) for each in histories for g in each.before.list_grants(since)}
        needed |= {(g.member, until) for each in histories for g in each.after.list_grants(until)}
        new = sorted(needed - self._uses.keys())
        calls = [partial(search_vends, self._ports, member, (), at) for member, at in new]
        self._uses |= dict(zip(new, self._ports.side_by_side(calls), strict=True))

    def _find_use(self, engagement: str, member: str, moment: datetime) -> str:
        search = self._uses[member, moment]
        used_at = search.find_last_use(engagement, member)
        return rfc3339(used_at) if used_at else f"none since {rfc3339(search.searched_from)}"
