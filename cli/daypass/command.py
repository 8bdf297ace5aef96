"""Declare commands: each is one `Command`, and its arguments are `argument(…)`."""

from __future__ import annotations

import os
import re
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import Any, NamedTuple


class Argument(NamedTuple):
    """One argument, as `argparse.ArgumentParser.add_argument` takes it."""

    names: tuple[str, ...]
    options: dict[str, Any]
    completes: str
    """The kind of names that completion offers: a kind of machine.lists, or none."""


def argument(*names: str, completes: str = "", **options: Any) -> Argument:
    return Argument(names, options, completes)


class Command(NamedTuple):
    """One command of `daypass`. `run` returns an exit code; None means 0."""

    name: str
    summary: str
    run: Callable[[Namespace], int | None]
    arguments: tuple[Argument, ...] = ()
    group: str = "Work"
    description: str = ""
    """Further sentences for `daypass NAME --help`."""
    takes_program: bool = False
    """A program and its arguments may follow `--`."""


def region(text: str) -> str:
    """Return the text if it can be the name of an AWS region, or is empty."""
    if not re.fullmatch(r"[a-z0-9-]{0,32}", text, re.ASCII):
        raise ArgumentTypeError("a region is a name such as eu-central-1")
    return text


def target_argument(help: str) -> Argument:
    """Return the argument for an engagement and its role, which may be left out."""
    return argument(
        "target",
        nargs="?",
        default="",
        metavar="ENGAGEMENT[/ROLE]",
        completes="targets",
        help=help,
    )


TARGET = target_argument(
    "such as acme-prod/readonly. Leave out the role if you have only one, and both in a folder that"
    " daypass use has bound"
)


def _reason(text: str) -> str:
    """Return the typed reason, or else the environment's. argparse calls this for a default too."""
    return text or os.environ.get("DAYPASS_REASON", "")


REASON = argument(
    "--reason",
    "--because",
    default="",
    type=_reason,
    help="why you need the session, if the role requires it. Default: $DAYPASS_REASON",
)
BROKER = argument(
    "--broker", default="", metavar="ADDRESS", help="another login than the last one (see whoami)"
)
AS_AGENT = argument(
    "--as-agent", action="store_true", help="say that a program works here for you by itself"
)
JSON = argument("--json", action="store_true", help="print JSON")
YES = argument("--yes", action="store_true", help="do not ask for a confirmation")
SESSION = (TARGET, REASON, AS_AGENT, BROKER)
