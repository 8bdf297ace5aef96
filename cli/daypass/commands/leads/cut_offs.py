"""Show the cut-offs of live sessions: their progress, and the steps that only a client can do."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from contextlib import suppress

from daypass.broker import Broker
from daypass.command import BROKER, JSON, ONE_ENGAGEMENT, Command, argument
from daypass.commands.leads.questions import warn_if_frozen
from daypass.errors import LocalProblem, Refused, Unreachable, UsageProblem
from daypass.json_object import JsonObject
from daypass.machine.files import write_atomically
from daypass.machine.logins import connect
from daypass.terminal.output import print_json, print_text, printable_lines, progress, warn
from daypass.terminal.times import show_moment

FIRST_PAUSE, LONGEST_PAUSE = 0.3, 2.0
"""Seconds between two looks at the progress of the cut-offs."""
_CLIENT_ACTS = ("client-must-write", "whole-role-only", "other-role")
"""The problems that Daypass cannot solve by trying again."""


def _seconds(text: str) -> int:
    """Return the number of seconds that the text names."""
    if not text.isdecimal() or int(text) > 600:
        raise UsageProblem("--wait takes 0 to 600 seconds.")
    return int(text)


WAIT = argument(
    "--wait",
    type=_seconds,
    default=60,
    metavar="SECONDS",
    help="how long to wait for the cut-offs (60)",
)
SAVE = argument(
    "--save",
    metavar="FILE",
    help="write the commands for the client's administrator to a new file",
)


def follow(broker: Broker, cut_offs: list[JsonObject], wait: float) -> list[JsonObject]:
    """Read the cut-offs again until none is pending that Daypass can complete itself, `wait`
    seconds at most. Return them as they are then.

    The revocation is in force already, so nothing that goes wrong here is an error of the command.
    """
    deadline, pause = time.monotonic() + wait, FIRST_PAUSE
    # A lead who has suspended themself is refused.
    with progress(_progress_text(cut_offs)) as update, suppress(Refused, KeyboardInterrupt):
        while any(map(_may_progress, cut_offs)) and time.monotonic() + pause < deadline:
            time.sleep(pause)
            with suppress(Unreachable):
                cut_offs = _read_again(broker, cut_offs)
            update(_progress_text(cut_offs))
            pause = min(pause * 1.5, LONGEST_PAUSE)
    return cut_offs


def _may_progress(cut_off: JsonObject) -> bool:
    return cut_off["status"] in ("requested", "written") and cut_off["problem"] not in _CLIENT_ACTS


def _progress_text(cut_offs: list[JsonObject]) -> str:
    seen = sum(each["status"] == "seen" for each in cut_offs)
    pending = [f"{_role(each)} {each['status']}" for each in filter(_may_progress, cut_offs)]
    return f"Cut-offs: {seen} of {len(cut_offs)} seen. {', '.join(pending)}"


def _role(cut_off: JsonObject) -> str:
    return f"{cut_off['engagement']}/{cut_off['role']}"


def _read_again(broker: Broker, cut_offs: list[JsonObject]) -> list[JsonObject]:
    """Return the cut-offs as the broker has them now. One that it no longer lists stays as is."""
    engagements = {each["engagement"] for each in cut_offs}
    engagement = engagements.pop() if len(engagements) == 1 else ""
    current = {(_role(each), each["id"]): each for each in read_cut_offs(broker, engagement)}
    return [current.get((_role(each), each["id"]), each) for each in cut_offs]


def read_cut_offs(broker: Broker, engagement: str = "") -> list[JsonObject]:
    """Return the cut-offs that are not over, of all engagements or of one."""
    return list(broker.list_items("/v1/cut-offs", "cut_offs", engagement=engagement))


def print_cut_offs(cut_offs: list[JsonObject]) -> None:
    """Print Daypass's sentences on each cut-off."""
    for message in dict.fromkeys(each["message"] for each in cut_offs):
        print_text(message)


def client_steps(cut_offs: list[JsonObject]) -> str:
    """Return the commands and policies for the clients' administrators. Empty: nothing to do."""
    texts = [
        f"Steps for the client's administrator, to end the sessions of {_role(each)}\nthat were"
        f" issued until {show_moment(each['issued_until'])}:\n\n"
        f"{(each['commands'] or each['policy']).strip()}\n"
        for each in cut_offs
        if each["commands"] or each["policy"]
    ]
    return "\n".join(dict.fromkeys(texts))


def check_new_file(path: str) -> None:
    """Raise LocalProblem if the path names something that exists. Do so before anything is
    changed."""
    if path and os.path.lexists(path):
        raise LocalProblem(f"{path!r} already exists. Name a new file.")


def hand_over_steps(cut_offs: list[JsonObject], path: str) -> None:
    """Write the commands for the clients' administrators into the file, or print them."""
    steps = client_steps(cut_offs)
    if not steps:
        if path:
            print("The client has nothing to do, so no file was written.")
        return
    if path:
        try:
            write_atomically(os.path.abspath(path), printable_lines(steps).encode())
            print(f"The commands for the client's administrator are in {path!r}.")
            return
        except LocalProblem as error:
            warn(str(error))
    print(f"\n{printable_lines(steps)}", end="")


def _list_cut_offs(arguments: Namespace) -> None:
    check_new_file(arguments.save)
    broker = connect(arguments.broker)
    with progress("Reading the cut-offs"):
        cut_offs = read_cut_offs(broker, arguments.engagement)
    if arguments.json:
        print_json(cut_offs)
        return
    warn_if_frozen(broker)
    if not cut_offs:
        print("No cut-off is in progress or in force.")
        return
    print_cut_offs(cut_offs)
    if arguments.commands or arguments.save:
        hand_over_steps(cut_offs, arguments.save)
    elif client_steps(cut_offs):
        print("For the commands that the client's administrator needs, add --commands.")


COMMANDS = (
    Command(
        "cut-offs",
        "Show the cut-offs of live sessions, and their progress",
        _list_cut_offs,
        (
            ONE_ENGAGEMENT,
            argument(
                "--commands",
                action="store_true",
                help="print the commands for the client's administrator",
            ),
            SAVE,
            JSON,
            BROKER,
        ),
    ),
)
