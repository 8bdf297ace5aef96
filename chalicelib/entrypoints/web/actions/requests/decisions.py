"""Actions on requests for access: approve, deny, withdraw, confirm an emergency, start, end; and on
one's own session: give it back."""

from __future__ import annotations

from functools import partial

from chalicelib.domain.identifiers import RequestId
from chalicelib.domain.moments import describe_duration, last_moment_text
from chalicelib.domain.requests.opening import list_choices
from chalicelib.domain.requests.requests import ApproveRequest
from chalicelib.domain.requests.view import RequestDetail, RequestStep
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Session
from chalicelib.entrypoints.http.routing import OwnSessionPath, RequestPath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    BuildPage,
    web_action,
    with_reason,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.requests import decide, emergencies, own
from chalicelib.usecases.requests.steps import preview_step
from chalicelib.usecases.vending import end_session

_MINUTE = 60
Step = tuple[RequestDetail, tuple[str, ...]]
"""The request that a form is about, and what the step will do."""


def _find(step: RequestStep, web: WebRequest, request: str) -> Step:
    """Return what the step will do. Raise the refusal that the step would raise."""
    return preview_step(web.ports, web.caller, request, step)


def _build_effect_page(*, names_member: bool) -> BuildPage:
    """Return the page that shows a step's effect, with the role in its title, and perhaps whose
    request it is."""

    def build_page(_: WebRequest, previewed: Step) -> ActionPage:
        request, effect = previewed
        whose = f"{request.member} for " if names_member else ""
        return ActionPage(effect=effect, target=f"{whose}{request.role} in {request.engagement}")

    return build_page


class ApproveForm(ApproveRequest):
    """An approval, with the request that it is about."""

    request: RequestId


@web_action(
    "approve-request",
    "Approve the request of",
    "Approve",
    "Your approval is recorded.",
    Action.REQUEST_APPROVE,
    ApproveForm,
    decide.approve_request,
    body=ApproveRequest,
    find=partial(_find, RequestStep.APPROVE),
    kinds=EVERYONE,
    grants_access=True,
    labels={
        "duration": ("Time", "You can allow a shorter time than they asked for."),
        "ends_at": ("Time", "You can allow a shorter time than they asked for."),
        "reason": ("Message to the member", "Also recorded in the audit trail."),
    },
)
def _(web: WebRequest, previewed: Step) -> ActionPage:
    request, effect = previewed
    choices = [(each.value, each.text) for each in list_choices(request, web.now)]
    name, other, whole = "ends_at", "duration", request.span
    if request.duration is not None:
        name, other, whole = "duration", "ends_at", describe_duration(request.duration)
        choices = [(str(int(value) * _MINUTE), text) for value, text in choices]
    return ActionPage(
        effect=effect,
        target=f"{request.member} for {request.role} in {request.engagement}",
        warning="This role is sensitive." if request.is_sensitive else "",
        options={name: (("", f"As requested: {whole}"), *choices)},
        without=frozenset({other} if choices else {name, other}),
    )


web_action(
    "deny-request",
    "Deny the request of",
    "Deny",
    "The request has been denied. The member can see your reason.",
    Action.REQUEST_DENY,
    with_reason(RequestPath),
    decide.deny_request,
    find=partial(_find, RequestStep.DENY),
    kinds=EVERYONE,
    is_stop=True,
    labels={
        "reason": (
            "Reason",
            "Tell the member what to do instead. Your message is recorded in the audit trail.",
        )
    },
)(_build_effect_page(names_member=True))

web_action(
    "withdraw-request",
    "Withdraw your request for",
    "Withdraw",
    "Your request is withdrawn.",
    Action.REQUEST_WITHDRAW,
    RequestPath,
    own.withdraw_request,
    find=partial(_find, RequestStep.WITHDRAW),
    kinds=EVERYONE,
    is_stop=True,
)(_build_effect_page(names_member=False))

web_action(
    "confirm-emergency",
    "Confirm the emergency of",
    "Confirm",
    "The emergency is confirmed.",
    Action.EMERGENCY_CONFIRM,
    with_reason(RequestPath),
    emergencies.confirm_emergency,
    find=partial(_find, RequestStep.CONFIRM),
    grants_access=True,
    labels={
        "reason": (
            "What you found",
            (
                "In one sentence, say what happened and whether it was justified. Recorded in the"
                " audit trail."
            ),
        )
    },
)(_build_effect_page(names_member=True))

web_action(
    "start-access",
    "Start your access to",
    "Start it now",
    "Your access has started.",
    Action.REQUEST_START,
    RequestPath,
    own.start_access,
    find=partial(_find, RequestStep.START),
    kinds=EVERYONE,
    grants_access=True,
    then="access",
    is_step=True,
)(_build_effect_page(names_member=False))

web_action(
    "end-request-access",
    "Give back your access to",
    "Give it back",
    "Your access has ended.",
    Action.REQUEST_REVOKE,
    RequestPath,
    own.end_own_access,
    find=partial(_find, RequestStep.END),
    kinds=EVERYONE,
    is_stop=True,
)(_build_effect_page(names_member=False))


@web_action(
    "end-session",
    "Give back the session of",
    "Give it back",
    "Daypass recorded that you no longer need this session. Unless the client lets Daypass end the"
    " session sooner, it works until it expires.",
    Action.SESSION_END,
    OwnSessionPath,
    end_session.give_back_session,
    find=lambda web, session: own.find_own_session(web.ports, web.caller, session),
    kinds=EVERYONE,
    is_stop=True,
    then="access",
)
def _(_: WebRequest, session: Session) -> ActionPage:
    return ActionPage(
        target=f"{session.role} in {session.engagement}",
        effect=(
            (
                f"Daypass records that you no longer need this session of {session.role} in"
                f" {session.engagement}."
            ),
            (
                "AWS cannot revoke credentials that it has issued: a copy of them may work"
                f" until {last_moment_text(session.ends_by)}. Where the client allows it, Daypass"
                " ends the session sooner, from within the account."
            ),
        ),
    )
