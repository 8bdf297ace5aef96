"""List the sessions that may be active, page by page, and read when a member was last in which
engagement, with their live sessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.reviews import REVIEW_PERIOD, find_last_use
from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.people.members import Caller, Member
from chalicelib.domain.trail import Entry, TrailQuery, position
from chalicelib.domain.values import Page, Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.session_states import (
    ListedSession,
    SessionCount,
    SessionGroup,
    SessionState,
    count_sessions,
    describe_session,
    describe_sessions,
)
from chalicelib.domain.vending.sessions import Session, SessionStatus, find_alive_sessions
from chalicelib.domain.vending.vends import Vend, group_by_vend
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.selections import (
    Chip,
    Column,
    Question,
    SearchFilters,
    Span,
    WholeList,
    build_in_parts,
)
from chalicelib.usecases.vending.withholding import LOOK_BACK


def list_sessions(
    ports: Ports,
    *,
    engagement: str = "",
    member: str = "",
    limit: int,
    cursor: str = "",
    with_given_back: bool = False,
) -> Page[Session]:
    """Return a page of the sessions that may be active, latest first. Sessions that were given back
    are listed only if `with_given_back` asks for them.

    `engagement` or `member` restricts the list. A member's list comes from a consistent read. The
    other lists may miss sessions that were issued in the last seconds. A page may be shorter than
    `limit`. Its cursor is a position on the trail.
    """
    now = ports.now()
    # Each session is whole: the trail's page ends with an intent, after its outcome.
    page = ports.trail.page(
        TrailQuery.until_now(
            now - LOOK_BACK,
            now,
            engagement=engagement,
            member=member,
            vends_only=True,
            limit=2 * limit,  # a session has two entries: an intent and an outcome
            cursor=cursor,
        )
    )
    sessions = [
        session
        for session in find_alive_sessions(page.items, now)
        if with_given_back or session.status is not SessionStatus.GIVEN_BACK
    ]
    alive = sorted(sessions, key=_find_position, reverse=True)
    if len(alive) <= limit:
        return Page(tuple(alive), page.cursor)
    return Page(tuple(alive[:limit]), _find_position(alive[limit - 1]))


def list_sessions_with_states(ports: Ports, **selected: Any) -> Page[ListedSession]:
    """Return a page like `list_sessions`, with what is known about the end of each session, and the
    names of its member and client."""
    page = list_sessions(ports, **selected)
    return Page(tuple(describe_each(ports, page.items)), page.cursor)


def describe_each(ports: Ports, sessions: Sequence[Session]) -> list[ListedSession]:
    """Return the sessions with what is known about their ends, and the names of their members and
    clients."""
    roles = {(session.engagement, session.role) for session in sessions}
    keys: list[MixedKey] = [(RoleCutOffs, role) for role in sorted(roles)]
    keys += [(Engagement, (name,)) for name in sorted({role[0] for role in roles})]
    keys += [(Member, (name,)) for name in sorted({session.member for session in sessions})]
    items = ports.state.get_together(keys) if keys else {}

    def describe(session: Session) -> ListedSession:
        person = pick(items, Member, session.member)
        engagement = pick(items, Engagement, session.engagement)
        stored = pick(items, RoleCutOffs, session.engagement, session.role)
        return ListedSession(
            session=session,
            name=person.name if person is not None else "",
            client=engagement.client if engagement is not None else "",
            state=describe_session(session, stored),
        )

    return list(map(describe, sessions))


def _find_position(session: Session) -> str:
    """Return the trail's cursor at the session: the position of its first entry, the intent."""
    return position(session.began_at, session.vend)


class SessionFilters(SearchFilters):
    """The sessions to list."""

    engagement: EngagementId = ""
    """List only this engagement's sessions."""
    member: MemberId = ""
    """List only this member's sessions."""
    with_given_back: bool = False
    """List also sessions that were given back."""


_PER_READ = 200
"""How many sessions one read asks for."""


def _list_items(ports: Ports, _: Caller, filters: SessionFilters, span: Span) -> Page[Session]:
    """Return the sessions, latest first, up to the limit, from as many pages as it takes. A cursor
    in the result only shows that there are more. No caller continues from it, because such a list
    is searched and sorted as a whole."""
    limit, cursor = span["limit"], ""
    sessions: list[Session] = []
    while True:
        page = list_sessions(
            ports,
            engagement=filters.engagement,
            member=filters.member,
            limit=_PER_READ,
            cursor=cursor,
            with_given_back=filters.with_given_back,
        )
        sessions += page.items
        cursor = page.cursor
        if len(sessions) > limit:
            return Page(tuple(sessions[:limit]), "more")
        if not cursor:
            return Page(tuple(sessions), "")


