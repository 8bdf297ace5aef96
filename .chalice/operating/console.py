"""Print lines, ask questions and report errors in the operator's commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


class Stop(Exception):
    """The command cannot continue. The message tells the operator why, and what to do."""


def say(text: str = "") -> None:
    """Print a line, and flush it, so that it shows at once even through a pipe."""
    print(text, flush=True)


def is_confirmed(question: str) -> bool:
    """Ask the operator, and return whether they confirm. YES=1 confirms. No input declines."""
    if os.environ.get("YES") == "1":
        say(f"{question} Yes (YES=1).")
        return True
    print(f"{question} [y/N] ", end="", flush=True)
    answer = sys.stdin.readline()
    if not answer:
        say("\nNo input, so the answer is no. (YES=1 answers yes to everything.)")
    return answer.strip().lower() in ("y", "yes")


def exit_status(command: Callable[[], None]) -> int:
    """Run a command, print its error if it raises Stop, and return its exit status."""
    try:
        command()
    except Stop as stop:
        print(f"Daypass: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nDaypass: The command was interrupted. If AWS CloudFormation was changing a stack,"
            " that change continues. The next `make deploy` waits for it, and then deploys the"
            " rest.",
            file=sys.stderr,
        )
        return 130
    return 0
