"""Run use cases concurrently, step by step, in every possible order.

An actor is a use case that runs its real code. A step is one call of a port. Python cannot pause an
actor between two steps, so each step runs the actor again from its beginning. The ports replay the
responses that they gave before, and the first new call interrupts the run (`PendingCall`). Replay
works because use cases are deterministic: the same responses lead to the same next call.

Two orders can lead to the same state: the same stored records, and the same responses to each
actor. The search continues from only one of them.
"""

from __future__ import annotations

import copy
import dataclasses
import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.stops import Stop, with_stop
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.domain.vending.vends import Credentials, VendedSession
from tests.builders import Scene
from tests.fakes import World

Act = Callable[[Scene], Any]
"""A use case to run. It may change the world without a port only before its first port call."""

CRASHED = "crashed"


class PendingCall(BaseException):
    """An actor's next port call, not made yet. Use cases do not catch it."""

    def __init__(self, name: str, make: Callable[[World], Any]) -> None:
        self.name, self.make = name, make


@dataclass(slots=True, eq=False)
class Actor:
    """One use case after a certain sequence of responses. Each sequence has one such object."""

    act: Callable[[Sequence[Any]], Any]
    responses: tuple[Any, ...] = ()
    next_call: PendingCall | None = None
    """The next step; None after the use case has ended."""
    result: Any = None
    """The value that the use case returned, or the error that it raised."""
    crashed: Actor | None = None
    """The actor after its process died before the next step."""
    state: Hashable = None
    """Identifies the responses of a running actor, and only the result of one that has ended."""
    successors: list[tuple[Any, Actor]] = field(default_factory=list)
    """Each response to the next step so far, with the actor after it."""

    def __post_init__(self) -> None:
        try:
            self.result = self.act(self.responses)
        except PendingCall as call:
            self.next_call = call
        except Exception as error:  # noqa: BLE001 - a refusal is a result
            self.result = error
        if self.done:
            is_session = isinstance(self.result, VendedSession)
            self.state = self.result.vend if is_session else repr(self.result)
        else:
            self.state = id(self)

    @property
    def done(self) -> bool:
        return self.next_call is None

    def step(self, world: World) -> Actor:
        """Make the next call in this world, and return the actor before its following call."""
        assert self.next_call is not None
        try:
            response = self.next_call.make(world)
        except Exception as error:  # noqa: BLE001 - the use case decides how to handle it
            response = error
        for earlier, actor in self.successors:
            if _is_same(earlier, response):
                return actor
        self.successors.append((response, Actor(self.act, (*self.responses, response))))
        return self.successors[-1][1]

    def crash(self) -> Actor:
        """Return the actor after its process died before the next call."""
        if self.crashed is None:
            self.crashed = Actor(lambda _: CRASHED)
        return self.crashed


def _is_same(first: Any, second: Any) -> bool:
    if type(first) is not type(second):
        return False
    if isinstance(first, Credentials):
        return True  # no decision depends on their values
    return bool(repr(first) == repr(second) if isinstance(first, Exception) else first == second)


@dataclass(frozen=True, slots=True)
class Interleaving:
    """One order of the actors' steps so far, and the state that it led to."""

    world: World
    actors: tuple[Actor, ...]
    order: tuple[str, ...] = ()
    """Each step as "actor: call", or "actor: call crashed" for a crash before the call."""
    issued_when_answered: frozenset[str] = frozenset()
    """The vends with the outcome `issued` at the moment when the last actor ended."""
    stops_when_answered: frozenset[str] = frozenset()
    """The IDs of the stops that were stored at that moment."""

    @property
    def results(self) -> list[Any]:
        return [actor.result for actor in self.actors]

    def step(self, number: int) -> Interleaving:
        world = copy_of(self.world)
        return self._with(number, self.actors[number].step(world), world)

    def crash(self, number: int) -> Interleaving:
        return self._with(number, self.actors[number].crash(), self.world, f" {CRASHED}")

    def _with(self, number: int, actor: Actor, world: World, suffix: str = "") -> Interleaving:
        call = self.actors[number].next_call
        assert call is not None
        actors = (*self.actors[:number], actor, *self.actors[number + 1 :])
        order = (*self.order, f"{number}: {call.name}{suffix}")
        issued, stops = self.issued_when_answered, self.stops_when_answered
        if actor is actors[-1] and actor.done:
            issued = frozenset(e.vend for e in world.entries if e.outcome is Outcome.ISSUED)
            stops = frozenset(stop.id for stop in stops_of(world).values())
        return Interleaving(world, actors, order, issued, stops)

    def successors(self) -> Iterator[Interleaving]:
        """Yield each continuation: any running actor takes its next step, or crashes before it."""
        for number, actor in enumerate(self.actors):
            if not actor.done:
                yield self.step(number)
                yield self.crash(number)

    def state(self, texts: Texts) -> Hashable:
        """Return a value that is equal for interleavings with the same continuations."""
        items = texts.of(self.world.items.values(), repr)
        entries = texts.of(self.world.entries, lambda e: repr((e.id, e.outcome, e.reason)))
        actors = tuple(actor.state for actor in self.actors)
        return items, entries, actors, self.issued_when_answered, self.stops_when_answered


class Texts:
    """The texts of the items and entries of a search, whose worlds share them."""

    def __init__(self, before: Iterable[Any]) -> None:
        """Give no text to what is there before the search."""
        self._texts = {id(each): (each, "") for each in before}
        self._sets: dict[frozenset[int], frozenset[str]] = {}

    def of(self, values: Iterable[Any], text: Callable[[Any], str]) -> frozenset[str]:
        """Return the values' texts, each made once."""
        ids = frozenset(map(id, values))
        if ids not in self._sets:
            for each in values:
                if id(each) not in self._texts:
                    self._texts[id(each)] = each, text(each)
            self._sets[ids] = frozenset(self._texts[each][1] for each in ids)
        return self._sets[ids]


