"""Slack's own routes: what comes is signed, is of our workspace, and is answered in its words.

Slack shows people an error of its own for every status but 200, so a refusal is a message too. Only
what is not Slack's, or of which nobody can know whether it is, is told so by its status.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from chalice.app import Request, Response
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import (
    AccessDenied,
    DaypassError,
    InvalidRequest,
    NotFound,
    TooLarge,
    Unavailable,
    Unrecognised,
)
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.bindings import SlackUser, is_an_id
from chalicelib.domain.slack.messages import context, message, plain, section
from chalicelib.entrypoints.http.answers import answer
from chalicelib.entrypoints.http.declared import FORM, OWN_LIMIT, Function, Route, WayIn
from chalicelib.entrypoints.http.observability import note, request_id
from chalicelib.entrypoints.http.reading import LARGEST_TEXT_BODY, base_url
from chalicelib.entrypoints.http.routing import noted
from chalicelib.entrypoints.http.ways import called
from chalicelib.usecases.slack.authentication import SlackRequest, check_signature, in_slack_words
from chalicelib.usecases.slack.ports import SlackPorts

MOST_FIELDS = 50
# What comes before anybody knows that it is Slack's: such as secrets that cannot be read.
_TOLD_BY_STATUS = frozenset(
    {
        Reason.SLACK_NOT_SET_UP,
        Reason.SLACK_SIGNATURE_REFUSED,
        Reason.BODY_TOO_LARGE,
        Reason.RECORDS_UNAVAILABLE,
        Reason.SERVED_ELSEWHERE,
    }
)


def _serve(route: Route, request: Request) -> Response:
    slack = bootstrap.slack_ports()
    if slack is None:
        raise NotFound(Reason.SLACK_NOT_SET_UP)
    sent = _read(slack, request, route)
    try:
        return called(route, {"slack": slack, "sent": sent})
    except DaypassError as error:
        return _in_words(noted(request, in_slack_words(error)), request_id(request))


def _read(slack: SlackPorts, request: Request, route: Route) -> SlackRequest:
    body: Any = request.raw_body
    if len(body) > LARGEST_TEXT_BODY:
        raise TooLarge(Reason.BODY_TOO_LARGE)
    signature = request.headers.get("x-slack-signature") or ""
    timestamp = request.headers.get("x-slack-request-timestamp") or ""
    secrets = check_signature(slack, timestamp, signature, body)
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise InvalidRequest(Reason.MALFORMED_BODY) from None
    sent: SlackRequest = route.reads_form(dict(pairs))
    note(request, slack_user=sent.user.user)
    if sent.user.team != secrets.team:
        raise AccessDenied(Reason.SLACK_STRANGER)
    return replace(sent, signature=signature, base_url=base_url(request))


def slack_user(team: Any, user: Any, channel: Any) -> SlackUser:
    """Who it is; InvalidRequest for what Slack never sends."""
    ids = {"team": team, "user": user, "channel": channel}
    if not all(isinstance(one, str) and is_an_id(one) for one in ids.values()):
        raise InvalidRequest(Reason.MALFORMED_BODY)
    return SlackUser(**ids)


def _as_message(problem: Response, _route: Route, request: Request) -> Response:
    if problem.body["reason"] in _TOLD_BY_STATUS:
        return problem
    return _in_words(problem, request_id(request))


def _in_words(problem: Response, request_id: str) -> Response:
    body = problem.body
    text = plain(body["detail"], 1000)
    source = context(f"{body['reason']}, request {request_id}")
    return answer(200, message(text, section(text), source))


SLACK_SIGNATURE = WayIn(
    callers="Slack",
    serve=_serve,
    render_problem=_as_message,
    function=Function.SLACK,
    entering=Function.SLACK,
    # API Gateway cannot tell a forged request from Slack's, and leads stop people in Slack too.
    limit=OWN_LIMIT,
    body_types=(FORM,),
    refusals=frozenset({Unrecognised, NotFound, TooLarge, Unavailable}),
)
"""For Slack, which signs what it sends, as a form, and shows people the response. A view can name
`slack`, the ports, and `sent`, the request as the route's `reads_form` reads it."""
