"""Actions on requests for access: approve, deny, withdraw, review an emergency, start, end."""

from __future__ import annotations

from chalicelib.domain.errors import NotFound
from chalicelib.domain.identifiers import RequestId
from chalicelib.domain.moments import describe_duration
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import ApproveRequest
from chalicelib.domain.requests.shortening import list_choices
from chalicelib.domain.requests.view import RequestDetail, RequestStep
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.http.requests import RequestPath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    BuildPage,
    FormField,
    Typed,
    Widget,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import build_field, hidden
from chalicelib.entrypoints.web.actions.reason_forms import RequestReasonForm
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE, LEADS
from chalicelib.usecases.requests import decide, emergencies, own, revoke
from chalicelib.usecases.requests.steps import preview_step

_MINUTE = 60
_LONGEST_LABEL = "As requested: "


class ApproveForm(ApproveRequest, frozen=True, kw_only=True):
    """An approval, with the request that it is about."""

    request: RequestId


def _preview(
    web: WebRequest, typed: Typed, step: RequestStep
) -> tuple[RequestDetail, tuple[str, ...]]:
    """Return the request that the form is about, and what the step will do. Raise the refusal that
    the step would raise."""
    request = parse_valid_fields(RequestPath, dict(typed)).get("request")
    if request is None:
        raise NotFound(Reason.NO_SUCH_REQUEST)
    return preview_step(web.ports, web.caller, request, step)


def _build_effect_page(step: RequestStep) -> BuildPage:
    """Return the page of a step that asks for nothing: it shows the step's effect."""

    def build_page(web: WebRequest, typed: Typed) -> ActionPage:
        request, effect = _preview(web, typed, step)
        return ActionPage(effect=effect, fields=(hidden("request", request.id),))

    return build_page


@web_action(
    "approve-request",
    heading="Approve the request of",
    button="Approve",
    done="Your approval is recorded.",
    kinds=EVERYONE,
    action=Action.REQUEST_APPROVE,
    form=ApproveForm,
    lets_in=True,
)
def approve(web: WebRequest, form: ApproveForm) -> ActionResult:
    approval = ApproveRequest(
        duration=form.duration, ends_at=form.ends_at, reason=form.reason, caller=form.caller
    )
    decide.approve_request(web.ports, web.caller, form.request, approval)
    return go_to(f"requests/{form.request}")


@approve.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    request, effect = _preview(web, typed, RequestStep.APPROVE)
    return ActionPage(
        effect=effect,
        target=request.member,
        warning="This role is sensitive." if request.is_sensitive else "",
        fields=(
            hidden("request", request.id),
            *_list_time_fields(web, request, typed),
            build_field(
                "reason",
                "Words for the member",
                value=typed.get("reason", ""),
                hint="They and the audit trail get these words.",
                required=False,
            ),
        ),
    )


def _list_time_fields(
    web: WebRequest, request: RequestDetail, typed: Typed
) -> tuple[FormField, ...]:
    """Return the field with shorter times to choose from, if there are any."""
    choices = list_choices(request, web.now)
    if not choices:
        return ()
    if request.duration is not None:
        name, whole = "duration", describe_duration(request.duration)
        options = tuple((str(int(each.value) * _MINUTE), each.text) for each in choices)
    else:
        name, whole = "ends_at", request.span
        options = tuple((each.value, each.text) for each in choices)
    return (
        build_field(
            name,
            "Time",
            Widget.SELECT,
            value=str(typed.get(name, "")),
            options=(("", f"{_LONGEST_LABEL}{whole}"), *options),
            hint="You can allow a shorter time than they asked for.",
            required=False,
        ),
    )


@web_action(
    "deny-request",
    heading="Deny the request of",
    button="Deny",
    done="The request is denied. Its member gets your words.",
    kinds=EVERYONE,
    action=Action.REQUEST_DENY,
    form=RequestReasonForm,
    is_stop=True,
)
def deny(web: WebRequest, form: RequestReasonForm) -> ActionResult:
    decide.deny_request(web.ports, web.caller, form.request, why=form.reason)
    return go_to(f"requests/{form.request}")


@deny.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    request, effect = _preview(web, typed, RequestStep.DENY)
    return ActionPage(
        effect=effect,
        target=request.member,
        fields=(
            hidden("request", request.id),
            build_field(
                "reason",
                "Why",
                value=typed.get("reason", ""),
                hint="A few words, so that they know what to do. They are on the audit trail.",
            ),
        ),
    )


@web_action(
    "withdraw-request",
    heading="Withdraw your request",
    button="Withdraw",
    done="Your request is withdrawn.",
    kinds=EVERYONE,
    action=Action.REQUEST_WITHDRAW,
    form=RequestPath,
    is_stop=True,
)
def withdraw(web: WebRequest, form: RequestPath) -> ActionResult:
    own.withdraw_request(web.ports, web.caller, form.request)
    return go_to(f"requests/{form.request}")


withdraw.page(_build_effect_page(RequestStep.WITHDRAW))


@web_action(
    "review-emergency",
    heading="Review the emergency of",
    button="Record the review",
    done="The review is recorded.",
    kinds=LEADS,
    action=Action.EMERGENCY_REVIEW,
    form=RequestReasonForm,
    lets_in=True,
)
def review_emergency(web: WebRequest, form: RequestReasonForm) -> ActionResult:
    emergencies.review_emergency(web.ports, web.caller, form.request, why=form.reason)
    return go_to(f"requests/{form.request}")


@review_emergency.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    request, effect = _preview(web, typed, RequestStep.REVIEW)
    return ActionPage(
        effect=effect,
        target=request.member,
        fields=(
            hidden("request", request.id),
            build_field(
                "reason",
                "Your review",
                value=typed.get("reason", ""),
                hint="Say in a line what happened and whether it was right. It is on the audit"
                " trail.",
            ),
        ),
    )


@web_action(
    "start-access",
    heading="Start your access",
    button="Start it now",
    done="Your access has started.",
    kinds=EVERYONE,
    action=Action.REQUEST_START,
    form=RequestPath,
    lets_in=True,
)
def start_access(web: WebRequest, form: RequestPath) -> ActionResult:
    own.start_access(web.ports, web.caller, form.request)
    return go_to("access")


start_access.page(_build_effect_page(RequestStep.START))


@web_action(
    "end-request-access",
    heading="Give back your access",
    button="Give it back",
    done="Your access is over.",
    kinds=EVERYONE,
    action=Action.REQUEST_REVOKE,
    form=RequestPath,
    is_stop=True,
)
def end_request_access(web: WebRequest, form: RequestPath) -> ActionResult:
    revoke.end_own_access(web.ports, web.caller, form.request)
    return go_to(f"requests/{form.request}")


end_request_access.page(_build_effect_page(RequestStep.END))