_GROUPS = (
    ("live", "Live", SessionGroup.LIVE),
    ("unknown", "Unknown", SessionGroup.UNKNOWN),
    ("revoked", "Revoked", SessionGroup.REVOKED, SessionGroup.WRITTEN),
    ("ended", "Cut off", SessionGroup.CUT_OFF, SessionGroup.SHUT),
    ("given-back", "Given back", SessionGroup.GIVEN_BACK),
)
SESSIONS: Question[ListedSession, SessionFilters] = Question(
    name="sessions",
    title="Live sessions",
    kinds=LEADS,
    columns=(
        Column("session.member", "Member"),
        Column("client", "Client", 2),
        Column("target", "Engagement/role"),
        Column("session.began_at", "Since", 2),
        Column("session.ends_by", "Ends by"),
        Column("session.session_name", "Session", 3),
        Column("note", ""),
    ),
    empty="No session is active.",
    rows=WholeList(
        list_items=_list_items,
        build_rows=lambda ports, _, __, sessions: build_in_parts(
            ports, sessions, _PER_READ, partial(describe_each, ports)
        ),
        has_ids=False,
        key="session.vend",
        searched=(
            "session.member",
            "name",
            "client",
            "target",
            "session.session_name",
            "session.vend",
        ),
        chips=tuple(
            Chip(name, label, "state.group", frozenset(groups)) for name, label, *groups in _GROUPS
        ),
    ),
)


ENTRIES_READ = 200
"""How many entries of the member's latest vends are read. A vend has two, or three."""
LATEST_SHOWN = 10


class Uses(Value):
    """A member's latest sessions, as far as the trail was read."""

    alive: tuple[Session, ...]
    """The sessions that may be active, those that end last first."""
    states: Mapping[str, SessionState]
    """The state of each of them, by its ID."""
    alive_is_complete: bool
    """False if more sessions may be active than those that were read."""
    last_used: Mapping[str, datetime]
    """When the member last entered, by engagement."""
    tokens_used: Mapping[str, datetime]
    """When the member last got a session, by the ID of the token."""
    latest: tuple[Vend, ...]
    """The latest attempts, ten at most, the latest first."""
    searched_from: datetime
    """The time from which on Daypass has searched."""
    vends_read: int
    """How many vends, issued or not, were read."""
    has_more: bool
    """True if the member has earlier sessions that were not read."""

    @property
    def count(self) -> SessionCount:
        return count_sessions(self.states.values())


def read_uses(ports: Ports, member: str) -> Uses:
    """Return the member's latest sessions of the last 90 days, from one query of the trail, and the
    states of those that may be active."""
    now = ports.now()
    query = TrailQuery.until_now(
        now - REVIEW_PERIOD, now, member=member, vends_only=True, limit=ENTRIES_READ
    )
    page = ports.trail.page(query)
    # A cursor begins with the time at which the query stopped.
    stopped_at = page.cursor.partition("#")[0]
    searched_from = datetime.fromisoformat(stopped_at) if stopped_at else query.since
    vends = sorted(group_by_vend(page.items), key=lambda vend: vend.intent.at, reverse=True)
    alive = find_alive_sessions(page.items, now)
    roles = dict.fromkeys((each.engagement, each.role) for each in alive)
    cut_offs = ports.state.get_many(RoleCutOffs, roles) if roles else {}
    return Uses(
        alive=alive,
        states=describe_sessions(alive, cut_offs.values()),
        # The session of a vend that began before LOOK_BACK has expired.
        alive_is_complete=searched_from < now - LOOK_BACK,
        last_used=_find_last_uses(page.items, lambda entry: entry.engagement),
        tokens_used=_find_last_uses(page.items, lambda entry: entry.token),
        latest=tuple(vends[:LATEST_SHOWN]),
        searched_from=searched_from,
        vends_read=len(vends),
        has_more=bool(page.cursor),
    )


def _find_last_uses(
    entries: tuple[Entry, ...], group_of: Callable[[Entry], str]
) -> dict[str, datetime]:
    """Return when each group of these entries, such as an engagement's, last had a session."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(group_of(entry), []).append(entry)
    last_uses = {name: find_last_use(listed) for name, listed in groups.items()}
    return {name: at for name, at in last_uses.items() if at is not None}
