"""Slack's two routes: what is typed after /daypass, and which button is pressed.

The commands are imported on the first request: other functions register these routes too, and no
vend should wait for the rest (`make bench`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from chalice.app import Blueprint

from chalicelib.domain.errors import AccessDenied, InvalidRequest
from chalicelib.domain.identifiers import Sha256
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.messages import Message
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.slack.routing import SLACK_SIGNATURE, slack_user
from chalicelib.usecases.slack.authentication import SlackRequest
from chalicelib.usecases.slack.ports import SlackPorts

blueprint = Blueprint(__name__)
slacks = Routes(blueprint, way_in=SLACK_SIGNATURE)


def _typed(form: Mapping[str, str]) -> SlackRequest:
    return SlackRequest(
        user=slack_user(form.get("team_id"), form.get("user_id"), form.get("channel_id")),
        text=form.get("text", ""),
        response_url=form.get("response_url", ""),
    )


@slacks.post("/v1/slack/commands", reads_form=_typed)
def do_command(slack: SlackPorts, sent: SlackRequest) -> Message:
    """Slack's own: what somebody has typed after /daypass. Signed by Slack, as a form"""
    from chalicelib.usecases.slack.dispatch import answer_command

    return answer_command(slack, sent)


def _pressed(form: Mapping[str, str]) -> SlackRequest:
    """One button, of the `payload` that Slack sends ("block_actions payload", docs.slack.dev)."""
    try:
        told = json.loads(form["payload"])
        action = told["actions"][0]
        user, team = told["user"], told["team"]["id"]
        is_at_home = user.get("team_id", team) == team
        came = SlackRequest(
            user=slack_user(team, user["id"], told["channel"]["id"]),
            button=str(action["action_id"]),
            value=_button_value(action.get("value")),
            response_url=str(told.get("response_url") or ""),
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise InvalidRequest(Reason.MALFORMED_BODY) from None
    if not is_at_home:  # in a channel that two workspaces share
        raise AccessDenied(Reason.SLACK_STRANGER)
    return came


def _button_value(unverified: Any) -> str:
    """Return a value as Daypass gives its buttons; a button that opens a page has none.

    Raise ValueError for anything else: it could be longer than a key of DynamoDB.
    """
    return msgspec.convert(unverified, Sha256) if unverified not in (None, "") else ""


@slacks.post("/v1/slack/actions", reads_form=_pressed)
def do_action(slack: SlackPorts, sent: SlackRequest) -> None:
    """Slack's own: a button that somebody has pressed. Signed by Slack, as a form"""
    from chalicelib.usecases.slack.dispatch import answer_press

    answer_press(slack, sent)
