"""The arguments and checks that commands about requests share."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError
from typing import Any

from daypass.cached import AGENT_VARIABLES, caller_kind
from daypass.command import Argument, argument
from daypass.errors import Refused, UsageProblem
from daypass.targets import Target, parse_target
from daypass.terminal.times import parse_duration

GROUP = "Access on request"
REQUEST = argument(
    "request",
    metavar="REQUEST",
    completes="requests",
    help="such as bob.00d9o4r5k3f81c2q; daypass requests lists them",
)


def duration(text: str) -> int:
    """Return the seconds of a duration, as argparse reads an argument's value."""
    try:
        return parse_duration(text)
    except UsageProblem as error:
        raise ArgumentTypeError(str(error).rstrip(".")) from None


def duration_argument(help: str, name: str = "--for", **options: Any) -> Argument:
    """Return an argument for a duration, which is read as seconds. `--for` is stored as `for_`."""
    stored_as = "for_" if name == "--for" else name[2:].replace("-", "_")
    return argument(name, dest=stored_as, type=duration, metavar="DURATION", help=help, **options)


def parse_role(text: str) -> Target:
    """Return the engagement and role. Raise UsageProblem if the role is missing."""
    target = parse_target(text)
    if not target.role:
        raise UsageProblem("Name the role too, such as acme-prod/deploy.")
    return target


def require_person() -> None:
    """Raise Refused if the command runs for a program that works by itself."""
    if caller_kind() == "agent":
        variables = [*filter(os.environ.get, AGENT_VARIABLES), "AWS_EXECUTION_ENV"]
        raise Refused(
            "A program that works by itself can ask for access, and can decide nothing. A person"
            f" has to, in a terminal of their own: here, {variables[0]} is set.",
            "agent-cannot-decide",
        )
