"""Read access requests, start the access that they opened, and describe both for a person."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from daypass.broker import Broker, segment
from daypass.errors import Refused
from daypass.targets import Target
from daypass.terminal.times import (
    parse_api_time,
    show_duration,
    show_moment,
    show_share_left,
    show_span,
)

MINE = "/v1/me/requests"
_CLIENT = "@client/"
"""In `decided_by`, stands before the ID of a client's approver."""


def request_path(request_id: str) -> str:
    return f"/v1/requests/{segment(request_id)}"


def send_request(broker: Broker, target: Target, fields: dict[str, Any]) -> dict[str, Any]:
    """Ask for access to the role. Return the request. Empty fields are not sent."""
    body = {name: value for name, value in fields.items() if value}
    path = f"/v1/engagements/{segment(target.engagement)}/requests"
    return dict(broker.post(path, {"role": target.role, **body}))


def read_request(broker: Broker, request_id: str) -> dict[str, Any]:
    return dict(broker.get(request_path(request_id)))


def my_requests(broker: Broker, target: str = "") -> list[dict[str, Any]]:
    """Return the member's requests of the last 30 days: all, or those for ENGAGEMENT/ROLE."""
    pages = broker.pages(MINE, "requests")
    return [each for each in pages if target in ("", target_of(each))]


def target_of(request: dict[str, Any]) -> str:
    """Return ENGAGEMENT/ROLE of the request."""
    return f"{request['engagement']}/{request['role']}"


def is_unstarted(request: dict[str, Any]) -> bool:
    """Return whether the request's access has a duration that begins with its first use."""
    return request["duration"] is not None and request["started_at"] is None


def is_usable(request: dict[str, Any]) -> bool:
    """Return whether the request is approved, and its access is not over: it may begin later."""
    return (
        request["status"] == "approved"
        and request["access_revoked_at"] is None
        and request["access_ends_at"] is not None
        and _now() < parse_api_time(request["access_ends_at"])
    )


def is_in_force(request: dict[str, Any]) -> bool:
    """Return whether the request's access is open now."""
    return (
        is_usable(request)
        and not is_unstarted(request)
        and parse_api_time(request["access_starts_at"]) <= _now()
    )


OPENING_WAIT = 10.0
"""Seconds to wait for an access that is about to open. A session ends 5 seconds before its access,
and SDKs wait a few seconds for the next one."""


def open_access(broker: Broker, target: str, refusal: Refused) -> None:
    """Start the approved access whose time begins with its first use, after the refusal of a vend;
    or wait for one that opens within seconds.

    If there is neither, raise Refused with the line to type for ENGAGEMENT/ROLE.
    """
    requests = my_requests(broker, target)
    now = time.time() + (broker.clock_offset or 0.0)
    for request in filter(is_usable, requests):
        if not is_unstarted(request):
            left = parse_api_time(request["access_starts_at"]).timestamp() - now
            if 0 < left <= OPENING_WAIT:
                time.sleep(left)
                return
    if refusal.reason not in ("access-not-started", "ends-too-soon"):
        text = _next_step(requests, target, str(refusal.args[0]))
        raise Refused(text, refusal.reason, refusal.request_id, refusal.status)
    waiting = [each for each in requests if is_usable(each) and is_unstarted(each)]
    for request in sorted(waiting, key=lambda each: str(each["access_ends_at"])):
        problem = _start(broker, request)
        if problem is None:
            return
        refusal = problem  # one that was revoked meanwhile must not hide another
    raise refusal


def _start(broker: Broker, request: dict[str, Any]) -> Refused | None:
    """Start the request's access. Return Daypass's refusal, if any."""
    try:
        broker.post(f"{MINE}/{segment(request['id'])}/start")
    except Refused as error:
        return error
    return None


def _next_step(requests: list[dict[str, Any]], target: str, text: str) -> str:
    """Return why the role is not open, with what the member can do."""
    for request in requests:
        if request["status"] == "pending":
            return (
                f"{target} is not open: your request {request['id']} {_state_line(request)}. To see"
                " it: daypass requests"
            )
        if is_usable(request):
            return f"{target} is not open yet. Your request is {state_text(request)}."
    # The API's sentence names no line to type, or one without the names.
    sentence = text.partition(" Type: ")[0].partition(" Request ")[0]
    return f'{sentence} Type: daypass request {target} --for 2h --because "…"'


