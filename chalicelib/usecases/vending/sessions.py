"""List the sessions that may be alive, page by page."""

from __future__ import annotations

from chalicelib.domain.lists import Page
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.trail import TrailQuery, position
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.session_states import ListedSession, list_with_states
from chalicelib.domain.vending.sessions import Session, SessionStatus, find_alive_sessions
from chalicelib.usecases.ports import Ports
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


def list_sessions_with_states(
    ports: Ports,
    *,
    engagement: str = "",
    member: str = "",
    limit: int,
    cursor: str = "",
    with_given_back: bool = False,
) -> Page[ListedSession]:
    """Return a page like `list_sessions`, with what is known about the end of each session."""
    page = list_sessions(
        ports,
        engagement=engagement,
        member=member,
        limit=limit,
        cursor=cursor,
        with_given_back=with_given_back,
    )
    roles = {(session.engagement, session.role) for session in page.items}
    stored = ports.state.get_many(RoleCutOffs, sorted(roles)) if roles else {}
    return Page(list_with_states(page.items, stored.values()), page.cursor)


def _find_position(session: Session) -> str:
    """Return the position on the trail of the session's first entry, the intent."""
    return position(session.began_at, session.vend)
