"""The commands about access requests: `/daypass request`, `requests`, `withdraw`, `approve` and
`deny`, and the buttons of a request's message.

A command or a press proves only who sent it. The rule of approval decides by the sender's binding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, InvalidRequest, Reason
from chalicelib.domain.people.members import Caller
from chalicelib.domain.requests.requests import (
    ApproveRequest,
    CreateAccessRequest,
    RequestStatus,
)
from chalicelib.domain.requests.view import RequestStep, RequestView
from chalicelib.domain.slack.arguments import (
    ACCESS_LENGTH,
    ENGAGEMENT,
    FROM,
    REASON,
    ROLE,
    TICKET,
    UNTIL,
    parse_reason,
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
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction
from chalicelib.domain.slack.requests import APPROVE as APPROVE_BUTTON
from chalicelib.domain.slack.requests import DENY as DENY_BUTTON
from chalicelib.domain.slack.requests import (
    LONGEST_MESSAGE,
    build_decided_message,
    describe_access,
    describe_request,
)
from chalicelib.domain.trail import Action
from chalicelib.usecases.admission import EVERYONE, Target, admit
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.ask import create_request
from chalicelib.usecases.requests.decide import approve_request, deny_request
from chalicelib.usecases.requests.listing import RequestFilters, RequestPart, list_requests
from chalicelib.usecases.requests.own import withdraw_request
from chalicelib.usecases.requests.steps import preview_step, show_request
from chalicelib.usecases.slack.authentication import (
    SlackRequest,
    find_request_origin,
    refuse_replay,
)
from chalicelib.usecases.slack.commands.declared import Call, MemberCommand, QueuedCommand

MAX_SHOWN = 10
"""The most requests in each part of the answer to `requests`."""
_LONGEST_COMMAND = 300
"""Characters of a command that a message shows. The button's value in it comes from Slack."""


def _answer_request(call: Call) -> Message:
    """Request access, and answer with the approvers that the request waits for and until when."""
    parsed = call.parsed
    if (parsed.duration is None) == (parsed.until is None) or (parsed.start and parsed.duration):
        raise InvalidRequest(
            Reason.MISSING_FIELD,
            "Say how long you need access: `for 2h`, which starts at first use, or `until DATE`,"
            " with or without `from DATE`.",
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
        section(
            f"Requested: {describe_access(request)}. {escape(request.message, LONGEST_MESSAGE)}"
        ),
        context(
            f"ID: {code(request.id)}. Daypass mentions you in the notifications channel when there"
            " is a result. You can also check with /daypass requests."
        ),
    )


def _answer_requests(call: Call) -> Message:
    """Answer with the caller's own requests, the newest first, and with other members' requests
    that wait for a decision and that the caller may see."""
    filters = RequestFilters(part=RequestPart.OWN, limit=MAX_SHOWN)
    own = list_requests(call.ports, call.caller, filters)
    filters = RequestFilters(part=RequestPart.UNDECIDED, limit=MAX_SHOWN)
    page = list_requests(call.ports, call.caller, filters)
    mine = own.items
    others = [each for each in page.items if each.member != call.caller.member.id]
    if not mine and not others:
        return message("You have no requests, and no requests are waiting for your decision.")
    blocks = [*_build_part("Your requests", mine)]
    blocks += _build_part("Pending requests of others", others)
    hints = []
    if others:
        hints.append(
            "To decide on a request, type /daypass approve or /daypass deny, followed by the ID."
        )
    if page.cursor or own.cursor:
        hints.append("To see all requests, type daypass requests in a terminal.")
    return message("Requests", *blocks, *([context(" ".join(hints))] if hints else []))


def _build_part(title: str, requests: Sequence[RequestView]) -> list[Block]:
    """Return a heading, and a section for each request. Without requests, return nothing."""
    sections = [section("\n".join(describe_request(each))) for each in requests]
    return [section(f"*{title}*"), *sections] if sections else []


def _answer_withdraw(call: Call) -> Message:
    """Withdraw the caller's request."""
    request = withdraw_request(call.ports, call.caller, call.parsed.request)
    text = f"You withdrew your request: {describe_access(request)}."
    return message(escape("Request withdrawn"), section(text))


def _build_approval(parsed: ParsedCommand) -> ApproveRequest:
    return ApproveRequest(duration=parsed.duration, ends_at=parsed.until)


