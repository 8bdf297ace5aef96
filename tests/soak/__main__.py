"""`make soak`: races, kills and fuzzed requests in turn, for some minutes, and the figures of it.

It fails if anything is wrong, and says what."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

from tests.soak.fuzz import fuzz
from tests.soak.here import now
from tests.soak.killing.kills import kill
from tests.soak.race import ALL_DEEDS, race

ROUND = 20  # seconds: longer ones have more and more to read for each revocation
EVERY = 4
"""Seconds between two signs of life."""


@dataclass(slots=True)
class Figures:
    """Of all rounds so far."""

    races: int = 0
    handed_over: int = 0
    allowed_throughout: int = 0
    acknowledged: int = 0
    kills: int = 0
    requests: int = 0
    wrong: list[str] = field(default_factory=list)


def races(figures: Figures) -> None:
    response, wrong = race(ALL_DEEDS, seconds=ROUND)
    figures.races += 1
    figures.handed_over += len(response.vends)
    figures.allowed_throughout += response.allowed_throughout
    figures.acknowledged += response.acknowledged
    figures.wrong += wrong


def kills(figures: Figures) -> None:
    result = kill(seconds=ROUND)
    figures.kills += result.kills
    figures.handed_over += result.vends
    figures.acknowledged += result.acknowledged
    figures.wrong += result.wrong


def fuzzes(figures: Figures) -> None:
    result = fuzz(seconds=ROUND)
    figures.requests += result.requests
    figures.wrong += result.wrong


PARTS: dict[str, Callable[[Figures], None]] = {"race": races, "kills": kills, "fuzz": fuzzes}


@contextmanager
def signs_of_life(part: str) -> Iterator[None]:
    over, began = threading.Event(), now()

    def say() -> None:
        while not over.wait(EVERY):
            print(f"  {part}, for {now() - began:.0f} s", flush=True)

    speaker = threading.Thread(target=say, daemon=True)
    speaker.start()
    try:
        yield
    finally:
        over.set()
        speaker.join()


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    until = now() + 60 * parser.parse_args().minutes
    figures = Figures()
    for part, go_through in cycle(PARTS.items()):
        if now() >= until:
            break
        count = len(figures.wrong)
        with signs_of_life(part):
            go_through(figures)
        for item in figures.wrong[count:]:
            print(f"wrong: {item}")
        print(f"{part}: {len(figures.wrong)} wrong so far", flush=True)
    print(
        f"""
sessions handed over       {figures.handed_over:8}
  where nothing they need was taken away meanwhile, {figures.races} races:
  asked for                {figures.allowed_throughout:8}
  refused                  {sum(w.startswith("refused") for w in figures.wrong):8}
taken away, acknowledged   {figures.acknowledged:8}
processes killed           {figures.kills:8}
requests fuzzed            {figures.requests:8}
wrong                      {len(figures.wrong):8}"""
    )
    if figures.wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
