"""List the requests that concern the member, and approve, deny or confirm them."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

from daypass.broker import segment
from daypass.command import (
    BROKER,
    JSON,
    LIST,
    REQUEST,
    YES,
    Command,
    argument,
    duration_argument,
    why,
)
from daypass.errors import UsageProblem
from daypass.json_object import JsonObject
from daypass.lists import show_list
from daypass.machine.logins import connect
from daypass.requests import REQUESTS, describe_request, read_request, require_person
from daypass.targets import store_names
from daypass.terminal.output import confirm, print_hint, print_json, print_text, progress
from daypass.terminal.times import (
    api_time,
    parse_api_time,
    parse_moment,
    show_duration,
    show_moment,
)


def _show_requests(arguments: Namespace) -> None:
    """Print one request in full, or the requests that wait for the member's decision and their own,
    as JSON, CSV or tables."""
    broker = connect(arguments.broker)
    if arguments.request:
        request = read_request(broker, arguments.request)
        print_json(request) if arguments.json else print_text(describe_request(request))
        return
    own = "own" if arguments.all else "open"  # the parts of the API's list
    if arguments.json:
        parts = {"to_decide": "waiting", "mine": own}
        choice = {"q": arguments.search, "sort": arguments.sort}
        pages = {
            key: broker.list_items(REQUESTS, "requests", part=part, **choice)
            for key, part in parts.items()
        }
        print_json({key: list(requests) for key, requests in pages.items()})
        return
    show = partial(show_list, broker, REQUESTS, "requests", arguments=arguments)
    if arguments.csv:
        show({"part": "waiting"}, {"part": own})
        return
    waiting = show({"part": "waiting"}, title="Waiting for you")
    mine = show({"part": own}, title="Yours")
    store_names("requests", sorted({row[0] for row in (*waiting, *mine)}))
    if waiting:
        print_hint("To decide: daypass approve REQUEST, or daypass deny REQUEST")
    elif not mine:
        print(
            "No request is waiting for you, and you have no open requests. To send one: daypass"
            " request"
        )


def _approve(arguments: Namespace) -> None:
    request = _read_for_decision(arguments)
    shorter = _shorter_access(request, arguments) if request["effects"].get("approve") else {}
    body = {**shorter, **({"reason": arguments.reason} if arguments.reason else {})}
    _decide(arguments, "approve", body, request, *map(_describe_shorter, shorter.items()))


def _describe_shorter(change: tuple[str, Any]) -> str:
    name, value = change
    if name == "duration":
        return f"With your change, the access lasts {show_duration(value)}."
    return f"With your change, the access ends on {show_moment(value)}."


def _shorter_access(request: JsonObject, arguments: Namespace) -> JsonObject:
    """Return the fields that shorten the access. Return none if the approver does not shorten it.
    Raise UsageProblem for arguments that do not fit the access."""
    if arguments.for_ and arguments.until:
        raise UsageProblem("Give --for or --until, not both.")
    is_duration = request["duration"] is not None
    if arguments.until and is_duration:
        raise UsageProblem(
            "The time of this access starts at first use. To shorten the time, use --for."
        )
    if arguments.until:
        return {"ends_at": api_time(parse_moment(arguments.until))}
    if arguments.for_ and is_duration:
        return {"duration": arguments.for_}
    if arguments.for_:
        begin = datetime.now(timezone.utc)
        if request["starts_at"] is not None:
            begin = max(begin, parse_api_time(request["starts_at"]))
        return {"ends_at": api_time(begin + timedelta(seconds=arguments.for_))}
    return {}


def _deny(arguments: Namespace) -> None:
    require_person()
    _decide(arguments, "deny", {"reason": arguments.reason})


def confirm_emergency(arguments: Namespace) -> None:
    """Show what happened in the emergency, ask, and confirm it."""
    _decide(arguments, "confirm", {"reason": arguments.reason}, _read_for_decision(arguments))


def _read_for_decision(arguments: Namespace) -> JsonObject:
    require_person()
    return read_request(connect(arguments.broker), arguments.request)


def _decide(
    arguments: Namespace,
    decision: str,
    body: JsonObject,
    request: JsonObject | None = None,
    *more_lines: str,
) -> None:
    """Record the decision, and show Daypass's answer. Given the request, first show it with what
    the decision does and `more_lines`, and ask."""
    # A decision that the member cannot take has no effect listed. Send it without asking, because
    # Daypass's refusal says why.
    effect = request["effects"].get(decision) if request else None
    if request and effect:
        text = "\n".join([describe_request(request), *effect, *more_lines])
        if not confirm(text, yes=arguments.yes):
            return
    path = f"{REQUESTS}/{segment(arguments.request)}/{decision}"
    with progress("Recording the decision"):
        decided = connect(arguments.broker).post(path, body)
    print_json(decided) if arguments.json else print_text(decided["message"])


COMMANDS = (
    Command(
        "requests",
        "List the requests that are waiting for you, and your own",
        _show_requests,
        (
            argument(
                "request",
                nargs="?",
                metavar="REQUEST",
                completes="requests",
                help="show only this request, in full",
            ),
            argument("--all", action="store_true", help="also your requests from the last 30 days"),
            *LIST,
            BROKER,
        ),
    ),
    Command(
        "approve",
        "Approve a request",
        _approve,
        (
            REQUEST,
            duration_argument("a shorter time, such as 1h"),
            argument("--until", metavar="TIME", help="an earlier end, such as 18:00"),
            why("a message to the member", required=False),
            YES,
            JSON,
            BROKER,
        ),
        description="You can shorten the requested time, but cannot extend it.",
    ),
    Command(
        "deny",
        "Deny a request",
        _deny,
        (REQUEST, why("why you are denying it; the member sees this"), JSON, BROKER),
    ),
)
