"""Declare commands: each is one `Command`, and its arguments are `argument(…)`."""

from __future__ import annotations

import os
import re
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import Any, NamedTuple

from daypass.terminal.times import parse_duration


class Argument(NamedTuple):
    """One argument, as `argparse.ArgumentParser.add_argument` takes it."""

    names: tuple[str, ...]
    options: dict[str, Any]
    completes: str
    """The kinds of names that completion offers, of those in targets.PATTERNS."""


class _Text(str):
    """A text with an identity of its own: Python has only one empty `str`."""


_NOT_TYPED = _Text()


def _text(typed: str) -> str:
    """Return the typed text. Refuse a blank one, which would mean another command than the typed
    one. argparse calls this for the default too."""
    if typed is not _NOT_TYPED and not typed.strip():
        raise ArgumentTypeError("the value is empty, perhaps from a variable that is not set")
    return typed


def argument(*names: str, completes: str = "", **options: Any) -> Argument:
    """Return an argument. One that takes a text is empty if it is not typed."""
    if "action" not in options:
        options.setdefault("default", None if "type" in options else _NOT_TYPED)
    if options.get("action", "append") == "append" and not {"type", "choices"} & options.keys():
        options["type"] = _text
    return Argument(names, options, completes)


class Command(NamedTuple):
    """One command of `daypass`. `run` returns an exit code; None means 0."""

    name: str
    summary: str
    run: Callable[[Namespace], int | None]
    arguments: tuple[Argument, ...] = ()
    description: str = ""
    """Further sentences for `daypass NAME --help`."""
    takes_program: bool = False
    """A program and its arguments may follow `--`."""
    group: str = ""
    """Its heading in `daypass --help`, which leaves out a command without one."""


def region(text: str) -> str:
    """Return the text if it can be the name of an AWS region, or is empty."""
    if not re.fullmatch(r"[a-z0-9-]{0,32}", text, re.ASCII):
        raise ArgumentTypeError("use a region's name, such as eu-central-1")
    return text


def target_argument(help: str) -> Argument:
    """Return the argument for an engagement and its role, which may be left out."""
    return argument(
        "target",
        nargs="?",
        metavar="ENGAGEMENT[/ROLE]",
        completes="targets",
        help=help,
    )


TARGET = target_argument(
    "such as acme-prod/readonly. You can omit the role if you have only one, and both in a folder"
    " that you bound with daypass use"
)


def _reason(text: str) -> str:
    """Return the typed reason, or else the environment's. argparse calls this for a default too."""
    return text or os.environ.get("DAYPASS_REASON", "")


REASON = argument(
    "--reason",
    "--because",
    default="",
    type=_reason,
    help="why you need the session; the client sees it. Default: $DAYPASS_REASON",
)
BROKER = argument(
    "--broker", metavar="ADDRESS", help="a login other than the last one (see whoami)"
)
AS_AGENT = argument(
    "--as-agent",
    action="store_true",
    help="make the request as an agent, a program that acts for you on its own",
)


def why(help: str, **options: Any) -> Argument:
    """Return the argument for a reason, which has to be typed."""
    return argument("--reason", "--because", help=help, **{"required": True, **options})


def duration_argument(help: str, name: str = "--for", **options: Any) -> Argument:
    """Return an argument for a duration, which is read as seconds. `--for` is stored as `for_`."""
    stored_as = "for_" if name == "--for" else name[2:].replace("-", "_")
    options |= {"dest": stored_as, "type": parse_duration, "metavar": "DURATION"}
    return argument(name, help=help, **options)


JSON = argument("--json", action="store_true", help="print JSON")
CSV = argument("--csv", action="store_true", help="print CSV, with times in UTC")
LIST = (
    argument(
        "--search",
        metavar="WORDS",
        help="only rows that contain all of these words or parts of words",
    ),
    argument("--sort", metavar="COLUMN", help="such as client, or --sort=-client for the reverse"),
    CSV,
    JSON,
)
"""How to choose and print the rows of a list."""
YES = argument("--yes", action="store_true", help="do not ask for a confirmation")
ENGAGEMENT = argument(
    "engagement", metavar="ENGAGEMENT", completes="engagements", help="such as acme-prod"
)
ONE_ENGAGEMENT = argument(
    "engagement",
    nargs="?",
    metavar="ENGAGEMENT",
    completes="engagements",
    help="only this engagement",
)
ABOUT = argument(
    "about",
    nargs="?",
    metavar="ENGAGEMENT|MEMBER",
    completes="engagements members",
    help="only this engagement, or only this member",
)
MEMBER = argument(
    "member", metavar="MEMBER", completes="members", help="a member's ID, such as bob"
)
REQUEST = argument(
    "request",
    metavar="REQUEST",
    completes="requests",
    help="such as bob.00d9o4r5k3f81c2q; daypass requests lists them",
)
WHY = why("the reason, for the trail and the client")
SESSION = (TARGET, REASON, AS_AGENT, BROKER)
