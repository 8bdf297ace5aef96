"""List the requests that concern the member, and approve or deny them."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime, timedelta, timezone
from typing import Any

from daypass.broker import Broker
from daypass.command import BROKER, JSON, YES, Command, argument
from daypass.commands.requests.arguments import (
    GROUP,
    REQUEST,
    duration_argument,
    require_person,
)
from daypass.errors import UsageProblem
from daypass.machine.lists import store_names
from daypass.machine.logins import connect, stored_login
from daypass.requests import (
    access_text,
    describe_request,
    is_usable,
    join_words,
    my_requests,
    read_request,
    request_path,
    state_text,
    target_of,
    time_left,
)
from daypass.terminal.output import confirm, print_json, print_table, print_text, style
from daypass.terminal.times import api_time, parse_api_time, parse_moment, show_moment
from daypass.terminal.waiting import progress


def _show_requests(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    if arguments.request:
        request = read_request(broker, arguments.request)
        print_json(request) if arguments.json else print_text(describe_request(request))
        return
    member = stored_login(arguments.broker).member
    with progress("Reading the requests"):
        pending = list(broker.pages("/v1/requests", "requests"))
        mine = my_requests(broker)
    others = [each for each in pending if each["member"] != member]
    shown = [each for each in mine if arguments.all or _is_open(each)]
    open_ids = [each["id"] for each in (*others, *filter(_is_open, mine))]
    store_names("requests", list(dict.fromkeys(open_ids)))
    if arguments.json:
        print_json({"to_decide": others, "mine": shown})
        return
    if not (others or shown):
        print("No request waits for you, and you have none. To ask: daypass request")
        return
    _print_table("WAITING", others)
    if others and shown:
        print()
    _print_table("YOURS", shown)
    if others:
        print(style("To decide: daypass approve, or daypass deny, and the request's ID", "dim"))


def _is_open(request: dict[str, Any]) -> bool:
    return request["status"] == "pending" or is_usable(request)


def _print_table(heading: str, requests: list[dict[str, Any]]) -> None:
    if not requests:
        return
    rows = [
        (each["id"], target_of(each), access_text(each), time_left(each), state_text(each))
        for each in requests
    ]
    notes = [" ".join(filter(None, (each["reason"], _ticket(each)))) for each in requests]
    print_table((heading, "ENGAGEMENT/ROLE", "ACCESS", "TIME LEFT", "STATE"), rows, notes)


def _ticket(request: dict[str, Any]) -> str:
    return f"({request['ticket']})" if request["ticket"] else ""


def _approve(arguments: Namespace) -> None:
    require_person()
    broker = connect(arguments.broker)
    request = read_request(broker, arguments.request)
    if "approve" not in request["effects"]:
        _decide(broker, arguments, "approve", {})  # Daypass's refusal says why
        return
    body = _shorter_access(request, arguments)
    shorter = [f"You shorten it: {access_text({**request, **body})}."] if body else []
    lines = [describe_request(request), *request["effects"]["approve"], *shorter]
    if not confirm("\n".join(lines), yes=arguments.yes):
        return
    if arguments.reason:
        body["reason"] = arguments.reason
    _decide(broker, arguments, "approve", body)


def _shorter_access(request: dict[str, Any], arguments: Namespace) -> dict[str, Any]:
    """Return the fields that shorten the access; none if the approver leaves it as it is."""
    if arguments.for_ and arguments.until:
        raise UsageProblem("Give --for or --until, not both.")
    is_duration = request["duration"] is not None
    if arguments.until and is_duration:
        raise UsageProblem("This access begins with its first use. Shorten it with --for.")
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
    _decide(connect(arguments.broker), arguments, "deny", {"reason": arguments.reason})


def _decide(broker: Broker, arguments: Namespace, decision: str, body: dict[str, Any]) -> None:
    with progress("Recording the decision"):
        request = broker.post(f"{request_path(arguments.request)}/{decision}", body)
    if arguments.json:
        print_json(request)
    elif request["status"] == "pending":
        print_text(
            f"You approved it. It still waits for {join_words(request['waiting_for'])}, until"
            f" {show_moment(request['expires_at'])}."
        )
    else:
        print_text(
            f"The request of {request['member']} for {target_of(request)} is"
            f" {request['status']}{_access_end(request)}. They hear of it."
        )


def _access_end(request: dict[str, Any]) -> str:
    return f": {access_text(request)}" if request["status"] == "approved" else ""


COMMANDS = (
    Command(
        "requests",
        "List your requests, and those that wait for a decision",
        _show_requests,
        (
            argument(
                "request",
                nargs="?",
                default="",
                metavar="REQUEST",
                completes="requests",
                help="show this one alone, in full",
            ),
            argument("--all", action="store_true", help="also yours of the last 30 days"),
            JSON,
            BROKER,
        ),
        group=GROUP,
    ),
    Command(
        "approve",
        "Approve a request",
        _approve,
        (
            REQUEST,
            duration_argument("a shorter time, such as 1h"),
            argument("--until", default="", metavar="TIME", help="an earlier end, such as 18:00"),
            argument("--because", "--reason", dest="reason", default="", help="your words"),
            YES,
            JSON,
            BROKER,
        ),
        group=GROUP,
        description="You can shorten the access, and never extend it.",
    ),
    Command(
        "deny",
        "Deny a request, and say why",
        _deny,
        (
            REQUEST,
            argument(
                "--because", "--reason", dest="reason", required=True, help="why, for its member"
            ),
            JSON,
            BROKER,
        ),
        group=GROUP,
    ),
)
