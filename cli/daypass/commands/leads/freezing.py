"""Freeze Daypass, look whether it is frozen, and lift the freeze or a client's pause."""

from __future__ import annotations

import time
from argparse import Namespace
from contextlib import suppress
from typing import Any

from daypass.broker import Broker, segment
from daypass.command import BROKER, JSON, YES, Command
from daypass.commands.leads.arguments import ENGAGEMENT, GROUP, WHY
from daypass.errors import Refused, Unreachable
from daypass.machine.logins import connect
from daypass.terminal.output import confirm, print_json, print_text
from daypass.terminal.times import show_moment
from daypass.terminal.waiting import progress

_PAUSE = 1.0


def preview(broker: Broker, name: str, names: dict[str, str]) -> str:
    """Return what Daypass says that the action will do to its target. A broker that does not answer
    gives a text too: reading the effect must not prevent a stop."""
    try:
        with progress("Reading what it will do"):
            answer = broker.post(f"/v1/previews/{name}", dict(names))
    except Unreachable as error:
        return f"What it will do could not be read: {error}"
    lines = [answer["title"], *answer["warnings"]]
    for part in answer["parts"]:
        lines += [f"{part['title']}:", *(f"  {line}" for line in part["lines"])]
    return "\n".join(lines)


def warn_if_frozen(broker: Broker) -> None:
    """Print the freeze, if there is one, above a list."""
    status = broker.get("/v1/freeze")
    if status["frozen"]:
        print_text(status["message"])


def wait_for_list(broker: Broker, status: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Read the freeze again until Daypass has counted the live sessions. Return it as it then is.

    The freeze is stored already, so nothing that goes wrong here is an error of the command.
    """
    deadline = time.monotonic() + seconds
    with progress("Counting the live sessions"), suppress(Refused, KeyboardInterrupt):
        while status["listed_at"] is None and time.monotonic() + _PAUSE < deadline:
            time.sleep(_PAUSE)
            with suppress(Unreachable):
                status = broker.get("/v1/freeze")
    return status


def _thaw(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    status = broker.get("/v1/freeze")
    if status["frozen"]:
        if not confirm(preview(broker, "thaw", {}), yes=arguments.yes):
            return
        status = broker.post("/v1/thaw", {"reason": arguments.reason})
    print_json(status) if arguments.json else print_text(status["message"])


def _lift_pause(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    path = f"/v1/engagements/{segment(arguments.engagement)}"
    status = broker.get(f"{path}/pause")
    if not status["paused"]:
        print_json(status) if arguments.json else print(f"{arguments.engagement} is not paused.")
        return
    effect = (
        f"{_describe_pause(arguments.engagement, status)}\n"
        "The client lifts its pause with the code that its page showed. Two leads lift it without"
        " the code: the first one requests it, and Daypass mails the client's approvers. They can"
        " refuse for 24 hours. Then the second lead lifts it, and members get sessions again."
        " Nothing that was cut off comes back."
    )
    if not confirm(effect, yes=arguments.yes):
        return
    answer = broker.post(f"{path}/lift-pause", {"reason": arguments.reason})
    if arguments.json:
        print_json(answer)
    elif answer["paused"]:
        print_text(
            "You asked to lift the pause, and the client can refuse until"
            f" {show_moment(answer['refuse_until'])}. Then another lead types, before"
            f" {show_moment(answer['lift_request_ends_at'])}:"
            f" daypass lift-pause {arguments.engagement} --reason …"
        )
    else:
        print("The pause is lifted: members get sessions again.")


def _describe_pause(engagement: str, status: dict[str, Any]) -> str:
    """Return the pause in a few sentences."""
    sentences = [f"{engagement} is paused since {show_moment(status['paused_at'])}."]
    sentences += [
        f"Someone pressed the button at {show_moment(lock['at'])} on the page of the link"
        f" {lock['link']}."
        for lock in status["locks"]
    ]
    if status["lift_requested_by"]:
        sentences.append(
            f"{status['lift_requested_by']} asked to lift it. Another lead can confirm that from"
            f" {show_moment(status['refuse_until'])} until"
            f" {show_moment(status['lift_request_ends_at'])}."
        )
    return "\n".join(sentences)


COMMANDS = (
    Command(
        "thaw",
        "Lift the freeze of everything, which needs two leads",
        _thaw,
        (WHY, YES, JSON, BROKER),
        group=GROUP,
    ),
    Command(
        "lift-pause",
        "Lift a client's pause without its code, which needs two leads and a day",
        _lift_pause,
        (ENGAGEMENT, WHY, YES, JSON, BROKER),
        group=GROUP,
    ),
)