def _confirm_approval(call: Call) -> tuple[str, ...]:
    """Return the question with the approval's effect, as the confirmation's only paragraph. Raise
    the error that the approval would raise."""
    parsed = call.parsed
    _, effect = preview_step(
        call.ports,
        call.caller,
        parsed.request,
        RequestStep.APPROVE,
        _build_approval(parsed),
        attempt=Action.REQUEST_APPROVE,
    )
    lines = (
        "*Approve this request?*",
        *(escape(line, LONGEST_MESSAGE) for line in effect),
        f"ID: {code(parsed.request)}",
    )
    return ("\n".join(lines),)


def _run_approval(ports: Ports, caller: Caller, pending: PendingAction) -> str:
    """Approve the request, and return its state as text. If an earlier run of this action approved
    it, do not approve it again."""
    parsed, since = pending.parsed, pending.started_at
    approval = _build_approval(parsed)
    return approve_request(ports, caller, parsed.request, approval, since=since).message


def _answer_deny(call: Call) -> Message:
    """Deny the request, and answer with its state."""
    request = deny_request(call.ports, call.caller, call.parsed.request, why=call.parsed.reason)
    return message("Denied", section("\n".join(["*Denied.*", *describe_request(request)])))


def _press_approve(ports: Ports, request: SlackRequest) -> Message:
    """Approve the request whose button was pressed."""
    return _decide(
        ports,
        request,
        Action.REQUEST_APPROVE,
        lambda caller: approve_request(ports, caller, request.value, ApproveRequest()),
    )


def _press_deny(ports: Ports, request: SlackRequest) -> Message:
    """Deny the request whose button was pressed, with the words in the message's field. Without
    words, say where to type them."""
    command = code(f"/daypass deny {request.value} because …", _LONGEST_COMMAND)
    if not request.text.strip():
        text = f"A denial needs a reason. Type one in the field above the button, or type {command}"
        return message(text) | {"replace_original": False}
    try:
        words = parse_reason(request.text)
    except ValueError as error:
        raise InvalidRequest(Reason.BAD_VALUE, str(error), field="reason") from None
    return _decide(
        ports,
        request,
        Action.REQUEST_DENY,
        lambda caller: deny_request(ports, caller, request.value, why=words),
    )


def _decide(
    ports: Ports, request: SlackRequest, action: Action, decide: Callable[[Caller], RequestView]
) -> Message:
    """Decide as the member who pressed the button, and return the message that replaces the
    request's. If someone else has decided before, that message says who decided what.

    Raise the refusal, which only the member sees, if they may not see or decide the request, or if
    Slack or someone else sent the press again.
    """
    origin = find_request_origin(ports, request.user)
    target = Target(details={"request": request.value})
    caller = admit(ports, origin, EVERYONE, action, target=target)
    refuse_replay(ports, request.signature)
    try:
        view = decide(caller)
    except Conflict:
        view = show_request(ports, caller, request.value)
        if view.status is RequestStatus.WAITING:
            raise
    return build_decided_message(view)


REQUEST = MemberCommand(
    name="request",
    arguments=(
        ENGAGEMENT,
        ROLE,
        ACCESS_LENGTH,
        FROM,
        UNTIL,
        TICKET,
        REASON,
    ),
    summary="Requests access to a role, and shows who decides and by when.",
    example="request acme-prod deploy for 2h because the import fails",
    action=Action.REQUEST_CREATE,
    answer=_answer_request,
)

REQUESTS = MemberCommand(
    name="requests",
    summary="Shows your requests, and pending requests of others.",
    example="requests",
    answer=_answer_requests,
)

WITHDRAW = MemberCommand(
    name="withdraw",
    arguments=(REQUEST_ID,),
    summary="Withdraws your own request.",
    example="withdraw alice.00d9o4r5k3f81c2q",
    action=Action.REQUEST_WITHDRAW,
    answer=_answer_withdraw,
)

APPROVE = QueuedCommand(
    name="approve",
    kinds=EVERYONE,
    is_personal=True,
    arguments=(
        REQUEST_ID,
        replace(
            ACCESS_LENGTH, note="An approver can shorten the requested time, but cannot extend it."
        ),
        UNTIL,
    ),
    summary="Approves another member's request, if you are an approver.",
    example="approve alice.00d9o4r5k3f81c2q",
    action=Action.REQUEST_APPROVE,
    build_confirmation=_confirm_approval,
    button="Approve",
    run=_run_approval,
)

DENY = MemberCommand(
    name="deny",
    arguments=(REQUEST_ID, REASON),
    summary="Denies another member's request. The member sees your reason.",
    example="deny alice.00d9o4r5k3f81c2q because the release is frozen",
    action=Action.REQUEST_DENY,
    answer=_answer_deny,
    buttons={APPROVE_BUTTON: _press_approve, DENY_BUTTON: _press_deny},
)
