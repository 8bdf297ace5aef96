"""Actions that ask for access, and that open it in an emergency."""

from __future__ import annotations

from chalicelib.domain.identifiers import EngagementId, RequestId, RoleName
from chalicelib.domain.moments import describe_duration, utc_text
from chalicelib.domain.requests.effects import describe_emergency, name_role
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import CreateAccessRequest, new_request_id
from chalicelib.domain.text import join_words
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    FormField,
    Typed,
    Widget,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import build_field, hidden, reason_field
from chalicelib.entrypoints.web.actions.requests.role_forms import list_role_fields, read_role_names
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.requests import ask, emergencies
from chalicelib.usecases.requests.offers import (
    read_emergency_offer,
    read_request_offer,
)

_SPANS = tuple(60 * minutes for minutes in (15, 30, 60, 120, 240, 480, 1440, 4320, 10080, 20160))
"""The durations to choose from, in seconds."""
_EMERGENCY_SPANS = (3600, 1800, 1020)


class RequestAccessForm(CreateAccessRequest, frozen=True, kw_only=True):
    """A request for access. Sent twice, it is one request."""

    engagement: EngagementId
    request: RequestId = ""
    """The request's ID, which the form has from the start."""


class EmergencyForm(OpenEmergency, frozen=True, kw_only=True):
    engagement: EngagementId
    role: RoleName


@web_action(
    "request-access",
    heading="Request access to",
    button="Send the request",
    done="Your request is sent.",
    kinds=EVERYONE,
    action=Action.REQUEST_CREATE,
    form=RequestAccessForm,
)
def request_access(web: WebRequest, form: RequestAccessForm) -> ActionResult:
    request = CreateAccessRequest(
        role=form.role,
        duration=form.duration,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        reason=form.reason,
        ticket=form.ticket,
    )
    sent = ask.create_request(
        web.ports, web.caller, form.engagement, request, request_id=form.request
    )
    return go_to(f"requests/{sent.id}")


@request_access.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    engagement, role = read_role_names(typed)
    offer = read_request_offer(web.ports, web.caller, engagement, role)
    answer_within = describe_duration(offer.policy.answer_within)
    return ActionPage(
        effect=(
            (
                f"Daypass asks {join_words(offer.waiting_for)} for access of yours to"
                f" {name_role(role, offer.engagement)}."
            ),
            f"The request expires if no one decides it within {answer_within}.",
            (
                f"Access lasts {describe_duration(offer.policy.longest)} at most, and ends by"
                f" {utc_text(offer.last_end)}."
            ),
        ),
        target=f"{role} in {engagement}",
        fields=(
            *list_role_fields(engagement, role),
            hidden("request", new_request_id(web.caller.member.id, web.now, web.ports.random)),
            *_list_time_fields(offer.policy, typed),
            reason_field(
                typed.get("reason", ""),
                hint="What you need it for. The approvers and the audit trail get it.",
            ),
            *_list_ticket_fields(offer.policy, typed),
        ),
    )


def _list_time_fields(policy: ApprovalPolicy, typed: Typed) -> tuple[FormField, ...]:
    """Return the fields for the time: a duration from the first use, or a start and an end."""
    spans = [seconds for seconds in _SPANS if seconds <= policy.longest] or [policy.longest]
    typed_span = str(typed.get("duration", ""))
    default = typed_span or ("" if typed.get("ends_at") else str(min(3600, spans[-1])))
    return (
        FormField(
            name="duration",
            label="How long",
            widget=Widget.SELECT,
            value=default,
            options=(
                *((str(each), f"{describe_duration(each)} from your first use") for each in spans),
                ("", "From and until the times below"),
            ),
        ),
        FormField(
            name="starts_at",
            label="From",
            widget=Widget.DATE_TIME,
            value=typed.get("starts_at", ""),
            hint="Only with an end. Without it, the access starts with its approval.",
        ),
        FormField(
            name="ends_at", label="Until", widget=Widget.DATE_TIME, value=typed.get("ends_at", "")
        ),
    )


def _list_ticket_fields(policy: ApprovalPolicy, typed: Typed) -> tuple[FormField, ...]:
    """Return the field for the ticket. It is required if the policy has a pattern."""
    pattern = policy.ticket_pattern
    return (
        FormField(
            name="ticket",
            label="Ticket",
            value=typed.get("ticket", ""),
            required=pattern is not None,
            hint=f"Such as {pattern.replace('#', '1234')}." if pattern is not None else "",
        ),
    )


@web_action(
    "open-emergency",
    heading="Open in an emergency:",
    button="Open it now",
    done="The role is open to you. Every lead is notified.",
    kinds=EVERYONE,
    action=Action.EMERGENCY_BEGIN,
    form=EmergencyForm,
    lets_in=True,
)
def open_emergency(web: WebRequest, form: EmergencyForm) -> ActionResult:
    opening = OpenEmergency(duration=form.duration, reason=form.reason)
    emergencies.open_emergency(web.ports, web.caller, form.engagement, form.role, opening)
    return go_to("access")


@open_emergency.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    engagement, role = read_role_names(typed)
    offer = read_emergency_offer(web.ports, web.caller, engagement, role)
    client = offer.engagement.client if offer.policy.notify_client_of_emergencies else ""
    return ActionPage(
        effect=(
            (
                f"You get access to {name_role(role, offer.engagement)} at once,"
                " without an approval."
            ),
            *describe_emergency(client),
        ),
        target=f"{role} in {engagement}",
        fields=(
            *list_role_fields(engagement, role),
            build_field(
                "duration",
                "How long",
                Widget.SELECT,
                value=str(typed.get("duration", _EMERGENCY_SPANS[0])),
                options=tuple((str(each), describe_duration(each)) for each in _EMERGENCY_SPANS),
            ),
            build_field(
                "reason",
                "What is the emergency?",
                value=typed.get("reason", ""),
                hint="The leads and the audit trail get it.",
            ),
        ),
    )
