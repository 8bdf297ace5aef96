"""A race: sixteen processes vend on one engagement, and leads take away what they vend by."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tests.soak.deeds import ROLES
from tests.soak.here import now
from tests.soak.ledger import Enough, Ledger, never
from tests.soak.worlds import a_world

MEMBERS = tuple(f"member{number}" for number in range(8))
AT = "acme-race"


@dataclass(frozen=True, slots=True)
class Lead:
    """A process that takes something away from a member and gives it back, in turn."""

    does: tuple[tuple[str, str], ...]
    rest: float
    """Seconds at most between two deeds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who takes part, beside those who vend."""

    leads: dict[str, Lead]
    changing: tuple[tuple[str, ...], ...]
    """The members whose grants and tokens are changed again and again, by a process each."""
    rotating: bool
    starving: tuple[tuple[str, ...], ...]
    """The members who are kept in transactions without a pause, by a process each."""
    fates: tuple[str, str]
    """Of the first half of those who vend, and of the second."""
    vending: int = 16
    """Processes."""
    members: tuple[str, ...] = MEMBERS
    """Who vend, in turn."""
    transaction: int = 12
    """Milliseconds that one takes."""


ALL_DEEDS = Plan(
    leads={
        "lead-of-people": Lead(
            (
                ("token revoked", "member0"),
                ("member suspended", "member1"),
                ("token rotated", "member2"),
            ),
            rest=1,
        ),
        "lead-of-grants": Lead(
            (
                ("grant revoked", "member3"),
                ("grant without a role", "member4"),
                ("grant shortened", "member5"),
            ),
            rest=1,
        ),
        "lead-of-roles": Lead((("role ended", ""),), rest=3),
        "lead-of-all": Lead(
            (
                ("engagement shortened", ""),
                ("engagement closed", ""),
                ("engagement revoked", ""),
            ),
            rest=4,
        ),
    },
    changing=(("member0", "member3"),),
    rotating=True,
    starving=(("member1", "member0"), ("member3", "member1")),
    fates=("", "dawdles"),
)
MANY_REVOCATIONS = Plan(
    leads={
        f"lead-{n}": Lead(
            (("grant revoked", f"member{n}"), ("token revoked", f"member{n}")), rest=0.2
        )
        for n in range(4)
    },
    changing=tuple((f"member{n}",) for n in range(4)),
    rotating=False,
    starving=(),
    fates=("dawdles a lot", "dawdles a lot"),
    vending=8,
    members=MEMBERS[:4],
    transaction=100,
)
"""In little time, and each where somebody writes the same: most of them meet that."""

NOTHING_TAKEN_AWAY = Plan(
    leads={}, changing=(), rotating=False, starving=(), fates=("", ""), vending=4
)
"""Whoever is refused here is refused without cause."""


def race(
    plan: Plan, *, seconds: float, enough: Enough = never, defect: str = ""
) -> tuple[Ledger, list[str]]:
    """What the processes told, and what is wrong with it; sooner, if that is enough by then."""
    with a_world(transaction=plan.transaction, defect=defect) as world:
        arns = {role: world.client_creates(f"{AT}-{role}") for role in ROLES}
        changers = [f"lead-of-names-{number}" for number, _ in enumerate(plan.changing)]
        starvers = [f"lead-gone-bad-{number}" for number, _ in enumerate(plan.starving)]
        world.has_leads(*plan.leads, *changers, *starvers, "lead-of-ids")
        world.opens(AT, arns, plan.members)
        start = partial(world.nursery.start, place=world.place(AT, seconds=seconds))
        running = [*_vending(start, plan), *_leading(start, plan)]
        for lead, members in zip(changers, plan.changing, strict=True):
            running.append(start("changes", lead=lead, members=members))
        for lead, members in zip(starvers, plan.starving, strict=True):
            running.append(start("starves", lead=lead, members=members))
        if plan.rotating:
            running.append(start("rotates", lead="lead-of-ids"))
        over = now() + seconds
        while enough is not never and now() < over:
            time.sleep(0.2)
            response, wrong = world.so_far(plan.members)
            if enough(response, wrong):
                return response, wrong
        for pid in running:
            world.nursery.wait(pid)
        return world.so_far(plan.members)


def _vending(start: Callable[..., int], plan: Plan) -> Iterator[int]:
    for number in range(plan.vending):
        member, role = plan.members[number % len(plan.members)], ROLES[number % len(ROLES)]
        fate = plan.fates[2 * number // plan.vending]
        yield start("vends", member=member, role=role, fate=fate)


def _leading(start: Callable[..., int], plan: Plan) -> Iterator[int]:
    for name, lead in plan.leads.items():
        yield start("leads", lead=name, does=lead.does, rest=lead.rest)
