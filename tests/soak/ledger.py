"""The log of the actors, compared with the trail and with the revocations' own responses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from chalicelib.domain.trail import Entry, Outcome

LogRecord = dict[str, Any]


@dataclass(slots=True)
class ImposedRestriction:
    """A restriction and its times: being imposed from `began`, in force from `acknowledged_at`
    until `restoring`, and lifted at `restored`."""

    name: str
    scope: dict[str, str]
    began: float
    acknowledged_at: float = inf
    restoring: float = inf
    restored: float = inf
    live: frozenset[str] = frozenset()
    left_open: frozenset[str] = frozenset()

    def applies_to(self, record: LogRecord) -> bool:
        return all(record[name] == value for name, value in self.scope.items())


@dataclass(slots=True)
class Ledger:
    """`vends` and `refusals` are the responses that vending processes received, in order of
    time."""

    vends: list[LogRecord] = field(default_factory=list)
    refusals: list[LogRecord] = field(default_factory=list)
    restrictions: dict[str, ImposedRestriction] = field(default_factory=dict)
    logged_violations: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, log: Path) -> Ledger:
        ledger = cls()
        whole_lines, _, _ = log.read_text().rpartition("\n")
        for line in whole_lines.splitlines():
            ledger._add(json.loads(line))
        return ledger

    def _add(self, record: LogRecord) -> None:
        at = record["at"]
        match record["event"]:
            case "vend":
                self.vends.append(record)
            case "refusal":
                self.refusals.append(record)
            case "imposing":
                self.restrictions[record["id"]] = ImposedRestriction(
                    record["restriction"], record["scope"], at
                )
            case "acknowledged":
                restriction = self.restrictions[record["id"]]
                restriction.acknowledged_at = record["acknowledged_at"]
                restriction.live = frozenset(record["live"])
                restriction.left_open = frozenset(record["left_open"])
            case "restoring":
                self.restrictions[record["id"]].restoring = at
            case "restored":
                self.restrictions[record["id"]].restored = at
            case "revocation refused":
                self.logged_violations.append(
                    f"revocation refused: {record['restriction']}, {record['error']}"
                )
            case "restoring refused":
                self.logged_violations.append(
                    f"restoring refused: {record['restriction']}, {record['error']}"
                )
            case "crash":
                self.logged_violations.append(f"crashed: {record['text']}")

    @property
    def acknowledged(self) -> int:
        return sum(restriction.acknowledged_at < inf for restriction in self.restrictions.values())

    @property
    def allowed_throughout(self) -> int:
        """Count the vends that no restriction applied to at any time from request to response.

        Unless one of them was refused, all were handed over at the first attempt.
        """
        return sum(not self._was_restricted(vend) for vend in (*self.vends, *self.refusals))

    def violations(self, trail: Iterable[Entry]) -> list[str]:
        """Return all violations; `trail` holds every vend's entries.

        Each text begins with the kind of violation.
        """
        entries = list(trail)
        return [
            *self.logged_violations,
            *self._refused_without_cause(),
            *self._handed_over_late(),
            *self._left_open(entries),
            *self._not_on_trail(entries),
        ]

    def _refused_without_cause(self) -> Iterator[str]:
        for refusal in self.refusals:
            if refusal["error"] == "Unavailable" or not self._was_restricted(refusal):
                cause = f"{refusal['error']} {refusal['reason']}"
                yield f"refused though allowed: {_described(refusal)} {cause}"

    def _was_restricted(self, record: LogRecord) -> bool:
        return any(
            restriction.began <= record["at"] and record["began"] <= restriction.restored
            for restriction in self.restrictions.values()
            if restriction.applies_to(record)
        )

    def _handed_over_late(self) -> Iterator[str]:
        """Yield the vends that a restriction should have stopped or listed.

        Such a vend last read its facts before access was being restored. It was handed over after
        the revocation's response, or the response does not list it as live.
        """
        for restriction in self.restrictions.values():
            if restriction.acknowledged_at == inf:
                continue
            for vend in self.vends:
                if not restriction.applies_to(vend) or vend["facts_read"] >= restriction.restoring:
                    continue
                if vend["putting_outcome"] > restriction.acknowledged_at:
                    yield f"handed over after the response: {restriction.name}, {_described(vend)}"
                elif vend["vend"] not in restriction.live:
                    yield f"not in the response: {restriction.name}, {_described(vend)}"

    def _left_open(self, entries: list[Entry]) -> Iterator[str]:
        intents = {entry.vend: entry for entry in entries if entry.outcome is Outcome.INTENDED}
        for restriction in self.restrictions.values():
            for vend in restriction.left_open:
                intent = intents[vend]
                request = {
                    "member": intent.actor,
                    "engagement": intent.engagement,
                    "role": intent.role,
                    "token": intent.token,
                }
                if restriction.applies_to(request):
                    yield f"left open: {restriction.name}, vend {vend}"

    def _not_on_trail(self, entries: list[Entry]) -> Iterator[str]:
        intended = {entry.vend for entry in entries if entry.outcome is Outcome.INTENDED}
        issued = Counter(entry.vend for entry in entries if entry.outcome is Outcome.ISSUED)
        for vend in self.vends:
            if vend["vend"] not in intended or issued[vend["vend"]] != 1:
                yield f"not on the trail: {_described(vend)}"


StopCondition = Callable[[Ledger, list[str]], bool]
"""Takes the ledger and its violations; returns whether the run can end before its time."""


def run_to_end(_ledger: Ledger, _violations: list[str]) -> bool:
    return False


def until_violation(*kinds: str) -> StopCondition:
    """Return a condition that ends the run at the first violation of one of these kinds."""
    return lambda _, violations: any(violation.startswith(kinds) for violation in violations)


def _described(record: LogRecord) -> str:
    names = ("member", "role", "token", "vend")
    return " ".join(f"{name} {record[name]}" for name in names if name in record)
