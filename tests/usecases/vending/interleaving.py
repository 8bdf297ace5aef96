"""Run use cases side by side, step by step, in every order that there is.

Each actor is the code itself, and a step is a call of a port. An actor is not held up between two
steps: told the same, it does the same, so it is run from its beginning, is told once more what the
ports told it, and breaks off at the first call that has not been made. Where two orders have come
to the same state (the records are the same, and each actor was told the same), only one of them is
gone on with.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.stops import Stop, with_stop
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.domain.vending.credentials import Credentials, VendedSession
from tests.builders import Scene
from tests.fakes import World

Act = Callable[[Scene], Any]
"""What it does to the world by itself, it does before its first step."""

CRASHES = "crashes"


class Asks(BaseException):
    """A call of a port that an actor has come to. Nothing of theirs catches this."""

    def __init__(self, what: str, make: Callable[[World], Any]) -> None:
        self.what, self.make = what, make


@dataclass(slots=True, eq=False)
class Actor:
    """One use case that has been told this much. There is one such object for each such story."""

    act: Callable[[Sequence[Any]], Any]
    told: tuple[Any, ...] = ()
    asks: Asks | None = None
    """Its next step; None once it is done."""
    result: Any = None
    later: dict[str, Actor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            self.result = self.act(self.told)
        except Asks as call:
            self.asks = call
        except Exception as error:  # noqa: BLE001 - a refusal is a result
            self.result = error

    @property
    def done(self) -> bool:
        return self.asks is None

    @property
    def story(self) -> Hashable:
        """Of those who are done, only what came of it still counts."""
        if not self.done:
            return id(self)
        return self.result.vend if isinstance(self.result, VendedSession) else repr(self.result)

    def goes_on(self, world: World) -> Actor:
        """Take the step, on this world, and come as far as the next one."""
        assert self.asks is not None
        try:
            response = self.asks.make(world)
        except Exception as error:  # noqa: BLE001 - it is the actor's to make something of it
            response = error
        # Which keys AWS gave decides nothing.
        heard = "" if isinstance(response, Credentials) else repr(response)
        if heard not in self.later:
            self.later[heard] = Actor(self.act, (*self.told, response))
        return self.later[heard]

    def crashes(self) -> Actor:
        """The process is gone."""
        if CRASHES not in self.later:
            self.later[CRASHES] = Actor(lambda _: CRASHES)
        return self.later[CRASHES]


@dataclass(frozen=True, slots=True)
class Play:
    """Actors in one world, who have come as far as the order says."""

    world: World
    actors: tuple[Actor, ...]
    order: tuple[str, ...] = ()
    """Who took which step, or crashed before it."""
    issued_when_answered: frozenset[str] = frozenset()
    """The vends whose place said `issued` at the moment at which the last actor was done."""
    stops_when_answered: frozenset[str] = frozenset()
    """The stops that there were at that moment."""

    def goes_on(self, number: int) -> Play:
        world = copied(self.world)
        return self._with(number, self.actors[number].goes_on(world), world)

    def crashes(self, number: int) -> Play:
        return self._with(number, self.actors[number].crashes(), self.world, f" {CRASHES}")

    def _with(self, number: int, actor: Actor, world: World, how: str = "") -> Play:
        before = self.actors[number].asks
        assert before is not None
        actors = (*self.actors[:number], actor, *self.actors[number + 1 :])
        order = (*self.order, f"{number}: {before.what}{how}")
        issued, stops = self.issued_when_answered, self.stops_when_answered
        if actor is actors[-1] and actor.done:
            issued = frozenset(e.vend for e in world.entries if e.outcome is Outcome.ISSUED)
            stops = frozenset(stop.id for stop in stops_of(world).values())
        return Play(world, actors, order, issued, stops)

    def next_ones(self) -> Iterator[Play]:
        for number, actor in enumerate(self.actors):
            if not actor.done:
                yield self.goes_on(number)
                yield self.crashes(number)

    def state(self) -> Hashable:
        """Two plays with the same one go on in the same ways."""
        # What an actor wrote may depend on when it read; what was there before has the version 1.
        items = frozenset(
            (key, repr(item) if item.version > 1 or isinstance(item, Stop) else "")
            for key, item in self.world.items.items()
        )
        entries = frozenset((entry.id, entry.outcome, entry.reason) for entry in self.world.entries)
        stories = tuple(actor.story for actor in self.actors)
        return items, entries, stories, self.issued_when_answered, self.stops_when_answered


def every_play(make: Callable[[], Scene], *acts: Act, facts: Sequence[str] = ()) -> Iterator[Play]:
    """Every play to its end, one for each state that an end can have. `facts` are read in these
    parts, one after the other: see `PromptedState`."""
    scene = make()
    actors = (Actor(on_stage(scene, act, n, facts)) for n, act in enumerate(acts, start=1))
    left = [Play(scene.world, tuple(actors))]
    seen_states: set[Hashable] = set()
    while left:
        play = left.pop()
        state = play.state()
        if state in seen_states:
            continue
        seen_states.add(state)
        if all(actor.done for actor in play.actors):
            yield play
        left += play.next_ones()


def copied(world: World) -> World:
    """Another one, in which somebody can take a step. Items and entries are never changed."""
    return dataclasses.replace(
        world, items=dict(world.items), entries=list(world.entries), issued=list(world.issued)
    )


def on_stage(
    scene: Scene, act: Act, number: int, facts: Sequence[str]
) -> Callable[[Sequence[Any]], Any]:
    """The act from its beginning, as it goes where the ports tell it this. Its ids are its own."""

    def run(told: Sequence[Any]) -> Any:
        ids = itertools.count(1000 * number)
        prompter = Prompter(told)
        ports = replace(
            scene.ports,
            state=PromptedState("state", prompter, facts),  # type: ignore[arg-type]
            trail=PromptedTrail("trail", prompter),  # type: ignore[arg-type]
            sts=Prompted("sts", prompter),  # type: ignore[arg-type]
            pause=lambda _: None,  # the clock stands still, and somebody else has moved
            random=lambda count: next(ids).to_bytes(count, "big"),
        )
        return act(replace(scene, ports=ports))

    return run


class Prompter:
    """Tells an actor again what it was told, and breaks off at what it was not."""

    def __init__(self, told: Sequence[Any]) -> None:
        self._left = iter(told)

    def ask(self, what: str, make: Callable[[World], Any]) -> Any:
        for response in self._left:
            if isinstance(response, Exception):
                raise response.with_traceback(None)
            return response
        raise Asks(what, make)


@dataclass(slots=True)
class Prompted:
    """A port, each call of which is a step."""

    port: str
    prompter: Prompter

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            def make(world: World) -> Any:
                return getattr(getattr(world.ports(), self.port), name)(*given, **named)

            return self.prompter.ask(name, make)

        return call


def stops_of(world: World) -> dict[Any, Stop]:
    return {key: item for (_, key), item in world.items.items() if isinstance(item, Stop)}


ITEMS_FIRST = ("items", "stops")
STOPS_FIRST = ("stops", "items")


@dataclass(slots=True)
class PromptedState(Prompted):
    """Reads what decides a vend at once, or in two parts, between which anything may happen:
    BatchGetItem reads each item as of its own moment."""

    parts: Sequence[str]

    def access_facts(self, *asked: Any) -> AccessFacts:
        def whole(world: World) -> AccessFacts:
            return world.ports().state.access_facts(*asked)

        def items(world: World) -> AccessFacts:
            kept = {key: item for key, item in world.items.items() if not isinstance(item, Stop)}
            return whole(dataclasses.replace(world, items=kept))

        if not self.parts:
            return self.prompter.ask("access_facts", whole)
        reads: dict[str, Callable[[World], Any]] = {"items": items, "stops": stops_of}
        by_name = {part: self.prompter.ask(part, reads[part]) for part in self.parts}
        items = {name: getattr(by_name["items"], name) for name in AccessFacts.__struct_fields__}
        stops = by_name["stops"]
        return AccessFacts(
            **{
                name: item and with_stop(item, stops.get(item.stop_key))
                for name, item in items.items()
            }
        )


class PromptedTrail(Prompted):
    """Reads vends in two pages, between which anything may happen: the first vend, and the rest."""

    def vends(self, member: str, since: datetime) -> Iterator[Entry]:
        def fresh(world: World, page: int, seen: frozenset[str]) -> list[Entry]:
            results = list(world.ports().trail.vends(member, since))
            first = results[0].vend if results else ""
            there = [item for item in results if (item.vend == first) == (page == 1)]
            return [session for session in there if session.vend not in seen]

        seen: frozenset[str] = frozenset()
        for page in (1, 2):
            results = self.prompter.ask(f"vends, page {page}", partial(fresh, page=page, seen=seen))
            seen |= {item.vend for item in results}
            yield from results
