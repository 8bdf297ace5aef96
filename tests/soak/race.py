"""A race: sixteen processes vend on one engagement, and leads take away what they vend by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tests.soak.deeds import ROLES
from tests.soak.ledger import Ledger
from tests.soak.worlds import a_world

PROCESSES = 16
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
    fates: tuple[str, str]
    """Of the first half of those who vend, and of the second."""


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
    fates=("dawdles a lot", "dawdles a lot"),
)
"""In little time, and each where somebody writes the same."""


def race(plan: Plan, *, seconds: float, defect: str = "") -> tuple[Ledger, list[str]]:
    """What the processes told, and what is wrong with it."""
    with a_world(defect=defect) as world:
        arns = {role: world.client_creates(f"{AT}-{role}") for role in ROLES}
        changers = [f"lead-of-names-{number}" for number, _ in enumerate(plan.changing)]
        world.has_leads(*plan.leads, *changers, "lead-of-ids")
        world.opens(AT, arns, MEMBERS)
        start = partial(world.nursery.start, place=world.place(AT, seconds=seconds))
        running = [*_vending(start, plan), *_leading(start, plan)]
        for lead, members in zip(changers, plan.changing, strict=True):
            running.append(start("changes", lead=lead, members=members))
        if plan.rotating:
            running.append(start("rotates", lead="lead-of-ids"))
        for pid in running:
            world.nursery.wait(pid)
        told = world.told()
        return told, told.wrongs(world.entries(MEMBERS))


def _vending(start: Callable[..., int], plan: Plan) -> Iterator[int]:
    for number in range(PROCESSES):
        member, role = MEMBERS[number % len(MEMBERS)], ROLES[number % len(ROLES)]
        fate = plan.fates[2 * number // PROCESSES]
        yield start("vends", member=member, role=role, fate=fate)


def _leading(start: Callable[..., int], plan: Plan) -> Iterator[int]:
    for name, lead in plan.leads.items():
        yield start("leads", lead=name, does=lead.does, rest=lead.rest)
