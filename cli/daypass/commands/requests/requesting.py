"""Ask for access, wait for the answer, take a request back, and open a role in an emergency."""

from __future__ import annotations

from argparse import Namespace
from datetime import timedelta

from daypass.broker import Broker, segment
from daypass.cached import caller_kind
from daypass.command import (
    AS_AGENT,
    BROKER,
    JSON,
    REQUEST,
    TARGET,
    YES,
    Command,
    argument,
    duration_argument,
    why,
)
from daypass.errors import Refused, UsageProblem
from daypass.json_object import JsonObject
from daypass.machine.folders import find_target
from daypass.machine.logins import connect, stored_login
from daypass.requests import (
    MINE,
    end_access,
    is_usable,
    read_request,
    require_person,
    send_request,
    target_of,
    wait_for_decision,
)
from daypass.roles import find_role
from daypass.stored_sessions import forget_refusals
from daypass.targets import parse_role
from daypass.terminal.output import confirm, print_json, print_text, progress
from daypass.terminal.picker import can_pick
from daypass.terminal.times import (
    api_time,
    parse_moment,
    show_duration,
)


def _request(arguments: Namespace) -> int:
    span = _requested_span(arguments)
    may_pick = can_pick()
    name, address = find_target(arguments.target, arguments.broker, may_pick=may_pick)
    broker = connect(address)
    target = find_role(broker, name, may_pick=may_pick)
    is_agent = caller_kind(as_agent=arguments.as_agent) == "agent"
    fields = {**span, "reason": arguments.reason, "ticket": arguments.ticket}
    with progress("Sending the request"):
        request = send_request(broker, target, {**fields, "caller": "agent" if is_agent else ""})
    if not arguments.json and request["status"] == "waiting":
        print(f"Request {request['id']}: {target_of(request)} {request['span']}.")
        print_text(request["message"])
    if arguments.wait:
        request = wait_for_decision(broker, request)
    forget_refusals(stored_login(address), target_of(request))
    if arguments.json:
        print_json(request)
        return 0 if request["status"] in ("waiting", "approved") else Refused.exit_code
    _report(request)
    return 0


def _requested_span(arguments: Namespace) -> JsonObject:
    """Return the request's fields for its time: a duration that begins with the first use, or a
    start and an end."""
    if arguments.for_ and arguments.until:
        raise UsageProblem("Give --for or --until, not both.")
    if arguments.from_:
        start = parse_moment(arguments.from_, is_start=True)
        if arguments.for_:
            end = start + timedelta(seconds=arguments.for_)
        else:
            end = parse_moment(_required_end(arguments.until), start=start)
        return {"starts_at": api_time(start), "ends_at": api_time(end)}
    if arguments.for_:
        return {"duration": arguments.for_}
    return {"ends_at": api_time(parse_moment(_required_end(arguments.until)))}


def _required_end(text: str) -> str:
    if not text:
        raise UsageProblem("Add how long, such as --for 2h, or until when, such as --until 18:00.")
    return text


def _report(request: JsonObject) -> None:
    """Print what to type next for a request that waits or is approved. Raise Refused for any other
    request."""
    target, status = target_of(request), request["status"]
    if status == "waiting":
        print(
            "To see the request: daypass requests. To withdraw it: daypass withdraw"
            f" {request['id']}"
        )
        return
    if status != "approved":
        raise Refused(request["message"])
    print_text(f"{request['message']} Next: daypass shell {target}")


def _withdraw(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    try:
        request = broker.post(f"{MINE}/{segment(arguments.request)}/withdraw")
    except Refused as error:
        if error.reason != "request-decided":
            raise
        _give_back(broker, arguments, error)
        return
    print_json(request) if arguments.json else print_text(request["message"])


def _give_back(broker: Broker, arguments: Namespace, refusal: Refused) -> None:
    """End the access of a request that is approved already. Raise Refused for any other."""
    request = read_request(broker, arguments.request)
    if not is_usable(request):
        raise Refused(request["message"], refusal.reason, refusal.request_id, refusal.status)
    message = end_access(broker, request)
    if arguments.json:
        print_json(read_request(broker, arguments.request))
    else:
        print_text(
            f"Your request was already approved, so Daypass ended your access to"
            f" {target_of(request)}. {message}"
        )


def _open_emergency(arguments: Namespace) -> None:
    require_person()
    target = parse_role(arguments.target)
    broker = connect(arguments.broker)
    effect = (
        f"This gives you access to {target.engagement}/{target.role} for"
        f" {show_duration(arguments.for_)} from now, without an approval. Daypass notifies every"
        " lead of it and of your reason, and the client if the approval policy says so. You"
        " cannot use emergency access again until a lead has confirmed this emergency."
    )
    if not confirm(effect, yes=arguments.yes):
        return
    path = f"/v1/engagements/{segment(target.engagement)}/roles/{segment(target.role)}/emergency"
    with progress("Opening the access"):
        request = broker.post(path, {"duration": arguments.for_, "reason": arguments.reason})
    forget_refusals(stored_login(arguments.broker), target_of(request))
    if arguments.json:
        print_json(request)
        return
    print_text(request["message"])
    if request["reason"].split() != arguments.reason.split():
        print(f"This is your earlier emergency, with its own reason: {request['reason']}")
    print(f"Next: daypass shell {target_of(request)}. When you are done: daypass done")


COMMANDS = (
    Command(
        "request",
        "Request access to a role",
        _request,
        (
            TARGET,
            duration_argument("how long the access lasts, such as 2h"),
            why("why you need access; the approvers see it"),
            argument("--ticket", help="the ticket, such as OPS-12, if the role needs one"),
            argument(
                "--from", dest="from_", metavar="TIME", help="when it starts, such as 'sat 22:00'"
            ),
            argument("--until", metavar="TIME", help="when it ends, such as 18:00 or 'sun 2:00'"),
            argument("--wait", action="store_true", help="wait for the decision"),
            AS_AGENT,
            JSON,
            BROKER,
        ),
        description=(
            "With only --for, the time starts at first use. With --until, access starts on"
            " approval, or at --from. With --wait, the exit code is 0 if the request is approved,"
            " and 3 if it is denied or expires."
        ),
    ),
    Command(
        "withdraw",
        "Withdraw your request, or end the access that it gave you",
        _withdraw,
        (REQUEST, JSON, BROKER),
    ),
    Command(
        "emergency",
        "Get access without an approval in an emergency; notifies every lead",
        _open_emergency,
        (
            argument(
                "target",
                metavar="ENGAGEMENT/ROLE",
                completes="targets",
                help="such as acme-prod/deploy",
            ),
            duration_argument("how long, such as 30m, up to 1h", required=True),
            why("what happened"),
            YES,
            JSON,
            BROKER,
        ),
    ),
)
