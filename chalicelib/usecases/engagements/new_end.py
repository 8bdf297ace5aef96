"""Give an engagement another end, and ask the client for trust policies that end then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.usecases.lists import every
from chalicelib.usecases.ports import Ports


def with_end(engagement: Engagement, ends_at: datetime, now: datetime) -> Engagement:
    """Return the engagement with this end, in the version that it has."""
    if ends_at != engagement.ends_at:
        engagement = replace(engagement, former_ends_at=engagement.ends_at, ends_at=ends_at)
    return engagement if engagement.is_over(now) else replace(engagement, left_at=None)


def roles_asked_for(
    ports: Ports, old: Engagement, new: Engagement, roles: Sequence[Role]
) -> list[tuple[Role, Role]]:
    """Return the roles that change because the client is asked for another end, before and after.

    A role that was imported stays as it is unless the client was ever sent a page: until then
    Daypass has asked for no end, and knows of none.
    """
    if new.ends_at == old.ends_at:
        return []
    was_imported = old.chosen_elsewhere and not every(ports.state, SetupLink, engagement=old.id)
    asked = [role for role in roles if role.asked_ends or not was_imported]
    pairs = [(role, role.asked_for(new.ends_at, before=old.ends_at)) for role in asked]
    return [(before, role) for before, role in pairs if role is not before]


def reopened(old: Engagement, new: Engagement, now: datetime) -> dict[str, str]:
    """Return what the trail says of an engagement that was over and is open again."""
    return {"reopened": "true" if old.is_over(now) and not new.is_over(now) else ""}


def outdated(roles: Iterable[Role]) -> dict[str, str]:
    """Return what the trail says of the roles whose trust policies end before the engagement."""
    return {"outdated_policies": " ".join(one.name for one in roles if one.needs_policy_update)}
