"""How the operator's commands speak: what was done, what is asked, why one cannot go on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


class Stop(Exception):
    """The command cannot go on. The message says why, and what to do."""


def say(text: str = "") -> None:
    """At once, into a pipe too: whoever watches sees how far it is."""
    print(text, flush=True)


def agreed(question: str) -> bool:
    """Whether the operator says yes. YES=1 says it for them; no answer is a no."""
    if os.environ.get("YES") == "1":
        say(f"{question} Yes, by YES=1.")
        return True
    print(f"{question} [y/N] ", end="", flush=True)
    answer = sys.stdin.readline()
    if not answer:
        say("\nNobody answers: that is a no. (YES=1 says yes to everything.)")
    return answer.strip().lower() in ("y", "yes")


def exit_status(command: Callable[[], None]) -> int:
    """Run a command, and give the status that its process ends with."""
    try:
        command()
    except Stop as stop:
        print(f"Daypass: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nDaypass: Interrupted. What AWS CloudFormation has begun goes on; the next"
            " `make deploy` waits for it, and goes on from there.",
            file=sys.stderr,
        )
        return 130
    return 0
