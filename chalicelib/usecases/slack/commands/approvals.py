"""The approvers' commands `/daypass approve` and `deny`, and the buttons of a request's message.

A command or a press proves only who sent it. The rule of approval decides by the sender's binding.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Conflict, InvalidRequest, NotFound
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.effects import describe_opening
from chalicelib.domain.requests.requests import ApproveRequest, RequestStatus
from chalicelib.domain.requests.view import RequestStep, RequestView, describe_span
from chalicelib.domain.slack import decisions
from chalicelib.domain.slack.arguments import ACCESS_LENGTH, REASON, UNTIL, parse_reason
from chalicelib.domain.slack.arguments import REQUEST as REQUEST_ID
from chalicelib.domain.slack.messages import (
    Message,
    code,
    command_block,
    escape,
    message,
    section,
)
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction
from chalicelib.domain.slack.requests import (
    build_decided_message,
    describe_request,
)
from chalicelib.domain.trail import Action
from chalicelib.usecases.admission import EVERYONE, Target, admit
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.decide import approve_request, deny_request
from chalicelib.usecases.requests.reading import find_request, read_view
from chalicelib.usecases.requests.steps import preview_step, show_request
from chalicelib.usecases.slack.authentication import (
    SlackRequest,
    find_request_origin,
    refuse_replay,
)
from chalicelib.usecases.slack.commands.declared import Call, MemberCommand, QueuedCommand

_SENSITIVE = (
    "This role is sensitive, so Slack does not approve it. Type this on a machine where you are"
    " logged in to Daypass:"
)


def _require_approvable(call: Call) -> None:
    """Raise the refusal with which the approval would end."""
    parsed = call.parsed
    try:
        preview_step(
            call.ports,
            call.caller,
            parsed.request,
            RequestStep.APPROVE,
            _build_approval(parsed),
            attempt=Action.REQUEST_APPROVE,
        )
    except AccessDenied as error:
        if error.reason is not Reason.SENSITIVE_ROLE:
            raise
        raise AccessDenied(error.reason, f"{_SENSITIVE} daypass approve {parsed.request}") from None


def _build_approval(parsed: ParsedCommand) -> ApproveRequest:
    return ApproveRequest(duration=parsed.duration, ends_at=parsed.until)


def _build_approval_confirmation(call: Call, parsed: ParsedCommand) -> tuple[str, ...]:
    """Return the effect of the approval, and the request. Raise the refusal with which the approval
    would end."""
    _require_approvable(call)
    request = _show(call.ports, parsed.request)
    shortened = replace(
        request,
        duration=parsed.duration or request.duration,
        ends_at=parsed.until or request.ends_at,
    )
    effect = escape(describe_opening(replace(shortened, span=describe_span(shortened))))
    return ("\n".join([f"*Approve this request?* {effect}", *describe_request(request)]),)


def _run_approval(ports: Ports, caller: Caller, pending: PendingAction) -> str:
    """Approve the request, and return its state as text. If an earlier run of this action approved
    it, do not approve it again."""
    parsed = pending.parsed
    approval, since = _build_approval(parsed), pending.started_at
    try:
        return approve_request(ports, caller, parsed.request, approval, since=since).message
    except AccessDenied as error:
        if error.reason is not Reason.SENSITIVE_ROLE:
            raise
        return f"Nothing was done. {_SENSITIVE} daypass approve {parsed.request}"


def _show(ports: Ports, request_id: str) -> RequestView:
    """Return the request. Raise NotFound if it does not exist."""
    request = find_request(ports, request_id)
    if request is None:
        raise NotFound(Reason.NO_SUCH_REQUEST)
    return read_view(ports, request)


def _answer_deny(call: Call) -> Message:
    """Deny the request, and answer with its state."""
    request = deny_request(call.ports, call.caller, call.parsed.request, why=call.parsed.reason)
    return message("Denied", section("\n".join(["*Denied.*", *describe_request(request)])))


def _press_approve(ports: Ports, request: SlackRequest) -> Message:
    """Approve the request whose button was pressed."""
    try:
        return _decide(
            ports,
            request,
            Action.REQUEST_APPROVE,
            lambda caller: approve_request(ports, caller, request.value, ApproveRequest()),
        )
    except AccessDenied as error:
        if error.reason is not Reason.SENSITIVE_ROLE:
            raise
        return _build_command_to_type(request.value) | {"replace_original": False}


def _press_deny(ports: Ports, request: SlackRequest) -> Message:
    """Deny the request whose button was pressed, with the words in the message's field. Without
    words, say where to type them."""
    command = code(f"/daypass deny {request.value} because …", 300)
    if not request.text.strip():
        text = f"A denial needs words. Type them into the field above the button, or type {command}"
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
    request's. After a press that comes late, it says who decided what.

    Raise the refusal, which only the member sees, if they may not decide the request or not know of
    it, and for a press that Slack or someone else sent again.
    """
    origin = find_request_origin(ports, request.user)
    target = Target(details={"request": request.value})
    caller = admit(ports, origin, EVERYONE, action, target=target)
    refuse_replay(ports, request.signature)
    try:
        view = decide(caller)
    except Conflict:
        view = show_request(ports, caller, request.value)
        if view.status is RequestStatus.PENDING:
            raise
    return build_decided_message(view)


def _build_command_to_type(request: str) -> Message:
    """Return the answer for a sensitive role: the command to type in a terminal."""
    return message(
        "Command to type",
        section(f"Nothing was done. {_SENSITIVE}"),
        section(command_block("daypass", "approve", request)),
    )


APPROVE = QueuedCommand(
    name="approve",
    kinds=EVERYONE,
    is_personal=True,
    arguments=(
        REQUEST_ID,
        replace(ACCESS_LENGTH, note="An approver can shorten the access, and not extend it."),
        replace(UNTIL, optional=True),
    ),
    summary="Approves another member's request, if you may.",
    example="approve alice.00d9o4r5k3f81c2q",
    action=Action.REQUEST_APPROVE,
    build_confirmation=_build_approval_confirmation,
    button="Approve",
    run=_run_approval,
)

DENY = MemberCommand(
    name="deny",
    arguments=(REQUEST_ID, REASON),
    summary="Denies another member's request. The member sees your words.",
    example="deny alice.00d9o4r5k3f81c2q because the release is frozen",
    action=Action.REQUEST_DENY,
    answer=_answer_deny,
    buttons={decisions.APPROVE: _press_approve, decisions.DENY: _press_deny},
)
