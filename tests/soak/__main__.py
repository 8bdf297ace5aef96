"""Run races, attacks on approvals, kills and fuzzed requests in turn for some minutes
(`make soak`), and print a summary.

Fail if there is any violation, and print each.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

from tests.soak.approvals import attack_approvals
from tests.soak.context import now
from tests.soak.fuzz import fuzz
from tests.soak.kills.runs import run_kills
from tests.soak.race import ALL_RESTRICTIONS, race

PART_SECONDS = 20
"""Longer parts slow down: every revocation then has more vends to read."""
PROGRESS_INTERVAL = 4
"""Seconds between two lines of progress."""


@dataclass(slots=True)
class Totals:
    """Totals of all parts so far."""

    races: int = 0
    handed_over: int = 0
    allowed_throughout: int = 0
    acknowledged: int = 0
    attack_steps: int = 0
    refused_steps: int = 0
    mails: int = 0
    kills: int = 0
    requests: int = 0
    violations: list[str] = field(default_factory=list)


def add_race(totals: Totals) -> None:
    ledger, violations = race(ALL_RESTRICTIONS, seconds=PART_SECONDS)
    totals.races += 1
    totals.handed_over += len(ledger.vends)
    totals.allowed_throughout += ledger.allowed_throughout
    totals.acknowledged += ledger.acknowledged
    totals.violations += violations


def add_approvals(totals: Totals) -> None:
    result = attack_approvals(seconds=PART_SECONDS)
    totals.handed_over += len(result.ledger.vends)
    totals.acknowledged += result.ledger.acknowledged
    totals.attack_steps += result.steps.total()
    totals.refused_steps += result.refused_steps.total()
    totals.mails += result.mails
    totals.violations += result.violations


def add_kills(totals: Totals) -> None:
    result = run_kills(seconds=PART_SECONDS)
    totals.kills += result.kills
    totals.handed_over += result.vends
    totals.acknowledged += result.acknowledged
    totals.violations += result.violations


def add_fuzz(totals: Totals) -> None:
    result = fuzz(seconds=PART_SECONDS)
    totals.requests += result.requests
    totals.violations += result.violations


PARTS: dict[str, Callable[[Totals], None]] = {
    "race": add_race,
    "approvals": add_approvals,
    "kills": add_kills,
    "fuzz": add_fuzz,
}


@contextmanager
def progress(part: str) -> Iterator[None]:
    """Print a line every few seconds until the block ends."""
    ended, began = threading.Event(), now()

    def print_progress() -> None:
        while not ended.wait(PROGRESS_INTERVAL):
            print(f"  {part}: {now() - began:.0f} s", flush=True)

    printer = threading.Thread(target=print_progress, daemon=True)
    printer.start()
    try:
        yield
    finally:
        ended.set()
        printer.join()


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    deadline = now() + 60 * parser.parse_args().minutes
    totals = Totals()
    for part, add_part in cycle(PARTS.items()):
        if now() >= deadline:
            break
        previous_count = len(totals.violations)
        with progress(part):
            add_part(totals)
        for violation in totals.violations[previous_count:]:
            print(f"violation: {violation}")
        print(f"{part} ended; violations so far: {len(totals.violations)}", flush=True)
    print(summary(totals))
    if totals.violations:
        raise SystemExit(1)


def summary(totals: Totals) -> str:
    refused = sum(text.startswith("refused though allowed") for text in totals.violations)
    return f"""
sessions handed over                       {totals.handed_over:8}
races                                      {totals.races:8}
  vends allowed from request to response   {totals.allowed_throughout:8}
  of these, refused                        {refused:8}
revocations acknowledged                   {totals.acknowledged:8}
steps of a bad lead                        {totals.attack_steps:8}
  refused                                  {totals.refused_steps:8}
e-mails to clients                         {totals.mails:8}
processes killed                           {totals.kills:8}
fuzzed requests                            {totals.requests:8}
violations                                 {len(totals.violations):8}"""


if __name__ == "__main__":
    main()
