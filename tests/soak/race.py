"""A race: sixteen processes vend on one engagement while leads revoke and restore their access."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tests.soak.context import now
from tests.soak.ledger import Ledger, StopCondition, run_to_end
from tests.soak.restrictions import ROLES
from tests.soak.worlds import soak_world

MEMBERS = tuple(f"member{number}" for number in range(8))
ENGAGEMENT = "acme-race"


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead's process, which imposes and lifts restrictions in turn."""

    restrictions: tuple[tuple[str, str], ...]
    """Each a key of RESTRICTIONS and the member restricted."""
    max_pause: float
    """Seconds between two restrictions, at most."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The processes of a race."""

    leads: dict[str, Lead]
    changed_members: tuple[tuple[str, ...], ...]
    """Groups of members. A process for each group changes their grants and tokens repeatedly."""
    rotates_external_id: bool
    starved_members: tuple[tuple[str, ...], ...]
    """Groups of members. A process for each group keeps them in transactions without a pause."""
    delays: tuple[str, str]
    """Keys of DELAYS: of the first half of the vending processes, and of the second."""
    vending_processes: int = 16
    members: tuple[str, ...] = MEMBERS
    """The vending members, assigned to the processes in turn."""
    transaction_ms: int = 12


ALL_RESTRICTIONS = Plan(
    leads={
        "lead-of-people": Lead(
            (
                ("token revoked", "member0"),
                ("member suspended", "member1"),
                ("token rotated", "member2"),
            ),
            max_pause=1,
        ),
        "lead-of-grants": Lead(
            (
                ("grant revoked", "member3"),
                ("grant without a role", "member4"),
                ("grant shortened", "member5"),
            ),
            max_pause=1,
        ),
        "lead-of-roles": Lead((("role ended", ""),), max_pause=3),
        "lead-of-all": Lead(
            (
                ("engagement shortened", ""),
                ("engagement closed", ""),
                ("engagement revoked", ""),
            ),
            max_pause=4,
        ),
    },
    changed_members=(("member0", "member3"),),
    rotates_external_id=True,
    starved_members=(("member1", "member0"), ("member3", "member1")),
    delays=("", "short"),
)
MANY_REVOCATIONS = Plan(
    leads={
        f"lead-{n}": Lead(
            (("grant revoked", f"member{n}"), ("token revoked", f"member{n}")), max_pause=0.2
        )
        for n in range(4)
    },
    changed_members=tuple((f"member{n}",) for n in range(4)),
    rotates_external_id=False,
    starved_members=(),
    delays=("long", "long"),
    vending_processes=8,
    members=MEMBERS[:4],
    transaction_ms=100,
)
"""Frequent revocations of items that other processes write: most of them meet a conflict."""

NO_RESTRICTIONS = Plan(
    leads={},
    changed_members=(),
    rotates_external_id=False,
    starved_members=(),
    delays=("", ""),
    vending_processes=4,
)
"""Without restrictions, every refusal is a violation."""


def race(
    plan: Plan, *, seconds: float, stop: StopCondition = run_to_end, defect: str = ""
) -> tuple[Ledger, list[str]]:
    """Run the plan for this long, or until `stop`; return the ledger and its violations."""
    with soak_world(transaction_ms=plan.transaction_ms, defect=defect) as world:
        arns = {role: world.create_client_role(f"{ENGAGEMENT}-{role}") for role in ROLES}
        changers = [f"lead-of-names-{number}" for number, _ in enumerate(plan.changed_members)]
        starvers = [f"rogue-lead-{number}" for number, _ in enumerate(plan.starved_members)]
        world.add_leads(*plan.leads, *changers, *starvers, "lead-of-ids")
        world.open_engagement(ENGAGEMENT, arns, plan.members)
        start = partial(
            world.fork_server.start, context=world.context_fields(ENGAGEMENT, seconds=seconds)
        )
        running = [*_start_vending(start, plan), *_start_leads(start, plan)]
        for lead, members in zip(changers, plan.changed_members, strict=True):
            running.append(start("change", lead=lead, members=members, max_pause=0.1))
        for lead, members in zip(starvers, plan.starved_members, strict=True):
            running.append(start("change", lead=lead, members=members, max_pause=0))
        if plan.rotates_external_id:
            running.append(start("rotate", lead="lead-of-ids"))
        deadline = now() + seconds
        while stop is not run_to_end and now() < deadline:
            time.sleep(0.2)
            ledger, violations = world.read_ledger(plan.members)
            if stop(ledger, violations):
                return ledger, violations
        for pid in running:
            world.fork_server.wait(pid)
        return world.read_ledger(plan.members)


def _start_vending(start: Callable[..., int], plan: Plan) -> Iterator[int]:
    for number in range(plan.vending_processes):
        member, role = plan.members[number % len(plan.members)], ROLES[number % len(ROLES)]
        delay = plan.delays[2 * number // plan.vending_processes]
        yield start("vend", member=member, role=role, delay=delay)


def _start_leads(start: Callable[..., int], plan: Plan) -> Iterator[int]:
    for name, lead in plan.leads.items():
        yield start("lead", lead=name, restrictions=lead.restrictions, max_pause=lead.max_pause)
