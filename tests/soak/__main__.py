"""`make soak`: race and kill for some minutes, in turn. Figures at the end, and what was wrong."""

from __future__ import annotations

import sys
import time

from tests.soak.kills import kill
from tests.soak.race import ALL_DEEDS, race

ROUND = 30.0  # seconds


def main() -> int:
    minutes = float(sys.argv[1])
    until = time.monotonic() + 60 * minutes
    handed_over = acknowledged = kills = 0
    wrong: list[str] = []
    while time.monotonic() < until:
        print("sixteen processes vend while leads take away ...", flush=True)
        told, found = race(ALL_DEEDS, seconds=ROUND)
        print("processes that vend and revoke are killed ...", flush=True)
        killed = kill(seconds=ROUND, says=lambda text: print(f"  {text}", flush=True))
        handed_over += told.allowed_throughout + killed.vends
        acknowledged += told.acknowledged + killed.acknowledged
        kills += killed.kills
        wrong += [*found, *killed.wrong]
        print(
            f"{handed_over} sessions handed over at the first try, {acknowledged} revocations"
            f" acknowledged, {kills} kills, {len(wrong)} things wrong",
            flush=True,
        )
    for one in wrong:
        print(f"wrong: {one}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
