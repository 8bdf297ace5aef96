"""Read who has access to which client, as rows of people and columns of engagements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import accumulate

from chalicelib.domain.engagements.access_matrix import PersonRow, list_rows
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.unused import UnusedGrants
from chalicelib.domain.people.members import Member
from chalicelib.domain.rows import contains_all, split_query
from chalicelib.domain.values import Page, Value
from chalicelib.domain.vending.sessions import Session
from chalicelib.usecases.lists import read_parts
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.selections import MAX_ITEMS
from chalicelib.usecases.vending.sessions import list_sessions

ENGAGEMENTS_READ = 80
"""How many engagements a page reads. Those that are over have no column."""
GRANTS_READ = 100
"""How many grants of an engagement a page reads."""
MAX_GRANTS = 500
"""A page ends before the engagement with which it would have more grants."""
SESSIONS_READ = 200


class AccessMatrix(Value):
    """One page of the engagements, and everyone with access to one of them."""

    engagements: tuple[Engagement, ...]
    rows: tuple[PersonRow, ...]
    cut_short: tuple[Engagement, ...]
    """The engagements with more grants than were read."""
    has_sessions: bool
    """False if the live sessions could not be read."""
    has_all_sessions: bool
    """False if only the latest 200 live sessions of the firm were read."""
    unused: UnusedGrants | None
    """The last list of unused grants, with the sessions of each week."""
    has_unused: bool
    """False if that list could not be read."""
    cursor: str

    @property
    def weekly(self) -> Mapping[str, Sequence[int]] | None:
        """Return the sessions of each week by engagement, or None if they are not known."""
        return self.unused.parse_weekly() if self.unused is not None else None


def read_access_matrix(ports: Ports, *, q: str = "", cursor: str = "") -> AccessMatrix:
    """Return the page of the engagements after the cursor that match the query. If none does, find
    the people who match it on the page of all engagements.

    Raise Unavailable if the engagements, the grants or the members cannot be read.
    """
    now, words = ports.now(), split_query(q)
    page = _find_engagements(ports, words, cursor) if words else None
    names_people = bool(words) and page is None
    page = page or ports.state.list(Engagement, limit=ENGAGEMENTS_READ, cursor=cursor)
    parts = read_parts(
        ports,
        {
            "sessions": partial(list_sessions, ports, limit=SESSIONS_READ),
            "unused": lambda: (ports.state.get(UnusedGrants),),
        },
    )
    live: Page[Session] | None = parts["sessions"]
    sessions = live.items if live is not None else ()
    counts = Counter((each.engagement, each.member) for each in sessions)
    busy = {engagement for engagement, _ in counts}
    lists = _read_grants(ports, [each for each in page.items if each.allows_sessions(now)])
    grant_counts = accumulate(len(lists[e.id].items) if e.id in lists else 0 for e in page.items)
    kept = [each for each, n in zip(page.items, grant_counts, strict=True) if n <= MAX_GRANTS]
    shown = [each for each in kept if each.id in lists or each.id in busy]
    keys = [grant.key for each in shown if each.id in lists for grant in lists[each.id].items]
    grants = ports.state.get_many(Grant, keys)
    people = {grant.member for grant in grants.values()}
    people |= {member for engagement, member in counts if engagement in {e.id for e in shown}}
    members = ports.state.get_many(Member, [(each,) for each in sorted(people)])
    (unused,) = parts["unused"] or (None,)
    rows = list_rows(
        shown,
        {key[0]: member for key, member in members.items()},
        grants.values(),
        frozenset((row.engagement, row.member) for row in (unused.rows if unused else ())),
        counts,
        now,
    )
    if names_people:
        rows = tuple(row for row in rows if contains_all(words, (row.id, row.name)))
        shown = [each for each in shown if any(each.id in row.cells for row in rows)]
    return AccessMatrix(
        engagements=tuple(shown),
        rows=rows,
        cut_short=tuple(each for each in shown if each.id in lists and lists[each.id].cursor),
        has_sessions=live is not None,
        has_all_sessions=live is not None and not live.cursor,
        unused=unused,
        has_unused=parts["unused"] is not None,
        cursor=page.cursor if len(kept) == len(page.items) else kept[-1].id,
    )


def _find_engagements(ports: Ports, words: Sequence[str], cursor: str) -> Page[Engagement] | None:
    """Return the page of the matching engagements after the cursor, which is an engagement's ID.
    Return None if none of the first MAX_ITEMS engagements matches."""
    # The list is sorted by ID. It omits stops (stored revocations), which `get_many` below applies.
    every = ports.state.list_ignoring_stops(Engagement, limit=MAX_ITEMS).items
    matching = [
        each.id for each in every if contains_all(words, (each.id, each.client, each.account_id))
    ]
    if not matching:
        return None
    rest = [each for each in matching if each > cursor]
    keys = [(each,) for each in rest[:ENGAGEMENTS_READ]]
    stored = ports.state.get_many(Engagement, keys)
    items = tuple(stored[key] for key in keys if key in stored)
    return Page(items, keys[-1][0] if len(rest) > len(keys) else "")


def _read_grants(ports: Ports, engagements: Sequence[Engagement]) -> dict[str, Page[Grant]]:
    """Of each engagement's first GRANTS_READ grants, return those that are current, by the
    engagement's ID.

    `list_ignoring_stops` omits stored revocations, so a revoked grant may be included. The caller
    reads the grants again.
    """
    now = ports.now()
    read = partial(ports.state.list_ignoring_stops, Grant, limit=GRANTS_READ)
    calls = [partial(read, engagement=each.id) for each in engagements]
    pages = ports.side_by_side(calls)
    return {
        each.id: Page(tuple(g for g in page.items if g.is_current(now)), page.cursor)
        for each, page in zip(engagements, pages, strict=True)
    }
