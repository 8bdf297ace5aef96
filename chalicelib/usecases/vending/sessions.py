"""List the sessions that may be alive, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.people.members import Caller, Member
from chalicelib.domain.trail import TrailQuery, position
from chalicelib.domain.values import Page
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.session_states import ListedSession, SessionGroup, describe_session
from chalicelib.domain.vending.sessions import Session, SessionStatus, find_alive_sessions
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.questions import Question
from chalicelib.usecases.selections import (
    Chip,
    Column,
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
    """Return a page of the sessions that may be alive, latest first. Sessions that were given back
    are listed only if `with_given_back` asks for them.

    `engagement` or `member` restricts the list. A member's list comes from a consistent read. The
    other lists may miss sessions that were issued in the last seconds. A page may be shorter than
    `limit`.
    """
    now = ports.now()
    page = ports.trail.page(
        TrailQuery(
            since=now - LOOK_BACK,
            until=now + MAX_CLOCK_LEAD,
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
    return Page(tuple(add_states(ports, page.items)), page.cursor)


def add_states(ports: Ports, sessions: Sequence[Session]) -> list[ListedSession]:
    """Return the sessions with what is known about their ends, and the names of their members and
    clients."""
    roles = {(session.engagement, session.role) for session in sessions}
    keys: list[MixedKey] = [(RoleCutOffs, role) for role in sorted(roles)]
    keys += [(Engagement, (name,)) for name in sorted({role[0] for role in roles})]
    keys += [(Member, (name,)) for name in sorted({session.member for session in sessions})]
    items = ports.state.get_together(keys) if keys else {}

    def show(session: Session) -> ListedSession:
        person = pick(items, Member, session.member)
        of = pick(items, Engagement, session.engagement)
        stored = pick(items, RoleCutOffs, session.engagement, session.role)
        return ListedSession(
            session=session,
            name=person.name if person is not None else "",
            client=of.client if of is not None else "",
            state=describe_session(session, stored),
        )

    return list(map(show, sessions))


def _find_position(session: Session) -> str:
    """Return the position on the trail of the session's first entry, the intent."""
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
"""Sessions."""


def _list_items(ports: Ports, _: Caller, filters: SessionFilters, span: Span) -> Page[Session]:
    """Return the sessions, latest first, from as many pages as it takes."""
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
        if not cursor or len(sessions) >= limit:
            return Page(tuple(sessions[:limit]), cursor)


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
    empty="No session is alive.",
    rows=WholeList(
        list_items=_list_items,
        build_rows=lambda ports, _, __, sessions: build_in_parts(
            ports, sessions, _PER_READ, partial(add_states, ports)
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
