"""Run use cases side by side, step by step, in every order that there is.

Each actor is the code itself, in a thread of its own, that stops before every call of a port. An
order is replayed from the beginning; where two orders have come to the same state (the records are
the same, and each actor has read the same), only one of them is gone on with.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.vending.credentials import Credentials
from chalicelib.usecases.vending.vend import Vended
from tests.builders import Scene
from tests.fakes import FakeTrail, World

Act = Callable[[Scene], Any]
CRASHES = "crashes"


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@dataclass(slots=True)
class Actor:
    """One use case under way. `seen` is all that the ports have told it."""

    act: Act
    scene: Scene
    at: str = ""
    done: bool = False
    result: Any = None
    seen: list[str] = field(default_factory=list)
    _mine: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _theirs: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _thread: threading.Thread | None = None
    _killed: bool = False

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._theirs.acquire()

    def go_on(self) -> None:
        """Take the step that it has stopped before, and stop before the next one."""
        self._mine.release()
        self._theirs.acquire()

    def kill(self) -> None:
        self._killed = True
        self.go_on()
        self.result = CRASHES

    def stops(self, step: str) -> None:
        """Called by the actor itself, before each call of a port."""
        self.at = step
        self._theirs.release()
        self._mine.acquire()
        if self._killed:
            raise Killed

    @property
    def came_of_it(self) -> str:
        return self.result.vend if isinstance(self.result, Vended) else repr(self.result)

    def _run(self) -> None:
        try:
            self.result = self.act(self.scene)
        except Killed:
            pass
        except Exception as error:  # noqa: BLE001 - a refusal is a result
            self.result = error
        self.done = True
        self._theirs.release()


@dataclass(slots=True)
class Stopping:
    """A port that lets its actor stop before every call, and keeps what it told."""

    port: Any
    actor: Actor
    steps_itself: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        if name in self.steps_itself:
            return getattr(self.port, name)

        def call(*given: Any, **named: Any) -> Any:
            self.actor.stops(name)
            told = getattr(self.port, name)(*given, **named)
            # Which keys AWS gave decides nothing.
            self.actor.seen.append(name if isinstance(told, Credentials) else f"{name} {told!r}")
            return told

        return call


Order = tuple[tuple[int, str], ...]
"""Whose turn it was, and whether they went on or crashed."""


@dataclass(slots=True)
class Play:
    """Actors on one scene, who have come as far as the order says."""

    scene: Scene
    actors: list[Actor]
    order: Order = ()
    issued_when_answered: frozenset[str] = frozenset()
    """The vends whose place said `issued` at the moment at which the last actor was done."""

    def move(self, number: int, how: str) -> None:
        actor = self.actors[number]
        actor.kill() if how == CRASHES else actor.go_on()
        self.order = (*self.order, (number, how))
        if actor is self.actors[-1] and actor.done:
            entries = self.scene.world.entries
            issued = {one.vend for one in entries if one.outcome is Outcome.ISSUED}
            self.issued_when_answered = frozenset(issued)

    def moves(self) -> list[tuple[int, str]]:
        left = [number for number, actor in enumerate(self.actors) if not actor.done]
        return [(number, how) for number in left for how in ("goes on", CRASHES)]

    def state(self) -> int:
        """Two plays with the same one go on in the same ways."""
        world = self.scene.world
        items = [(key, item.version) for key, item in sorted(world.items.items())]
        entries = sorted((one.id, one.outcome, one.reason) for one in world.entries)
        actors = [a.came_of_it if a.done else (a.at, a.seen) for a in self.actors]
        return hash(repr((items, entries, actors, sorted(self.issued_when_answered))))

    def end(self) -> None:
        """No thread waits for ever."""
        for actor in self.actors:
            if not actor.done:
                actor.kill()


def every_play(make: Callable[[], Scene], *acts: Act) -> Iterator[Play]:
    """Every play to its end, one for each state that an end can have."""
    left: list[Order] = [()]
    known: set[int] = set()
    while left:
        play = _played(make, acts, left.pop())
        while True:
            state = play.state()
            moves = play.moves()
            if state in known:
                break
            known.add(state)
            if not moves:
                yield play
                break
            left += [(*play.order, move) for move in moves[1:]]
            play.move(*moves[0])
        play.end()


def _played(make: Callable[[], Scene], acts: Sequence[Act], order: Order) -> Play:
    play = Play(make(), [])
    for number, act in enumerate(acts, start=1):
        actor = Actor(act, play.scene)
        actor.scene = stopping(play.scene, actor, number)
        play.actors.append(actor)
        actor.start()
    for move in order:
        play.move(*move)
    return play


def stopping(scene: Scene, actor: Actor, number: int) -> Scene:
    """The scene as the actor has it: each call of a port is a step, and each id is its own."""
    ports = scene.ports
    ids = itertools.count(1000 * number)
    trail = InPages(scene.world, actor)
    return replace(
        scene,
        ports=replace(
            ports,
            state=Stopping(ports.state, actor),  # type: ignore[arg-type]
            trail=Stopping(trail, actor, steps_itself=frozenset({"vends"})),  # type: ignore[arg-type]
            sts=Stopping(ports.sts, actor),  # type: ignore[arg-type]
            random=lambda count: next(ids).to_bytes(count, "big"),
        ),
    )


class InPages(FakeTrail):
    """Reads vends in two pages, between which anything may happen: the first vend, and the rest."""

    def __init__(self, world: World, actor: Actor) -> None:
        super().__init__(world)
        self._actor = actor

    def vends(self, member: str, since: datetime) -> Iterator[Entry]:
        seen: set[str] = set()
        for page in (1, 2):
            self._actor.stops(f"vends, page {page}")
            found = list(super().vends(member, since))
            first = found[0].vend if found else ""
            fresh = [one for one in found if (one.vend == first) == (page == 1)]
            fresh = [one for one in fresh if one.vend not in seen]
            seen |= {one.vend for one in fresh}
            self._actor.seen.append(f"page {page} {[(one.id, one.outcome) for one in fresh]}")
            yield from fresh
