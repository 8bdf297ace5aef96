"""Actions on requests for access: approve, deny, withdraw, and review an emergency."""

from __future__ import annotations

from chalicelib.domain.errors import DaypassError, NotFound
from chalicelib.domain.identifiers import RequestId
from chalicelib.domain.moments import describe_duration
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import ApproveRequest
from chalicelib.domain.requests.shortening import list_choices
from chalicelib.domain.requests.view import describe_span
from chalicelib.domain.trail import Action
from chalicelib.domain.web.requests.openings import describe_approval, describe_opening
from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.http.requests import RequestPath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
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
from chalicelib.usecases.requests import decide, emergencies, own
from chalicelib.usecases.requests.refusing import build_problem
from chalicelib.usecases.web.requests.request_page import RequestPage, read_request_page

_MINUTE = 60
_LONGEST_LABEL = "As requested: "


class ApproveForm(ApproveRequest, frozen=True, kw_only=True):
    """An approval, with the request that it is about."""

    request: RequestId


def read_request_of_form(
    web: WebRequest, typed: Typed, *, with_sessions: bool = False
) -> RequestPage:
    """Return the request that the form is about. Raise NotFound if there is none, or the caller may
    not know of it."""
    request = parse_valid_fields(RequestPath, dict(typed)).get("request")
    if request is None:
        raise NotFound(Reason.NO_SUCH_REQUEST)
    return read_request_page(web.ports, web.caller, request, with_sessions=with_sessions)


def _find_problem(shown: RequestPage) -> DaypassError | None:
    """Return the error with which the use case would refuse an approval now. If the request was
    decided meanwhile, the error says who decided it and when."""
    problem = shown.row.problem
    return None if problem is None else build_problem(problem, shown.request)


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
    shown = read_request_of_form(web, typed)
    problem = _find_problem(shown)
    if problem is not None:
        raise problem
    request = shown.request
    effect = (
        describe_opening(request, shown.engagement),
        describe_approval(shown.waiting_after_approval),
        f"Their reason: {request.reason}",
    )
    return ActionPage(
        effect=effect,
        target=request.member,
        warning="This role is sensitive." if shown.row.is_sensitive else "",
        fields=(
            hidden("request", shown.request.id),
            *_list_time_fields(web, shown, typed),
            build_field(
                "reason",
                "Words for the member",
                value=typed.get("reason", ""),
                hint="They and the audit trail get these words.",
                required=False,
            ),
        ),
    )


def _list_time_fields(web: WebRequest, shown: RequestPage, typed: Typed) -> tuple[FormField, ...]:
    """Return the field with shorter times to choose from, if there are any."""
    request = shown.request
    choices = list_choices(request, web.now)
    if not choices:
        return ()
    if request.duration is not None:
        name, whole = "duration", describe_duration(request.duration)
        options = tuple((str(int(each.value) * _MINUTE), each.text) for each in choices)
    else:
        name, whole = "ends_at", describe_span(request)
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
    shown = read_request_of_form(web, typed)
    if not shown.row.may_deny:
        raise _find_problem(shown) or build_problem(Reason.NOT_AN_APPROVER)
    request = shown.request
    return ActionPage(
        effect=(
            (
                f"{request.member} does not get the access that they asked for:"
                f" {request.role} in {request.engagement}, {describe_span(request)}."
            ),
            "They can send another request.",
        ),
        target=request.member,
        fields=(
            hidden("request", shown.request.id),
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


@withdraw.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    shown = read_request_of_form(web, typed)
    if not shown.row.is_own:
        raise NotFound(Reason.NO_SUCH_REQUEST)
    if not shown.may_withdraw:
        raise _find_status_problem(shown)
    request = shown.request
    return ActionPage(
        effect=(
            (
                f"No one is asked to decide it any more: {request.role} in {request.engagement},"
                f" {describe_span(request)}."
            ),
            "You can send another request.",
        ),
        fields=(hidden("request", shown.request.id),),
    )


def _find_status_problem(shown: RequestPage) -> DaypassError:
    """Return the error for a request that was decided or has expired."""
    has_expired = shown.request.decided_at is None
    reason = Reason.REQUEST_EXPIRED if has_expired else Reason.REQUEST_DECIDED
    return build_problem(reason, shown.request)


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
    shown = read_request_of_form(web, typed)
    request = shown.request
    if not shown.may_review:
        raise build_problem(shown.review_problem or Reason.NOT_AN_EMERGENCY, shown.request)
    return ActionPage(
        effect=(
            (
                f"{request.member} opened {request.role} in {request.engagement} in an emergency:"
                f" {request.reason}"
            ),
            f"After your review, {request.member} can open another emergency.",
            "The review ends no access. To end it, revoke the access.",
        ),
        target=request.member,
        fields=(
            hidden("request", shown.request.id),
            build_field(
                "reason",
                "Your review",
                value=typed.get("reason", ""),
                hint="Say in a line what happened and whether it was right. It is on the audit"
                " trail.",
            ),
        ),
    )
