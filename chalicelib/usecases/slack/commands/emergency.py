"""The command `/daypass emergency`, with which a member opens a role themself."""

from __future__ import annotations

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.moments import describe_duration
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.slack.arguments import EMERGENCY_LENGTH, ENGAGEMENT, REASON, ROLE
from chalicelib.domain.slack.messages import code, escape
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction
from chalicelib.domain.trail import Action
from chalicelib.usecases.admission import EVERYONE, Target, record_refusal
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.emergencies import open_emergency
from chalicelib.usecases.requests.policies import find_policy
from chalicelib.usecases.slack.commands.declared import Call, QueuedCommand


def _require_grant(call: Call) -> None:
    """Raise AccessDenied, and record it, unless the member's grant lets them open this role. A
    member without a grant gets the same refusal whether the engagement exists or not."""
    ports, parsed = call.ports, call.parsed
    grant = ports.state.get(Grant, parsed.engagement, call.caller.member.id)
    if grant is not None and grant.is_current(ports.now()) and parsed.role in grant.emergency:
        return
    reason = Reason.NOT_A_MEMBER if grant is None else Reason.EMERGENCY_NOT_GRANTED
    target = Target(engagement=parsed.engagement, role=parsed.role)
    target = target.for_trail(engagement_exists=grant is not None)
    record_refusal(ports, call.origin, call.caller.token, Action.EMERGENCY_BEGIN, reason, target)
    raise AccessDenied(reason)


def _build_confirmation(ports: Ports, parsed: ParsedCommand) -> str:
    """Return the effect: the access, who hears of it, and the review that has to follow."""
    policy = find_policy(ports, parsed.engagement, parsed.role)
    notified = "Every lead hears of it at once"
    if policy.notify_client_of_emergencies:
        notified += ", and so does the client"
    lasts = describe_duration(parsed.duration or 0)
    return (
        f"*Open {code(parsed.role)} in {code(parsed.engagement)} for {lasts}, without an"
        f" approval?* {notified}. Until another lead has written a review, you can open no role in"
        f" an emergency.\nReason: {escape(parsed.reason)}"
    )


def _run_emergency(ports: Ports, caller: Caller, pending: PendingAction) -> str:
    """Open the role, and return the outcome's text. If it is open already, open nothing."""
    parsed = pending.parsed
    opening = OpenEmergency(duration=parsed.duration or 0, reason=parsed.reason)
    request = open_emergency(ports, caller, parsed.engagement, parsed.role, opening)
    return (
        f"{request.message} To get a session, type /daypass access {parsed.engagement}"
        f" {parsed.role}."
    )


EMERGENCY = QueuedCommand(
    name="emergency",
    arguments=(ENGAGEMENT, ROLE, EMERGENCY_LENGTH, REASON),
    kinds=EVERYONE,
    is_personal=True,
    summary="Opens a role yourself, if your grant allows it. Every lead hears of it.",
    example="emergency acme-prod deploy for 30m because production is down",
    action=Action.EMERGENCY_BEGIN,
    check_caller=_require_grant,
    check_preconditions=lambda ports, parsed: find_policy(ports, parsed.engagement, parsed.role),
    build_confirmation=_build_confirmation,
    button="Open it",
    run=_run_emergency,
)
