"""Suggest the IDs that a form asks for. Any other ID can be typed."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.members import Member
from chalicelib.domain.values import Value
from chalicelib.usecases.ports import Ports

MOST = 100
"""How many IDs of each kind a form suggests."""

Suggestion = tuple[str, str]
"""An ID and the name of what it stands for, which can be empty."""


class SessionSuggestions(Value, frozen=True, kw_only=True):
    """The IDs for a form about one session."""

    members: tuple[Suggestion, ...] = ()
    engagements: tuple[Suggestion, ...] = ()
    roles: tuple[str, ...] = ()
    """The roles of the engagement that is chosen already."""


def suggest_members(ports: Ports) -> tuple[Suggestion, ...]:
    """Return the first members, in one call."""
    page = ports.state.list_without_stops(Member, limit=MOST)
    return tuple((member.id, member.name) for member in page.items)


def suggest_engagements(ports: Ports) -> tuple[Suggestion, ...]:
    """Return the first engagements, in one call."""
    page = ports.state.list_without_stops(Engagement, limit=MOST)
    return tuple((engagement.id, engagement.client) for engagement in page.items)


def suggest_clients(ports: Ports) -> tuple[Suggestion, ...]:
    """Return the clients of the first engagements, in one call."""
    return tuple((client, "") for client in dict.fromkeys(c for _, c in suggest_engagements(ports)))


def suggest_roles(ports: Ports, engagement: str) -> tuple[Suggestion, ...]:
    """Return the first roles of the engagement, in one call."""
    page = ports.state.list_without_stops(Role, limit=MOST, engagement=engagement)
    return tuple((role.name, "") for role in page.items)


def suggest_session(ports: Ports, engagement: str) -> SessionSuggestions:
    """Return the first members, and the first engagements or the roles of the chosen one, in two
    calls."""
    members = suggest_members(ports)
    if not engagement:
        return SessionSuggestions(members=members, engagements=suggest_engagements(ports))
    roles = suggest_roles(ports, engagement)
    return SessionSuggestions(members=members, roles=tuple(name for name, _ in roles))


def suggest_own_session(ports: Ports, member: str, engagement: str) -> SessionSuggestions:
    """Return what the member's own grants name, in one call. It tells them of no other engagement
    and of no other role."""
    grants = ports.state.list_without_stops(Grant, limit=MOST, member=member).items
    roles = {role for grant in grants if grant.engagement == engagement for role in grant.roles}
    return SessionSuggestions(
        engagements=tuple((grant.engagement, "") for grant in grants), roles=tuple(sorted(roles))
    )
