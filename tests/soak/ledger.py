"""What the processes told, and what is wrong with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from chalicelib.domain.trail import Entry, Outcome

Told = dict[str, Any]


@dataclass(slots=True)
class Taken:
    """Something that was taken away, and when. It is under way from `began`, in force from
    `answered` until `restoring`, and over with `restored`."""

    deed: str
    scope: dict[str, str]
    began: float
    answered: float = inf
    restoring: float = inf
    restored: float = inf
    live: frozenset[str] = frozenset()
    left_open: frozenset[str] = frozenset()

    def is_about(self, asked: Told) -> bool:
        return all(asked[name] == value for name, value in self.scope.items())


@dataclass(slots=True)
class Ledger:
    """`vends` and `refusals` are what those who vended were told, in the order of time."""

    vends: list[Told] = field(default_factory=list)
    refusals: list[Told] = field(default_factory=list)
    taken: dict[str, Taken] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, log: Path) -> Ledger:
        ledger = cls()
        whole, _, _ = log.read_text().rpartition("\n")
        for line in whole.splitlines():
            ledger._add(json.loads(line))
        return ledger

    def _add(self, told: Told) -> None:
        what, at = told["what"], told["at"]
        self.counted[what] += 1
        match what:
            case "vend":
                self.vends.append(told)
            case "refusal":
                self.refusals.append(told)
            case "takes away":
                self.taken[told["number"]] = Taken(told["deed"], told["scope"], at)
            case "answer":
                taken = self.taken[told["number"]]
                taken.answered = told["answered"]
                taken.live = frozenset(told["live"])
                taken.left_open = frozenset(told["left_open"])
            case "restoring":
                self.taken[told["number"]].restoring = at
            case "restored":
                self.taken[told["number"]].restored = at
            case "revocation refused":
                self.wrong.append(f"revocation refused: {told['deed']}, {told['error']}")
            case "crash":
                self.wrong.append(f"crashed: {told['text']}")

    @property
    def acknowledged(self) -> int:
        return sum(taken.answered < inf for taken in self.taken.values())

    @property
    def allowed_throughout(self) -> int:
        """How many were asked for while nothing that they need was taken away. With none of the
        refusals among them, so many were handed over at the first try."""
        return sum(not self._was_taken(vend) for vend in (*self.vends, *self.refusals))

    def wrongs(self, trail: Iterable[Entry]) -> list[str]:
        """`trail`: all entries of vends. Each sentence begins with what kind of wrong it is."""
        entries = list(trail)
        return [
            *self.wrong,
            *self._refused_without_cause(),
            *self._late(),
            *self._left_open(entries),
            *self._not_on_record(entries),
        ]

    def _refused_without_cause(self) -> Iterator[str]:
        for refusal in self.refusals:
            if refusal["error"] == "Unavailable" or not self._was_taken(refusal):
                why = f"{refusal['error']} {refusal['reason']}"
                yield f"refused though allowed: {_named(refusal)} {why}"

    def _was_taken(self, one: Told) -> bool:
        return any(
            taken.began <= one["at"] and one["began"] <= taken.restored
            for taken in self.taken.values()
            if taken.is_about(one)
        )

    def _late(self) -> Iterator[str]:
        """What was looked at for the last time before anything was given back, and is not among
        what was handed over by the answer's own word, got out after it, or is not accounted for."""
        for taken in self.taken.values():
            if taken.answered == inf:
                continue
            for vend in self.vends:
                if not taken.is_about(vend) or vend["looked"] >= taken.restoring:
                    continue
                if vend["settling"] > taken.answered:
                    yield f"handed over after the answer: {taken.deed}, {_named(vend)}"
                elif vend["vend"] not in taken.live:
                    yield f"not in the answer: {taken.deed}, {_named(vend)}"

    def _left_open(self, entries: list[Entry]) -> Iterator[str]:
        intents = {entry.vend: entry for entry in entries if entry.outcome is Outcome.INTENDED}
        for taken in self.taken.values():
            for vend in taken.left_open:
                intent = intents[vend]
                fields = {"member": intent.actor, "engagement": intent.engagement}
                if taken.is_about(fields | {"role": intent.role, "token": intent.token}):
                    yield f"left open: {taken.deed}, vend {vend}"

    def _not_on_record(self, entries: list[Entry]) -> Iterator[str]:
        intended = {entry.vend for entry in entries if entry.outcome is Outcome.INTENDED}
        issued = Counter(entry.vend for entry in entries if entry.outcome is Outcome.ISSUED)
        for vend in self.vends:
            if vend["vend"] not in intended or issued[vend["vend"]] != 1:
                yield f"not on record: {_named(vend)}"


Enough = Callable[[Ledger, list[str]], bool]
"""Whether what was told, and what is wrong with it, is all that is to be known."""


def never(_told: Ledger, _wrong: list[str]) -> bool:
    return False


def until_found(kind: str) -> Enough:
    """Enough with the first wrong of this kind."""
    return lambda _, wrong: any(item.startswith(kind) for item in wrong)


def _named(one: Told) -> str:
    names = ("member", "role", "token", "vend")
    return " ".join(f"{name} {one[name]}" for name in names if name in one)