def end_access(broker: Broker, request: dict[str, Any]) -> str:
    """End the access that the member's own request opened. Return Daypass's message."""
    return str(broker.post(f"{MINE}/{segment(request['id'])}/end")["message"])


def access_text(request: dict[str, Any]) -> str:
    """Return the requested access, such as `2 h from its first use`."""
    if request["is_emergency"]:
        return f"an emergency, {show_span(request['access_starts_at'], request['access_ends_at'])}"
    if request["duration"] is not None:
        return f"{show_duration(request['duration'])} from its first use"
    if request["starts_at"] is not None:
        return show_span(request["starts_at"], request["ends_at"])
    return f"until {show_moment(request['ends_at'])}"


def state_text(request: dict[str, Any]) -> str:
    """Return the request's state in words, without the time left."""
    status = request["status"]
    if status == "pending":
        return f"waits for {join_words(request['waiting_for'])}"
    if status == "denied":
        return f"denied by {person_text(request['decided_by'])}"
    if status != "approved":
        return "expired: no one decided in time" if status == "expired" else str(status)
    if request["access_revoked_at"] is not None:
        return "revoked or given back"
    if not is_usable(request):
        return "approved, and not used in time" if is_unstarted(request) else "over"
    if is_unstarted(request):
        return "approved: the first use begins it"
    if is_in_force(request):
        return "open"
    return f"approved: opens {show_moment(request['access_starts_at'])}"


def time_left(request: dict[str, Any]) -> str:
    """Return the time left for an answer, for the first use or of the open access, as a bar and in
    words; empty if nothing is running out."""
    if request["status"] == "pending":
        return show_share_left(request["created_at"], request["expires_at"])
    if is_usable(request) and is_unstarted(request):
        return show_share_left(request["decided_at"], request["access_ends_at"])
    if is_in_force(request):
        return show_share_left(request["access_starts_at"], request["access_ends_at"])
    return ""


def describe_request(request: dict[str, Any]) -> str:
    """Return the request in a few lines, for its approver or its member."""
    by = f"an agent of {request['member']}" if request["caller"] == "agent" else request["member"]
    ticket = " ".join(filter(None, (request["ticket"], request["ticket_url"])))
    approvals = [
        f"{person_text(each['by'], is_client=each['is_client'])}, {show_moment(each['at'])}"
        for each in request["approvals"]
    ]
    decision = request["decision"]
    lines = {
        "access": f"{target_of(request)}, {access_text(request)}",
        "reason": request["reason"],
        "ticket": ticket,
        "state": _state_line(request),
        "words": f"{person_text(request['decided_by'])}: {decision}" if decision else "",
        "approved": "; ".join(approvals),
        "review": _review_text(request),
    }
    title = f"Request {request['id']} of {by}, {show_moment(request['created_at'])}"
    return "\n".join([title, *(f"  {name:8}  {text}" for name, text in lines.items() if text)])


def person_text(by: str, *, is_client: bool = False) -> str:
    """Return the person who decided, such as `lena`, or `jo at the client`."""
    name = by[len(_CLIENT) :] if by.startswith(_CLIENT) else by
    return f"{name} at the client" if is_client or by.startswith(_CLIENT) else name


def _state_line(request: dict[str, Any]) -> str:
    state = state_text(request)
    if request["status"] == "pending":
        return f"{state}, until {show_moment(request['expires_at'])}"
    if is_in_force(request):
        return f"{state} until {show_moment(request['access_ends_at'])}"
    if is_usable(request) and is_unstarted(request):
        return f"{state}, until {show_moment(request['access_ends_at'])} at the latest"
    return state


def _review_text(request: dict[str, Any]) -> str:
    if not request["is_emergency"]:
        return ""
    if request["reviewed_at"] is None:
        return f"none yet. A lead types: daypass review-emergency {request['id']}"
    return f"{request['reviewed_by']}: {request['review']}"


def join_words(words: Iterable[str]) -> str:
    """Return the words as a list in a sentence, such as `a lead, bob and the client`."""
    *first, last = words or ("no one",)
    has_choice = any(" or " in word for word in first)  # "a lead or bob, and the client"
    joint = ", and" if has_choice else " and"
    return f"{', '.join(first)}{joint} {last}" if first else str(last)


def _now() -> datetime:
    return datetime.now(timezone.utc)
