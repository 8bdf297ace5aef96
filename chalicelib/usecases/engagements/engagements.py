"""Engagements: change, close, revoke, reopen. `onboarding.open_engagement` opens them."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import changed, sent
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.new_end import outdated, reopened, roles_asked_for, with_end
from chalicelib.usecases.lists import every
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import insist, write
from chalicelib.usecases.vending.closing import close_vends
from chalicelib.usecases.vending.stopping import Order, revoke


def find_engagement(ports: Ports, engagement: str) -> Engagement:
    """The engagement, or NotFound."""
    found = ports.state.get(Engagement, engagement)
    if found is None:
        raise NotFound(Reason.NO_SUCH_ENGAGEMENT)
    return found


def roles_in_use(ports: Ports, engagement: str) -> list[Role]:
    """Return the engagement's roles that have not ended."""
    return [
        role for role in every(ports.state, Role, engagement=engagement) if role.ended_at is None
    ]


def check_dates(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """InvalidRequest unless there is time between the start and the end, and some of it is left."""
    if ends_at <= starts_at or ends_at <= now:
        raise InvalidRequest(Reason.ENDS_BEFORE_IT_STARTS, field="ends_at")


def change_engagement(
    ports: Ports, lead: Caller, engagement: str, asked: ChangeEngagement
) -> Engagement:
    """Change the name or the dates. Account and external ID never change: open a new engagement.

    With another end the client is asked for other trust policies; no grant is renewed by this.
    """
    old = find_engagement(ports, engagement)
    new = changed(old, **(sent(asked) | {"ends_at": old.ends_at}))
    roles: list[tuple[Role, Role]] = []
    if asked.starts_at or asked.ends_at:
        new = with_end(new, asked.ends_at or old.ends_at, ports.now())
        check_dates(new.starts_at, new.ends_at, ports.now())
        roles = roles_asked_for(ports, old, new, roles_in_use(ports, engagement))
    edits = [(old, new), *roles]
    details = outdated(role for _, role in roles) | reopened(old, new, ports.now())
    write(ports, lead, Action.ENGAGEMENT_CHANGE, *edits, details=details)
    close_vends(ports, lead, new)
    return new


def close_engagement(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Revocation:
    """The work is done: no further sessions.

    Gives those that may still be alive, again where it was done before.
    """
    return _end(ports, lead, engagement, Action.ENGAGEMENT_CLOSE, why)


def revoke_engagement(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Revocation:
    """Something is wrong: no further sessions.

    Gives those that may still be alive, again where it was done before.
    """
    return _end(ports, lead, engagement, Action.ENGAGEMENT_REVOKE, why)


def _end(ports: Ports, lead: Caller, engagement: str, action: Action, why: str) -> Revocation:
    order = Order(action, {"said": why})
    return insist(
        ports, lead, lambda by: revoke(ports, by, find_engagement(ports, engagement), order)
    )


def reopen_engagement(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Engagement:
    """Undo a close or a revocation. Its dates, roles and grants stand as they were."""
    old = find_engagement(ports, engagement)
    if old.closed_at is None and old.revoked_at is None:
        raise Conflict(Reason.NOT_ENDED)
    new = changed(old, closed_at=None, revoked_at=None, left_at=None)
    write(ports, lead, Action.ENGAGEMENT_REOPEN, (old, new), details={"said": why})
    return new