def all_interleavings(
    make: Callable[[], Scene], *acts: Act, facts: Sequence[str] = ()
) -> Iterator[Interleaving]:
    """Yield one completed interleaving for each final state of these use cases.

    `facts` lists the parts that a read of the access facts consists of (see `ReplayedState`).
    """
    scene = make()
    actors = (Actor(replayable(scene, act, n, facts)) for n, act in enumerate(acts, start=1))
    left = [Interleaving(scene.world, tuple(actors))]
    seen_states: set[Hashable] = set()
    texts = Texts(scene.items.values())
    while left:
        interleaving = left.pop()
        state = interleaving.state(texts)
        if state in seen_states:
            continue
        seen_states.add(state)
        if all(actor.done for actor in interleaving.actors):
            yield interleaving
        left += interleaving.successors()


def copy_of(world: World) -> World:
    """Return a copy for the next step. It shares items and entries, which are immutable."""
    new = copy.copy(world)
    new.items, new.entries = dict(world.items), list(world.entries)
    new.issued = list(world.issued)
    return new


def replayable(
    scene: Scene, act: Act, number: int, facts: Sequence[str]
) -> Callable[[Sequence[Any]], Any]:
    """Return a function that runs the act from its beginning and replays these responses.

    Each run of an actor creates the same IDs, and no other actor creates them.
    """

    def run(responses: Sequence[Any]) -> Any:
        ids = itertools.count(1000 * number)
        replay = Replay(responses)
        ports = replace(
            scene.ports,
            state=ReplayedState("state", replay, facts),  # type: ignore[arg-type]
            trail=ReplayedTrail("trail", replay),  # type: ignore[arg-type]
            sts=ReplayedPort("sts", replay),  # type: ignore[arg-type]
            pause=lambda _: None,  # the clock stands still; the other actors provide the delay
            random=lambda count: next(ids).to_bytes(count, "big"),
        )
        return act(replace(scene, ports=ports))

    return run


class Replay:
    """An actor's earlier responses, in order. The first call after them is pending."""

    def __init__(self, responses: Sequence[Any]) -> None:
        self._left = iter(responses)

    def call(self, name: str, make: Callable[[World], Any]) -> Any:
        """Return or raise the next response, or raise PendingCall if there is none."""
        for response in self._left:
            if isinstance(response, Exception):
                raise response.with_traceback(None)
            return response
        raise PendingCall(name, make)


@dataclass(slots=True)
class ReplayedPort:
    """A port that makes a step of each call."""

    port: str
    replay: Replay

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            def make(world: World) -> Any:
                return getattr(getattr(world.ports(), self.port), name)(*arguments, **keywords)

            return self.replay.call(name, make)

        return call


def stops_of(world: World) -> dict[Any, Stop]:
    return {key: item for (_, key), item in world.items.items() if isinstance(item, Stop)}


ITEMS_FIRST = ("items", "stops")
STOPS_FIRST = ("stops", "items")
BLOCKS_FIRST = ("blocks", "items", "stops")
BLOCKS_LAST = ("items", "stops", "blocks")
BLOCK_NAMES = ("freeze", "pause")


@dataclass(slots=True)
class ReplayedState(ReplayedPort):
    """A state port that reads the access facts in one step, or in two or three steps.

    BatchGetItem reads each item at its own moment, so other actors' steps may come in between.
    """

    parts: Sequence[str]

    def access_facts(self, *arguments: Any) -> AccessFacts:
        def read_all(world: World) -> AccessFacts:
            return world.ports().state.access_facts(*arguments)

        def read_items(world: World) -> AccessFacts:
            kept = {key: item for key, item in world.items.items() if not isinstance(item, Stop)}
            return read_all(dataclasses.replace(world, items=kept))

        if not self.parts:
            return self.replay.call("access_facts", read_all)
        reads: dict[str, Callable[[World], Any]] = {
            "items": read_items,
            "stops": stops_of,
            "blocks": read_all,
        }
        responses = {part: self.replay.call(part, reads[part]) for part in self.parts}
        facts, stops = responses["items"], responses["stops"]
        names = [name for name in AccessFacts.__struct_fields__ if name not in BLOCK_NAMES]
        items = {name: getattr(facts, name) for name in names}
        blocks = responses.get("blocks", facts)

        def stopped(item: Any) -> Any:
            if isinstance(item, tuple):
                return tuple(map(stopped, item))
            return item and with_stop(item, stops.get(item.stop_key))

        return AccessFacts(
            **{name: stopped(item) for name, item in items.items()},
            **{name: getattr(blocks, name) for name in BLOCK_NAMES},
        )


class ReplayedTrail(ReplayedPort):
    """A trail port that reads a member's vends in two pages: the first vend, then the rest.

    Other actors' steps may come between the pages.
    """

    def vends(self, member: str, since: datetime) -> Iterator[Entry]:
        def read(world: World, page: int, seen: frozenset[str]) -> list[Entry]:
            entries = list(world.ports().trail.vends(member, since))
            first = entries[0].vend if entries else ""
            on_page = [entry for entry in entries if (entry.vend == first) == (page == 1)]
            return [entry for entry in on_page if entry.vend not in seen]

        seen: frozenset[str] = frozenset()
        for page in (1, 2):
            entries = self.replay.call(f"vends, page {page}", partial(read, page=page, seen=seen))
            seen |= {entry.vend for entry in entries}
            yield from entries
