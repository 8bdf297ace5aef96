"""Processes that vend and revoke are killed with SIGKILL, at steps that are chosen and at moments
that are not; and then it is asked what they left."""

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
from tests.soak.deeds import DEEDS
from tests.soak.here import now
from tests.soak.ledger import Enough, Ledger, never
from tests.soak.worlds import World, a_world

AT_ONCE = 5
LEAD = "lena"
REVOCATIONS = {
    "token revoked": Action.TOKEN_REVOKE,
    "member suspended": Action.MEMBER_REVOKE,
    "grant revoked": Action.GRANT_REVOKE,
    "role ended": Action.ROLE_END,
    "engagement revoked": Action.ENGAGEMENT_REVOKE,
    "engagement closed": Action.ENGAGEMENT_CLOSE,
}
STEPS_OF_A_VEND, STEPS_OF_A_REVOCATION = 10, 18  # two for each call of a port
LAST = 30
"""Seconds until whoever vends would end by themselves."""


@dataclass(frozen=True, slots=True)
class Due:
    """A process that begins so many seconds after the start."""

    begins: float
    start: Callable[[], int]
    is_mortal: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """An engagement with one member, whose processes vend in the role `deploy`, and what is revoked
    meanwhile: by one who may be killed, and then by one who is not."""

    world: World
    name: str
    deed: str

    def plan(self) -> Iterator[Due]:
        at, member = self.world.place(self.name, seconds=LAST), self.name
        vends = partial(self.world.nursery.start, "vends", place=at, member=member, role="deploy")
        revokes = partial(self.world.nursery.start, "revokes", place=at, lead=LEAD, member=member)
        fates = ["", "dawdles", random.randrange(4 * STEPS_OF_A_VEND)]  # noqa: S311 - see steps
        for fate in fates:
            yield Due(0, partial(vends, fate=fate))
        begins = random.uniform(0.1, 0.5)  # noqa: S311
        dies_at = random.choice([-1, random.randrange(STEPS_OF_A_REVOCATION)])  # noqa: S311
        yield Due(begins, partial(revokes, deed=self.deed, dies_at=dies_at))
        yield Due(begins + 0.5, partial(revokes, deed=self.deed), is_mortal=False)

    def wrongs(self, told: Ledger) -> Iterator[str]:
        """What is wrong once nobody is left, and it has been revoked once more."""
        here = self.world.here(self.name)
        answer = DEEDS[self.deed].down(here, here.caller(LEAD), self.name)
        assert isinstance(answer, Revocation)
        counts = Counter(session.standing for session in answer.sessions)
        if counts[SessionStatus.UNKNOWN]:
            yield f"left open: {self.deed}, {counts}"
        entries = self.world.entries([self.name])
        issued = {entry.vend for entry in entries if entry.outcome is Outcome.ISSUED}
        live = {
            session.vend for session in answer.sessions if session.standing is SessionStatus.LIVE
        }
        handed_over = {vend["vend"] for vend in told.vends if vend["engagement"] == self.name}
        if issued != live or not handed_over <= live:
            yield f"not in the answer: {self.deed}, {handed_over} of {issued} are live: {live}"
        done = [item for item in self._on_the_trail() if item.action is REVOCATIONS[self.deed]]
        if len(done) != 1:
            yield f"not once on the trail: {self.deed}, {len(done)} times"

    def _on_the_trail(self) -> list[Entry]:
        """Whatever was done to the engagement or the member, as it can be read."""
        moment = self.world.ports.now()
        span = {"since": moment - timedelta(1), "until": moment + timedelta(1), "limit": 200}
        about = [TrailQuery(**span, engagement=self.name), TrailQuery(**span, member=self.name)]
        by_name = {
            item.id: item
            for request in about
            for item in self.world.ports.trail.page(request).items
        }
        return [item for item in by_name.values() if item.outcome is Outcome.DONE]


@dataclass(slots=True)
class Killed:
    """What came of it all."""

    kills: int = 0
    vends: int = 0
    acknowledged: int = 0
    wrong: list[str] = field(default_factory=list)


def kill(*, seconds: float, enough: Enough = never, defect: str = "") -> Killed:
    """Case after case, some at once, for so long, or until that is enough."""
    killed, until = Killed(), now() + seconds
    with a_world(defect=defect) as world:
        arn = world.client_creates("acme-kills")
        world.has_leads(LEAD)
        cases: list[Case] = []
        while now() < until:
            fresh = [
                Case(world, f"acme-{len(cases) + n}", random.choice([*REVOCATIONS]))  # noqa: S311
                for n in range(AT_ONCE)
            ]
            for case in fresh:
                world.opens(case.name, {"deploy": arn}, [case.name])
            killed.kills += _played(world, fresh)
            cases += fresh
            response, wrong = world.so_far([case.name for case in cases])
            if enough(response, wrong):
                break
        killed.vends, killed.acknowledged = len(response.vends), response.acknowledged
        killed.wrong += wrong
        for case in cases:
            killed.wrong += case.wrongs(response)
    return killed


def _played(world: World, cases: list[Case]) -> int:
    """How many of them were killed: by themselves, at a step, or by us, at any moment."""
    began, mortal, rest, killed = now(), list[int](), list[int](), 0
    left = sorted((due for case in cases for due in case.plan()), key=lambda due: due.begins)
    for due in left:
        while began + due.begins > now():
            time.sleep(0.02)
            killed += _one_dies(world, mortal)
        (mortal if due.is_mortal else rest).append(due.start())
    while mortal:
        time.sleep(0.02)
        killed += _one_dies(world, mortal, often=0.3)
    for pid in rest:
        world.nursery.wait(pid)
    return killed


def _one_dies(world: World, running: list[int], *, often: float = 0.08) -> int:
    if not running or random.random() > often:  # noqa: S311
        return 0
    return world.nursery.kill(running.pop(random.randrange(len(running))))  # noqa: S311
