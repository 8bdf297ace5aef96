"""The members' commands `/daypass request`, `requests` and `withdraw`."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import CreateAccessRequest
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.slack.arguments import (
    ACCESS_LENGTH,
    ENGAGEMENT,
    FROM,
    REASON,
    ROLE,
    TICKET,
    UNTIL,
)
from chalicelib.domain.slack.arguments import REQUEST as REQUEST_ID
from chalicelib.domain.slack.messages import (
    Block,
    Message,
    code,
    context,
    escape,
    message,
    section,
)
from chalicelib.domain.slack.requests import describe_access, describe_request
from chalicelib.domain.trail import Action
from chalicelib.usecases.requests.ask import create_request
from chalicelib.usecases.requests.listing import RequestPart, list_requests
from chalicelib.usecases.requests.own import withdraw_request
from chalicelib.usecases.slack.commands.declared import Call, MemberCommand

MAX_SHOWN = 10
"""The most requests in each part of the answer to `requests`."""


def _answer_request(call: Call) -> Message:
    """Request access, and answer with the approvers that the request waits for and until when."""
    parsed = call.parsed
    if (parsed.duration is None) == (parsed.until is None) or (parsed.start and parsed.duration):
        raise InvalidRequest(
            Reason.MISSING_FIELD,
            "Type how long you need it: `for 2h`, counted from its first use, or `until DATE`, with"
            " or without `from DATE`.",
            field="duration",
        )
    request = create_request(
        call.ports,
        call.caller,
        parsed.engagement,
        CreateAccessRequest(
            role=parsed.role,
            duration=parsed.duration,
            starts_at=parsed.start,
            ends_at=parsed.until,
            reason=parsed.reason,
            ticket=parsed.ticket,
        ),
    )
    return message(
        escape(f"Requested: {request.role} in {request.engagement}"),
        section(f"Requested: {describe_access(request)}. {escape(request.message, 600)}"),
        context(
            f"ID: {code(request.id)}. Daypass mentions you with the result in the channel for"
            " notifications. /daypass requests shows it too."
        ),
    )


def _answer_requests(call: Call) -> Message:
    """Answer with the caller's own requests, the newest first, and with those of others that wait
    and that the caller may see."""
    own = list_requests(call.ports, call.caller, RequestPart.OWN, limit=MAX_SHOWN)
    page = list_requests(call.ports, call.caller, limit=MAX_SHOWN)
    mine = own.items
    others = [each for each in page.items if each.member != call.caller.member.id]
    if not mine and not others:
        return message("You have no requests, and none waits for you.")
    blocks = [*_build_part("Your requests", mine)]
    blocks += _build_part("Requests of others that wait for a decision", others)
    hints = []
    if others:
        hints.append("To decide one, type /daypass approve or /daypass deny, and its ID.")
    if page.cursor or own.cursor:
        hints.append("There are more. In a terminal, daypass requests shows all.")
    return message("Requests", *blocks, *([context(" ".join(hints))] if hints else []))


def _build_part(title: str, requests: Sequence[RequestView]) -> list[Block]:
    """Return a heading, and a section for each request. Without requests, return nothing."""
    sections = [section("\n".join(describe_request(each))) for each in requests]
    return [section(f"*{title}*"), *sections] if sections else []


def _answer_withdraw(call: Call) -> Message:
    """Withdraw the caller's request."""
    request = withdraw_request(call.ports, call.caller, call.parsed.request)
    text = f"Withdrawn: your request for {describe_access(request)}. It opens nothing."
    return message(escape("Request withdrawn"), section(text))


REQUEST = MemberCommand(
    name="request",
    arguments=(
        ENGAGEMENT,
        ROLE,
        ACCESS_LENGTH,
        FROM,
        replace(UNTIL, optional=True),
        TICKET,
        REASON,
    ),
    summary="Requests access to a role. The answer says who decides, and until when.",
    example="request acme-prod deploy for 2h because the import fails",
    action=Action.REQUEST_CREATE,
    answer=_answer_request,
)

REQUESTS = MemberCommand(
    name="requests",
    arguments=(),
    summary="Shows your requests, and those of others that wait for a decision.",
    example="requests",
    answer=_answer_requests,
)

WITHDRAW = MemberCommand(
    name="withdraw",
    arguments=(REQUEST_ID,),
    summary="Takes back your own request.",
    example="withdraw alice.00d9o4r5k3f81c2q",
    action=Action.REQUEST_WITHDRAW,
    answer=_answer_withdraw,
)
