"""Find a lead's less strict roles, imports and requests for everything that still stand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role, Widening
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.things import Name
from chalicelib.domain.trail import Action, Entry
from chalicelib.usecases.people.deeds import Deed, What
from chalicelib.usecases.ports import Ports


def still_widened(ports: Ports, entries: Sequence[Entry]) -> Iterator[Deed]:
    """Yield one deed for each role or engagement. `entries` are the lead's own, latest first."""
    yield from _roles(ports, entries)
    yield from _imports(ports, entries)
    yield from _asked(ports, entries)


def _roles(ports: Ports, entries: Sequence[Entry]) -> Iterator[Deed]:
    done: dict[Name, list[tuple[Entry, Sequence[str]]]] = {}
    for entry in entries:
        if ways := entry.details.get("widened", "").split():
            done.setdefault((entry.engagement, entry.role), []).append((entry, ways))
        for name in entry.details.get("chaining", "").split():  # as it was opened
            by = (entry, [Widening.CHAINING])
            done.setdefault((entry.engagement, name), []).append(by)
    for role in ports.state.get_many(Role, done).values():
        made = done[role.engagement, role.name] if role.ended_at is None else []
        standing = [entry for entry, ways in made if _is_so(role, entry, ways)]
        if standing:
            at, place = standing[0].at, role.engagement
            yield Deed(what=What.ROLE, at=at, engagement=place, role=role.name)


def _is_so(role: Role, entry: Entry, ways: Sequence[str]) -> bool:
    stands = {
        Widening.CHAINING: role.allows_chaining,
        Widening.NO_REASON: not role.asks_reason,
        Widening.OTHER_ARN: role.arn == entry.detail("arn"),
    }
    return any(is_so for way, is_so in stands.items() if way in ways)


def _imports(ports: Ports, entries: Sequence[Entry]) -> Iterator[Deed]:
    imported = {e.engagement: e for e in entries if e.action is Action.ENGAGEMENT_IMPORT}
    places = ports.state.get_many(Engagement, [(place,) for place in imported])
    for place in places.values():
        if place.chosen_elsewhere and not place.is_over(ports.now()):
            yield Deed(what=What.IMPORT, at=imported[place.id].at, engagement=place.id)


def _asked(ports: Ports, entries: Sequence[Entry]) -> Iterator[Deed]:
    # Here and not above: no container that vends waits for it.
    from chalicelib.domain.onboarding.setup.wildcards import asks_for_everything

    asked: dict[Name, Entry] = {}
    for entry in entries:
        if entry.details.get("asks_for") == "everything":
            asked.setdefault((entry.engagement, entry.role), entry)
    for role in ports.state.get_many(Role, asked).values():
        setup = ports.state.get(RoleSetup, role.engagement, role.name)
        policy = setup.own_policy if setup and role.ended_at is None else None
        if policy is not None and asks_for_everything(json.loads(policy)):
            at = asked[role.engagement, role.name].at
            yield Deed(what=What.ASKED, at=at, engagement=role.engagement, role=role.name)
