"""Read access requests, and start and end the access that they opened."""

from __future__ import annotations

import sys
import time

from daypass.broker import Broker, segment
from daypass.cached import caller_kind, name_agent_variable
from daypass.errors import Refused, Unreachable
from daypass.json_object import JsonObject
from daypass.targets import Target, parse_role
from daypass.terminal.output import progress
from daypass.terminal.times import parse_api_time, show_moment

REQUESTS, MINE = "/v1/requests", "/v1/me/requests"


def send_request(broker: Broker, target: Target, fields: JsonObject) -> JsonObject:
    """Ask for access to the role. Return the request. Empty fields are not sent."""
    body = {name: value for name, value in fields.items() if value}
    path = f"/v1/engagements/{segment(target.engagement)}/requests"
    return dict(broker.post(path, {"role": target.role, **body}))


def read_request(broker: Broker, request_id: str) -> JsonObject:
    return dict(broker.get(f"{REQUESTS}/{segment(request_id)}"))


def my_requests(broker: Broker, target: str = "") -> list[JsonObject]:
    """Return the member's requests of the last 30 days: all, or those for ENGAGEMENT/ROLE."""
    pages = broker.list_items(MINE, "requests")
    return [each for each in pages if target in ("", target_of(each))]


def target_of(request: JsonObject) -> str:
    """Return ENGAGEMENT/ROLE of the request."""
    return f"{request['engagement']}/{request['role']}"


def is_usable(request: JsonObject) -> bool:
    """Return whether the access of the member's request is not over. It may begin later."""
    return "end" in request["you_may"]


def is_unstarted(request: JsonObject) -> bool:
    """Return whether the access begins with its first use, and can still begin."""
    return "start" in request["you_may"]


OPENING_WAIT = 10.0
"""Seconds to wait for an access that is about to open. A session ends 5 seconds before its access,
and SDKs wait a few seconds for the next one."""


def open_access(broker: Broker, target: str, refusal: Refused) -> None:
    """Open the member's approved access to ENGAGEMENT/ROLE after Daypass refused a session: wait
    for access that opens within seconds, or start access whose time begins with its first use.

    If that is not possible, raise Refused. If the role needs a request, the error names the line to
    type. Otherwise it is Daypass's last refusal: that of the session, or of a start.
    """
    requests = my_requests(broker, target)
    usable = list(filter(is_usable, requests))
    unstarted = list(filter(is_unstarted, usable))
    for request in usable:
        left = 0.0 if request in unstarted else _seconds_to_opening(broker, request)
        if 0 < left <= OPENING_WAIT:
            time.sleep(left)
            return
    if refusal.reason not in ("access-not-started", "ends-too-soon"):
        text = _next_step(requests, target, str(refusal.args[0]))
        raise Refused(text, refusal.reason, refusal.request_id, refusal.status)
    for request in sorted(unstarted, key=lambda each: str(each["access_ends_at"])):
        problem = _start(broker, request)
        if problem is None:
            return
        refusal = problem  # try the next: this access may have been revoked meanwhile
    raise refusal


def _start(broker: Broker, request: JsonObject) -> Refused | None:
    """Start the request's access. Return Daypass's refusal, if any."""
    try:
        broker.post(f"{MINE}/{segment(request['id'])}/start")
    except Refused as error:
        return error
    return None


def _seconds_to_opening(broker: Broker, request: JsonObject) -> float:
    """Return the seconds until the access opens, by the broker's clock. Negative if it is open."""
    now = time.time() + (broker.clock_offset or 0.0)
    return parse_api_time(request["access_starts_at"]).timestamp() - now


def _next_step(requests: list[JsonObject], target: str, text: str) -> str:
    """Return why the role is not open, with what the member can do."""
    for request in requests:
        if request["status"] == "waiting" or is_usable(request):
            return (
                f"Your request {request['id']} does not give you access to {target} yet."
                f" {request['message']} To see the request: daypass requests"
            )
    # Cut off the API's own advice ("Type: …" or "Request …"), which lacks the engagement and role.
    sentence = text.partition(" Type: ")[0].partition(" Request ")[0]
    return f'{sentence} Type: daypass request {target} --for 2h --because "…"'


_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0
_GIVE_UP_AFTER = 60
"""Seconds after the request's expiry: a broker that does not answer by then will not."""


def wait_for_decision(broker: Broker, request: JsonObject) -> JsonObject:
    """Wait until the request is decided or expired. Return the request as last read.

    Raise Unreachable if the broker still does not answer after the request's expiry.
    """
    give_up_at = parse_api_time(request["expires_at"]).timestamp() + _GIVE_UP_AFTER
    pause = _FIRST_PAUSE
    with progress(_progress_text(request)) as show:
        while request["status"] == "waiting":
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)
            try:
                request = read_request(broker, request["id"])
            except Unreachable:
                if time.time() > give_up_at:
                    raise
            show(_progress_text(request))
    return request


def _progress_text(request: JsonObject) -> str:
    return f"{request['message']} Ctrl-C stops waiting, and leaves the request as it is"


def open_by_request(broker: Broker, target: str, fields: JsonObject) -> None:
    """Wait for the member's open request for ENGAGEMENT/ROLE; if there is none, send one with these
    fields. Raise Refused unless it is approved."""
    waiting = [each for each in my_requests(broker, target) if each["status"] == "waiting"]
    with progress("Sending the request"):
        request = waiting[0] if waiting else send_request(broker, parse_role(target), fields)
    if request["status"] == "waiting":
        print(f"Request {request['id']}: {target} {request['span']}.", file=sys.stderr)
        request = wait_for_decision(broker, request)
    if request["status"] != "approved":
        raise Refused(request["message"])


def end_access(broker: Broker, request: JsonObject) -> str:
    """End the access that the member's own request opened. Return Daypass's message."""
    return str(broker.post(f"{MINE}/{segment(request['id'])}/end")["message"])


def describe_request(request: JsonObject) -> str:
    """Return the request in a few lines, for its approver or its member."""
    by = f"an agent of {request['member']}" if request["caller"] == "agent" else request["member"]
    lines = {
        "access": f"{target_of(request)} {request['span']}",
        "reason": request["reason"],
        "ticket": f"{request['ticket']} {request['ticket_url']}".strip(),
        "state": request["message"],
        "confirmation": request["confirmation"],
    }
    title = f"Request {request['id']} of {by}, {show_moment(request['created_at'])}"
    return "\n".join([title, *(f"  {name}: {text}" for name, text in lines.items() if text)])


def require_person() -> None:
    """Raise Refused if the command runs for a program that works by itself."""
    if caller_kind() == "agent":
        raise Refused(
            "An agent can request access, but cannot decide on requests. A person has to decide,"
            f" in a terminal of their own: here, {name_agent_variable()} is set.",
            "agent-cannot-decide",
        )
