"""Slack's two routes: typed commands and pressed buttons.

Every request needs Slack's signature, and must come from the firm's workspace. If a response has
another status than 200, Slack shows an error of its own. So Daypass sends status 200 and a message
even if it refuses a request. It sends another status only if it cannot tell whether the request
came from Slack.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import (
    AccessDenied,
    DaypassError,
    InvalidRequest,
    NotFound,
    Reason,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.identifiers import RequestId, Sha256
from chalicelib.domain.slack.bindings import SlackUser
from chalicelib.domain.slack.messages import (
    Message,
    build_refusal_message,
)
from chalicelib.domain.slack.requests import WORDS
from chalicelib.entrypoints.http.authentication import call_view
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.observability import add_log_fields, log_refusal, read_request_id
from chalicelib.entrypoints.http.parsing import LARGEST_TEXT_BODY, build_base_url
from chalicelib.entrypoints.http.problems import build_problem
from chalicelib.entrypoints.http.responses import make_response
from chalicelib.entrypoints.http.routes import FORM, OWN_LIMIT, Authentication, Function, Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.slack.authentication import SlackPorts, SlackRequest, verify_signature
from chalicelib.usecases.slack.dispatch import answer_command, answer_press

MOST_FIELDS = 50
# The reasons for errors that can occur before the signature is verified. Their responses have an
# error status.
_REASONS_BEFORE_VERIFICATION = frozenset(
    {
        Reason.SLACK_NOT_SET_UP,
        Reason.SLACK_SIGNATURE_REFUSED,
        Reason.BODY_TOO_LARGE,
        Reason.RECORDS_UNAVAILABLE,
        Reason.SERVED_ELSEWHERE,
    }
)


def _serve_slack(route: Route, request: Request) -> Response:
    """Verify and parse Slack's request, and call the view. Return a refusal as a message.

    Raise NotFound if the operator has not set up Slack, and the errors of `_parse_signed_request`.
    """
    slack = bootstrap.slack_ports()
    if slack is None:
        raise NotFound(Reason.SLACK_NOT_SET_UP)
    slack_request = _parse_signed_request(slack, request, route)
    try:
        return call_view(route, {"slack": slack, "slack_request": slack_request})
    except DaypassError as error:
        return _build_message_response(log_refusal(request, error), request)


def _parse_signed_request(slack: SlackPorts, request: Request, route: Route) -> SlackRequest:
    """Verify the signature of Slack's request, and return the request as the route parses it.

    Raise TooLarge for a body that is too long, the errors of `verify_signature`, InvalidRequest for
    a malformed form, and AccessDenied for a user of another workspace.
    """
    body: Any = request.raw_body
    if len(body) > LARGEST_TEXT_BODY:
        raise TooLarge(Reason.BODY_TOO_LARGE)
    signature = request.headers.get("x-slack-signature") or ""
    timestamp = request.headers.get("x-slack-request-timestamp") or ""
    secrets = verify_signature(slack, timestamp, signature, body)
    try:  # a button's form holds JSON, which can have any shape
        form = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
        slack_request: SlackRequest = route.reads_form(dict(form))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise InvalidRequest(Reason.MALFORMED_BODY) from None
    add_log_fields(request, slack_user=slack_request.user.user)
    if slack_request.user.team != secrets.team:
        raise AccessDenied(Reason.SLACK_OTHER_WORKSPACE)
    return replace(slack_request, signature=signature, base_url=build_base_url(request))


def _render_problem(error: DaypassError, _route: Route, request: Request) -> Response:
    """Return an API problem for an error that can occur before the signature is verified.

    Return any other error as a Slack message.
    """
    return (
        build_problem(error)
        if error.reason in _REASONS_BEFORE_VERIFICATION
        else _build_message_response(error, request)
    )


def _build_message_response(error: DaypassError, request: Request) -> Response:
    """Return a response with status 200 and a Slack message that explains the error."""
    return make_response(200, build_refusal_message(error, read_request_id(request)))


SLACK_SIGNATURE = Authentication(
    callers="Slack",
    serve=_serve_slack,
    render_problem=_render_problem,
    function=Function.SLACK,
    assuming_function=Function.SLACK,
    # API Gateway cannot tell forged requests from Slack's, and leads revoke access in Slack too.
    limit=OWN_LIMIT,
    body_types=(FORM,),
    refusals=frozenset({Unauthenticated, NotFound, TooLarge, Unavailable}),
)
"""Authentication by Slack's signature. Slack sends signed forms, and shows people the response.

A view can have two parameters: the ports (`slack`), and the request as the route's `reads_form`
parses it (`slack_request`)."""

slack_routes = Routes(authentication=SLACK_SIGNATURE)


def _parse_slack_user(team: Any, user: Any, channel: Any) -> SlackUser:
    """Return the Slack user with these IDs. Raise ValueError if an ID is malformed."""
    return msgspec.convert({"team": team, "user": user, "channel": channel}, SlackUser)


def _parse_command_form(form: Mapping[str, str]) -> SlackRequest:
    """Return the request in the form of a typed command. Raise ValueError for a malformed ID."""
    return SlackRequest(
        user=_parse_slack_user(form.get("team_id"), form.get("user_id"), form.get("channel_id")),
        text=form.get("text", ""),
        response_url=form.get("response_url", ""),
    )


@slack_routes.post("/v1/slack/commands", reads_form=_parse_command_form)
def run_command(slack: SlackPorts, slack_request: SlackRequest) -> Message:
    """Run a command that someone typed in Slack after /daypass. Slack signs the form"""
    return answer_command(slack, slack_request)


def _parse_press_form(form: Mapping[str, str]) -> SlackRequest:
    """Return the request in the form of a pressed button ("block_actions payload", docs.slack.dev).

    A button that opens a page has no value. Any other value must be a SHA-256 hash or the ID of an
    access request: a longer text could be too long for a DynamoDB key.

    Raise AccessDenied for a user of another workspace. For a malformed form, raise ValueError,
    TypeError, LookupError, AttributeError or RecursionError.
    """
    payload = json.loads(form["payload"])
    action, user, team = payload["actions"][0], payload["user"], payload["team"]["id"]
    slack_request = SlackRequest(
        user=_parse_slack_user(team, user["id"], payload["channel"]["id"]),
        button=str(action["action_id"]),
        text=_find_typed_words(payload),
        value=_parse_value(action.get("value")),
        response_url=str(payload.get("response_url") or ""),
    )
    if user.get("team_id", team) != team:  # two workspaces can share a channel
        raise AccessDenied(Reason.SLACK_OTHER_WORKSPACE)
    return slack_request


def _parse_value(value: Any) -> str:
    """Return a button's value, or "". Raise ValidationError if it is of neither form."""
    if value in (None, ""):
        return ""
    is_request = isinstance(value, str) and "." in value
    return str(msgspec.convert(value, RequestId if is_request else Sha256))


def _find_typed_words(payload: Mapping[str, Any]) -> str:
    """Return the text in the message's field for words, or "" if the message has none, or no one
    typed into it."""
    values = (payload.get("state") or {}).get("values") or {}
    text = ((values.get(WORDS) or {}).get(WORDS) or {}).get("value")
    return text if isinstance(text, str) else ""


@slack_routes.post("/v1/slack/actions", reads_form=_parse_press_form)
def handle_press(slack: SlackPorts, slack_request: SlackRequest) -> None:
    """Handle a button that someone pressed in Slack. Slack signs the form"""
    answer_press(slack, slack_request)
