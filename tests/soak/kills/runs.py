"""Kill vending and revoking processes with SIGKILL, at chosen steps and at random moments, and
check the records that they leave."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from chalicelib.domain.trail import Action, Entry, Outcome, TrailQuery
from chalicelib.domain.vending.sessions import Revocation, SessionStatus
from tests.soak.context import now
from tests.soak.ledger import Ledger, StopCondition, run_to_end
from tests.soak.restrictions import RESTRICTIONS
from tests.soak.worlds import SoakWorld, soak_world

CONCURRENT_CASES = 5
LEAD = "lena"
TRAIL_ACTIONS = {
    "token revoked": Action.TOKEN_REVOKE,
    "member suspended": Action.MEMBER_REVOKE,
    "grant revoked": Action.GRANT_REVOKE,
    "role ended": Action.ROLE_END,
    "engagement revoked": Action.ENGAGEMENT_REVOKE,
    "engagement closed": Action.ENGAGEMENT_CLOSE,
}
STEPS_PER_VEND, STEPS_PER_REVOCATION = 10, 18  # two for each call of a port
DURATION = 30
"""Seconds until vending processes end by themselves."""


@dataclass(frozen=True, slots=True)
class PlannedStart:
    """A process to start this many seconds after its case begins."""

    after: float
    start: Callable[[], int]
    may_be_killed: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """An engagement with one member, whose processes vend in the role `deploy`.

    Meanwhile a process that may be killed imposes a restriction, and one that is not repeats it.
    """

    world: SoakWorld
    name: str
    restriction: str

    def plan(self) -> Iterator[PlannedStart]:
        context, member = self.world.context_fields(self.name, seconds=DURATION), self.name
        start = partial(self.world.fork_server.start, context=context, member=member)
        vend = partial(start, "vend", role="deploy")
        revoke = partial(start, "revoke", lead=LEAD, restriction=self.restriction)
        dies_at = random.randrange(4 * STEPS_PER_VEND)  # noqa: S311 - no secret depends on it
        yield PlannedStart(0, vend)
        yield PlannedStart(0, partial(vend, delay="short"))
        yield PlannedStart(0, partial(vend, dies_at=dies_at))
        after = random.uniform(0.1, 0.5)  # noqa: S311
        dies_at = random.choice([-1, random.randrange(STEPS_PER_REVOCATION)])  # noqa: S311
        yield PlannedStart(after, partial(revoke, dies_at=dies_at))
        yield PlannedStart(after + 0.5, revoke, may_be_killed=False)

    def violations(self, ledger: Ledger) -> Iterator[str]:
        """Revoke once more after all processes have ended, and yield the violations."""
        context = self.world.context(self.name)
        restriction = RESTRICTIONS[self.restriction]
        response = restriction.impose(context, context.caller(LEAD), self.name)
        assert isinstance(response, Revocation)
        counts = Counter(session.status for session in response.sessions)
        if counts[SessionStatus.UNKNOWN]:
            yield f"left open: {self.restriction}, {counts}"
        entries = self.world.entries([self.name])
        issued = {entry.vend for entry in entries if entry.outcome is Outcome.ISSUED}
        live = {
            session.vend for session in response.sessions if session.status is SessionStatus.LIVE
        }
        handed_over = {vend["vend"] for vend in ledger.vends if vend["engagement"] == self.name}
        if issued != live or not handed_over <= live:
            yield (
                f"not in the response: {self.restriction}, handed over {handed_over}, "
                f"issued {issued}, live {live}"
            )
        action = TRAIL_ACTIONS[self.restriction]
        done = [entry for entry in self._completed_changes() if entry.action is action]
        if len(done) != 1:
            yield f"not once on the trail: {self.restriction}, {len(done)} times"

    def _completed_changes(self) -> list[Entry]:
        """Return the trail entries of completed changes to the engagement and the member."""
        moment = self.world.ports.now()
        span = {"since": moment - timedelta(1), "until": moment + timedelta(1), "limit": 200}
        queries = [TrailQuery(**span, engagement=self.name), TrailQuery(**span, member=self.name)]
        entries = {
            entry.id: entry
            for query in queries
            for entry in self.world.ports.trail.page(query).items
        }
        return [entry for entry in entries.values() if entry.outcome is Outcome.DONE]


@dataclass(slots=True)
class KillResult:
    """The result of a run."""

    kills: int = 0
    vends: int = 0
    acknowledged: int = 0
    violations: list[str] = field(default_factory=list)


def run_kills(*, seconds: float, stop: StopCondition = run_to_end, defect: str = "") -> KillResult:
    """Run cases, some at once, for this long or until `stop`."""
    result, deadline = KillResult(), now() + seconds
    with soak_world(defect=defect) as world:
        arn = world.create_client_role("acme-kills")
        world.add_leads(LEAD)
        cases: list[Case] = []
        while now() < deadline:
            batch = [
                Case(world, f"acme-{len(cases) + n}", random.choice([*TRAIL_ACTIONS]))  # noqa: S311
                for n in range(CONCURRENT_CASES)
            ]
            for case in batch:
                world.open_engagement(case.name, {"deploy": arn}, [case.name])
            result.kills += _run_cases(world, batch)
            cases += batch
            ledger, violations = world.read_ledger([case.name for case in cases])
            if stop(ledger, violations):
                break
        result.vends, result.acknowledged = len(ledger.vends), ledger.acknowledged
        result.violations += violations
        for case in cases:
            result.violations += case.violations(ledger)
    return result


def _run_cases(world: SoakWorld, cases: list[Case]) -> int:
    """Run the cases to their end, and return how many of their processes were killed at random."""
    began, mortal, immortal, killed = now(), list[int](), list[int](), 0
    starts = sorted((start for case in cases for start in case.plan()), key=lambda s: s.after)
    for planned in starts:
        while began + planned.after > now():
            time.sleep(0.02)
            killed += _maybe_kill(world, mortal)
        (mortal if planned.may_be_killed else immortal).append(planned.start())
    while mortal:
        time.sleep(0.02)
        killed += _maybe_kill(world, mortal, probability=0.3)
    for pid in immortal:
        world.fork_server.wait(pid)
    return killed


def _maybe_kill(world: SoakWorld, running: list[int], *, probability: float = 0.08) -> int:
    if not running or random.random() > probability:  # noqa: S311
        return 0
    return world.fork_server.kill(running.pop(random.randrange(len(running))))  # noqa: S311
