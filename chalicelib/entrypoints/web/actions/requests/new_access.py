"""Actions that ask for access, and that open it in an emergency."""

from __future__ import annotations

from chalicelib.domain.identifiers import EngagementId, RequestId, RoleName
from chalicelib.domain.moments import describe_duration, utc_text
from chalicelib.domain.requests.effects import describe_emergency, name_role
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.requests.requests import CreateAccessRequest, new_request_id
from chalicelib.domain.text import join_words
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    pick_fields,
    web_action,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.requests import ask, emergencies
from chalicelib.usecases.requests.reading import RoleTerms

_SPANS = tuple(60 * minutes for minutes in (15, 30, 60, 120, 240, 480, 1440, 4320, 10080, 20160))
"""The durations to choose from, in seconds."""
_EMERGENCY_SPANS = (3600, 1800, 1020)


class RequestAccessForm(CreateAccessRequest):
    """A request for access. Sent twice, it is one request."""

    engagement: EngagementId
    id: RequestId = ""
    """The request's ID, which the form has from the start."""


def _request_access(web: WebRequest, form: RequestAccessForm) -> ActionResult:
    request = pick_fields(CreateAccessRequest, form)
    sent = ask.create_request(web.ports, web.caller, form.engagement, request, request_id=form.id)
    return f"requests/{sent.id}"


@web_action(
    "request-access",
    "Request access to",
    "Send the request",
    "Your request is sent.",
    Action.REQUEST_CREATE,
    RequestAccessForm,
    perform=_request_access,
    find=lambda web, **names: ask.read_request_terms(web.ports, web.caller, **names),
    kinds=EVERYONE,
    labels={
        "duration": "How long",
        "starts_at": (
            "From",
            "If you set a start, set an end too. With only an end, access starts on approval.",
        ),
        "ends_at": "Until",
        "reason": (
            "Reason",
            (
                "What you need the access for. Sent to the approvers and recorded in the audit"
                " trail."
            ),
        ),
        "ticket": "Ticket",
    },
    then="access",
)
def _(web: WebRequest, terms: RoleTerms) -> ActionPage:
    policy, pattern = terms.policy, terms.policy.ticket_pattern
    spans = [seconds for seconds in _SPANS if seconds <= policy.longest] or [policy.longest]
    lengths = ((str(each), f"{describe_duration(each)} from your first use") for each in spans)
    return ActionPage(
        effect=(
            (
                f"Daypass asks {join_words(terms.waiting_for)} to approve your access to"
                f" {name_role(terms.role.name, terms.engagement)}."
            ),
            (
                "The request expires if no one decides on it within"
                f" {describe_duration(policy.answer_within)}."
            ),
            (
                f"Access can last up to {describe_duration(policy.longest)}, and must end by"
                f" {utc_text(terms.last_end)}."
            ),
        ),
        target=f"{terms.role.name} in {terms.engagement.id}",
        stored={
            "id": new_request_id(web.caller.member.id, web.now, web.ports.random),
            "duration": min(3600, spans[-1]),
        },
        options={"duration": (*lengths, ("", "Between the times below"))},
        labels={"ticket": ("Ticket", f"For example, {pattern.replace('#', '1234')}.")}
        if pattern
        else {},
        required=frozenset({"ticket"} if pattern else ()),
    )


class EmergencyForm(OpenEmergency):
    engagement: EngagementId
    role: RoleName


@web_action(
    "open-emergency",
    "Get emergency access to",
    "Get access now",
    "You now have access to the role. Every lead is notified.",
    Action.EMERGENCY_BEGIN,
    EmergencyForm,
    emergencies.open_emergency,
    body=OpenEmergency,
    find=lambda web, **names: emergencies.read_emergency_terms(web.ports, web.caller, **names),
    kinds=EVERYONE,
    grants_access=True,
    labels={
        "duration": "How long",
        "reason": (
            "What is the emergency?",
            "Sent to the leads and recorded in the audit trail.",
        ),
    },
    then="access",
    is_step=True,
)
def _(_: WebRequest, terms: RoleTerms) -> ActionPage:
    client = terms.engagement.client if terms.policy.notify_client_of_emergencies else ""
    return ActionPage(
        effect=(
            (
                f"You get access to {name_role(terms.role.name, terms.engagement)} immediately,"
                " without an approval."
            ),
            *describe_emergency(client),
        ),
        target=f"{terms.role.name} in {terms.engagement.id}",
        options={"duration": tuple((str(s), describe_duration(s)) for s in _EMERGENCY_SPANS)},
    )
