"""List the sessions that may be alive, page by page."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.people.members import Member
from chalicelib.domain.trail import TrailQuery, position
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.session_states import ListedSession, describe_session
from chalicelib.domain.vending.sessions import Session, SessionStatus, find_alive_sessions
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
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
    """Return a page like `list_sessions`, with what is known about the end of each session, and the
    names of its member and client."""
    page = list_sessions(
        ports,
        engagement=engagement,
        member=member,
        limit=limit,
        cursor=cursor,
        with_given_back=with_given_back,
    )
    roles = {(session.engagement, session.role) for session in page.items}
    keys: list[MixedKey] = [(RoleCutOffs, role) for role in sorted(roles)]
    keys += [(Engagement, (name,)) for name in sorted({role[0] for role in roles})]
    keys += [(Member, (name,)) for name in sorted({session.member for session in page.items})]
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

    return Page(tuple(map(show, page.items)), page.cursor)


def _find_position(session: Session) -> str:
    """Return the position on the trail of the session's first entry, the intent."""
    return position(session.began_at, session.vend)
