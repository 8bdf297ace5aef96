"""Freeze Daypass, look whether it is frozen, and lift the freeze or a client's pause."""

from __future__ import annotations

import time
from argparse import Namespace
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

from daypass.broker import Broker, segment
from daypass.command import BROKER, JSON, YES, Command
from daypass.commands.leads.arguments import ENGAGEMENT, GROUP, WHY
from daypass.errors import Refused, Unreachable
from daypass.machine.logins import connect
from daypass.terminal.output import confirm, count_of, print_json, print_text
from daypass.terminal.times import parse_api_time, show_moment, show_time
from daypass.terminal.waiting import progress

_PAUSE = 1.0


def describe_freeze(status: dict[str, Any]) -> str:
    """Return the freeze in a few sentences."""
    if not status["frozen"]:
        return "Daypass is not frozen."
    sentences = [describe_start(status), describe_alive(status)]
    if status["lift_requested_by"]:
        sentences.append(
            f"{status['lift_requested_by']} asked to lift it. Another lead confirms that until"
            f" {show_moment(status['lift_request_ends_at'])}: daypass thaw"
        )
    return "\n".join(sentences)


def describe_start(status: dict[str, Any]) -> str:
    """Return since when Daypass is frozen, and whether requests from before may get a session."""
    since, by = show_moment(status["frozen_at"]), status["frozen_by"]
    last = status["no_session_after"]
    is_over = parse_api_time(last) <= datetime.now(timezone.utc)
    rest = (
        f"It hands over no session after {show_time(last)}."
        if is_over
        else f"Until {show_time(last)}, a request from before the freeze may still get a session."
    )
    return f"Daypass is frozen since {since}, by {by}: {status['reason']}\n{rest}"


def describe_alive(status: dict[str, Any]) -> str:
    """Return how many sessions may be alive, as far as Daypass has counted them."""
    if status["listed_at"] is None:
        return "It is counting the sessions that may be alive, and then requests their cut-offs."
    if not status["alive"]:
        return "No session is alive."
    return (
        f"{count_of(status['alive'], 'session')} may be alive, until"
        f" {show_moment(status['last_moment'])} at the latest. See: daypass cut-offs"
    )


def read_freeze(broker: Broker) -> dict[str, Any] | None:
    """Return the freeze if Daypass is frozen, otherwise None. An older Daypass cannot be."""
    try:
        status = broker.get("/v1/freeze")
    except Refused as error:
        if error.reason != "no-such-route":
            raise
        return None
    return dict(status) if status["frozen"] else None


def warn_if_frozen(broker: Broker) -> None:
    """Print the freeze, if there is one, above a list."""
    status = read_freeze(broker)
    if status is not None:
        print_text(describe_freeze(status))


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
    if not status["frozen"]:
        print_json(status) if arguments.json else print("Daypass is not frozen.")
        return
    effect = (
        f"{describe_freeze(status)}\n"
        "Two leads lift a freeze. The first one requests it, and the second one lifts it: then"
        " members get sessions again. Nothing that was cut off comes back."
    )
    if not confirm(effect, yes=arguments.yes):
        return
    answer = broker.post("/v1/thaw", {"reason": arguments.reason})
    if arguments.json:
        print_json(answer)
    elif answer["frozen"]:
        print_text(
            "You asked to lift the freeze. Daypass stays frozen until another lead types, before"
            f" {show_moment(answer['lift_request_ends_at'])}: daypass thaw --reason …"
        )
    else:
        print("The freeze is lifted: members get sessions again.")


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
