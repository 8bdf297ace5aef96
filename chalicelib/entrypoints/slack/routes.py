"""Slack's two routes: typed commands and pressed buttons.

Every request needs Slack's signature, and must come from the firm's workspace. Slack shows an error
of its own for every status but 200, so a refusal is a message too. Daypass answers
with another status only while it does not know that the request is Slack's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from chalice.app import Blueprint, Request, Response
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import (
    AccessDenied,
    DaypassError,
    InvalidRequest,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.identifiers import Sha256
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.slack.bindings import SlackUser
from chalicelib.domain.slack.messages import Message, context, message, plain, section
from chalicelib.entrypoints.http.authentication import call_view
from chalicelib.entrypoints.http.observability import annotate, log_refusal, request_id
from chalicelib.entrypoints.http.parsing import LARGEST_TEXT_BODY, base_url
from chalicelib.entrypoints.http.problems import problem
from chalicelib.entrypoints.http.responses import make_response
from chalicelib.entrypoints.http.routes import FORM, OWN_LIMIT, Authentication, Function, Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.slack.authentication import SlackRequest, verify_signature
from chalicelib.usecases.slack.dispatch import answer_command, answer_press
from chalicelib.usecases.slack.ports import SlackPorts

MOST_FIELDS = 50
# Reasons that come before the sender is known to be Slack, such as unreadable secrets.
_BY_STATUS = frozenset(
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
        return call_view(route, {"slack": slack, "sent": sent})
    except DaypassError as error:
        return _as_message(log_refusal(request, error), request)


def _read(slack: SlackPorts, request: Request, route: Route) -> SlackRequest:
    body: Any = request.raw_body
    if len(body) > LARGEST_TEXT_BODY:
        raise TooLarge(Reason.BODY_TOO_LARGE)
    signature = request.headers.get("x-slack-signature") or ""
    timestamp = request.headers.get("x-slack-request-timestamp") or ""
    secrets = verify_signature(slack, timestamp, signature, body)
    try:
        form = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
        sent: SlackRequest = route.reads_form(dict(form))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise InvalidRequest(Reason.MALFORMED_BODY) from None
    annotate(request, slack_user=sent.user.user)
    if sent.user.team != secrets.team:
        raise AccessDenied(Reason.SLACK_OTHER_WORKSPACE)
    return replace(sent, signature=signature, base_url=base_url(request))


def _render_problem(error: DaypassError, _route: Route, request: Request) -> Response:
    """Return a problem where the sender may not be Slack; otherwise a message for people."""
    return problem(error) if error.reason in _BY_STATUS else _as_message(error, request)


def _as_message(error: DaypassError, request: Request) -> Response:
    text = plain(error.text(Surface.SLACK), 1000)
    source = context(f"{error.reason}, request {request_id(request)}")
    return make_response(200, message(text, section(text), source))


SLACK_SIGNATURE = Authentication(
    callers="Slack",
    serve=_serve,
    render_problem=_render_problem,
    function=Function.SLACK,
    assuming_function=Function.SLACK,
    # API Gateway cannot tell forged requests from Slack's, and leads revoke access in Slack too.
    limit=OWN_LIMIT,
    body_types=(FORM,),
    refusals=frozenset({Unauthenticated, NotFound, TooLarge, Unavailable}),
)
"""For Slack, which sends signed forms and shows people the response. A handler can name the ports
(`slack`) and the request as the route's `reads_form` parses it (`sent`)."""

blueprint = Blueprint(__name__)
slacks = Routes(blueprint, authentication=SLACK_SIGNATURE)


def _user(team: Any, user: Any, channel: Any) -> SlackUser:
    return msgspec.convert({"team": team, "user": user, "channel": channel}, SlackUser)


def _typed(form: Mapping[str, str]) -> SlackRequest:
    return SlackRequest(
        user=_user(form.get("team_id"), form.get("user_id"), form.get("channel_id")),
        text=form.get("text", ""),
        response_url=form.get("response_url", ""),
    )


@slacks.post("/v1/slack/commands", reads_form=_typed)
def do_command(slack: SlackPorts, sent: SlackRequest) -> Message:
    """A command that someone typed in Slack after /daypass. Slack signs the form"""
    return answer_command(slack, sent)


def _pressed(form: Mapping[str, str]) -> SlackRequest:
    """Read the button in the `payload` ("block_actions payload", docs.slack.dev).

    A foreign value could be longer than a DynamoDB key. A button that opens a page has no value.
    """
    payload = json.loads(form["payload"])
    action, user, team = payload["actions"][0], payload["user"], payload["team"]["id"]
    value = action.get("value")
    sent = SlackRequest(
        user=_user(team, user["id"], payload["channel"]["id"]),
        button=str(action["action_id"]),
        value="" if value in (None, "") else msgspec.convert(value, Sha256),
        response_url=str(payload.get("response_url") or ""),
    )
    if user.get("team_id", team) != team:  # in a channel that two workspaces share
        raise AccessDenied(Reason.SLACK_OTHER_WORKSPACE)
    return sent


@slacks.post("/v1/slack/actions", reads_form=_pressed)
def do_action(slack: SlackPorts, sent: SlackRequest) -> None:
    """A button that someone pressed in Slack. Slack signs the form"""
    answer_press(slack, sent)
