"""Engagements: change, close, revoke, reopen. `onboarding.open_engagement` opens them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version, sent_fields
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke
from chalicelib.usecases.vending.withholding import withhold_vends


def find_engagement(ports: Ports, engagement: str) -> Engagement:
    """NotFound if there is none."""
    found = ports.state.get(Engagement, engagement)
    if found is None:
        raise NotFound(Reason.NO_SUCH_ENGAGEMENT)
    return found


def roles_in_use(ports: Ports, engagement: str) -> list[Role]:
    return [
        role for role in list_all(ports.state, Role, engagement=engagement) if role.ended_at is None
    ]


def check_dates(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """InvalidRequest unless there is time between the start and the end, and some of it is left."""
    if ends_at <= starts_at or ends_at <= now:
        raise InvalidRequest(Reason.ENDS_BEFORE_IT_STARTS, field="ends_at")


def change_engagement(
    ports: Ports, lead: Caller, engagement: str, asked: ChangeEngagement
) -> Engagement:
    """Change the name or the dates. Another end takes other trust policies, and renews no grant."""
    old = find_engagement(ports, engagement)
    new = next_version(old, **(sent_fields(asked) | {"ends_at": old.ends_at}))
    roles: list[tuple[Role, Role]] = []
    if asked.starts_at or asked.ends_at:
        new = with_end(new, asked.ends_at or old.ends_at, ports.now())
        check_dates(new.starts_at, new.ends_at, ports.now())
        roles = roles_asked_for(ports, old, new, roles_in_use(ports, engagement))
    edits = [(old, new), *roles]
    details = outdated(role for _, role in roles) | reopened(old, new, ports.now())
    write(ports, lead, Action.ENGAGEMENT_CHANGE, *edits, details=details)
    withhold_vends(ports, lead, new)
    return new


def close_engagement(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Revocation:
    """End it because the work is done. Return the sessions that may still be alive, again too."""
    return _end(ports, lead, engagement, Action.ENGAGEMENT_CLOSE, why)


def revoke_engagement(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Revocation:
    """End it because something is wrong. Return the sessions that may still be alive, again too."""
    return _end(ports, lead, engagement, Action.ENGAGEMENT_REVOKE, why)


def _end(ports: Ports, lead: Caller, engagement: str, action: Action, why: str) -> Revocation:
    def find() -> RevocationOrder:
        return RevocationOrder(find_engagement(ports, engagement), action, {"said": why})

    return revoke(ports, lead, find)


def reopen_engagement(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Engagement:
    """Undo a close or a revocation. Its dates, roles and grants stand as they were."""
    old = find_engagement(ports, engagement)
    if old.closed_at is None and old.revoked_at is None:
        raise Conflict(Reason.NOT_ENDED)
    new = next_version(old, closed_at=None, revoked_at=None, access_removed_at=None)
    write(ports, lead, Action.ENGAGEMENT_REOPEN, (old, new), details={"said": why})
    return new


def with_end(engagement: Engagement, ends_at: datetime, now: datetime) -> Engagement:
    if ends_at != engagement.ends_at:
        engagement = replace(engagement, former_ends_at=engagement.ends_at, ends_at=ends_at)
    return engagement if engagement.is_over(now) else replace(engagement, access_removed_at=None)


def roles_asked_for(
    ports: Ports, old: Engagement, new: Engagement, roles: Sequence[Role]
) -> list[tuple[Role, Role]]:
    """Return the roles that change because the client is asked for another end, before and after.

    Of an imported role Daypass has asked for no end until the client was sent a page.
    """
    if new.ends_at == old.ends_at:
        return []
    was_imported = old.external_id_imported and not list_all(
        ports.state, SetupLink, engagement=old.id
    )
    asked = [role for role in roles if role.asked_ends or not was_imported]
    pairs = [(role, role.asked_for(new.ends_at, before=old.ends_at)) for role in asked]
    return [(before, role) for before, role in pairs if role is not before]


def reopened(old: Engagement, new: Engagement, now: datetime) -> dict[str, str]:
    """Return what the trail says of an engagement that was over and is open again."""
    return {"reopened": "true" if old.is_over(now) and not new.is_over(now) else ""}


def outdated(roles: Iterable[Role]) -> dict[str, str]:
    """Return what the trail says of the roles whose trust policies end before the engagement."""
    return {"outdated_policies": " ".join(one.name for one in roles if one.needs_policy_update)}
