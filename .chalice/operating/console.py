"""Print, ask and stop: the console of the operator's commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


class Stop(Exception):
    """The command cannot continue. The message says why and what to do."""


def say(text: str = "") -> None:
    """Print a line at once, also into a pipe, so that the progress shows."""
    print(text, flush=True)


def agreed(question: str) -> bool:
    """Ask, and return whether the operator agrees. YES=1 agrees; no input declines."""
    if os.environ.get("YES") == "1":
        say(f"{question} Yes (YES=1).")
        return True
    print(f"{question} [y/N] ", end="", flush=True)
    answer = sys.stdin.readline()
    if not answer:
        say("\nNo input, so the answer is no. (YES=1 answers yes to everything.)")
    return answer.strip().lower() in ("y", "yes")


def exit_status(command: Callable[[], None]) -> int:
    """Run a command, and return its exit status."""
    try:
        command()
    except Stop as stop:
        print(f"Daypass: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nDaypass: Interrupted. AWS CloudFormation finishes the change that it has begun. The"
            " next `make deploy` waits for that, and continues.",
            file=sys.stderr,
        )
        return 130
    return 0
