"""What leads do: a question with two buttons, and what is pressed."""

from __future__ import annotations

import json
from collections.abc import Mapping

from chalice.app import Blueprint

from chalicelib.domain.errors import AccessDenied, DaypassError, InvalidRequest
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.grammar import Asked
from chalicelib.domain.slack.messages import Message, message, plain
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.slack import answers
from chalicelib.entrypoints.slack.routing import Came, slack_route, slack_user
from chalicelib.usecases.admission import ANYBODY, admit
from chalicelib.usecases.ports import Asking
from chalicelib.usecases.slack import tasks
from chalicelib.usecases.slack.arriving import asking_by, must_be_new
from chalicelib.usecases.slack.ports import SlackPorts
from chalicelib.usecases.vending.access_links import withdraw_access_link

blueprint = Blueprint(__name__)


def asked_by_a_lead(
    slack: SlackPorts, came: Came, asking: Asking, lead: Caller, asked: Asked
) -> Message:
    """What a lead's command would do, to be pressed; or that it has been begun."""
    must_be_new(slack.ports, came.signature)
    if asked.command == "verify":
        tasks.begin_now(slack, asking, lead, asked, came.response_url)
        return answers.begun(asked)
    question = tasks.ask_first(slack.ports, lead, came.user.team, asked)
    return answers.question(question)


def _pressed(form: Mapping[str, str]) -> Came:
    """One button, of the `payload` that Slack sends ("block_actions payload", docs.slack.dev)."""
    try:
        told = json.loads(form["payload"])
        action = told["actions"][0]
        user, team = told["user"], told["team"]["id"]
        is_at_home = user.get("team_id", team) == team
        came = Came(
            user=slack_user(team, user["id"], told["channel"]["id"]),
            action=str(action["action_id"]),
            value=str(action.get("value") or ""),
            response_url=str(told.get("response_url") or ""),
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise InvalidRequest(Reason.MALFORMED_BODY) from None
    if not is_at_home:  # in a channel that two workspaces share
        raise AccessDenied(Reason.SLACK_STRANGER)
    return came


@slack_route(blueprint, "/v1/slack/actions", _pressed)
def do_action(slack: SlackPorts, came: Came) -> None:
    """Slack's own: a button that somebody has pressed. Signed by Slack, as a form"""
    # Slack shows nothing of what a press is answered with: it is all said at the response_url.
    try:
        told = _answered(slack, came)
    except DaypassError as error:
        told = message(plain(error.detail, 1000)) | {"replace_original": False}
    if told is not None:
        slack.slack.answer(came.response_url, told)


def _answered(slack: SlackPorts, came: Came) -> Message | None:
    match came.action:
        case answers.OPEN:
            return None  # Slack opens the page by itself, and tells us that it was pressed
        case answers.WITHDRAW:
            return _withdrawn(slack, came)
        case answers.DO | answers.LEAVE:
            begins = came.action == answers.DO
            task = tasks.press(slack, came.user, came.value, came.response_url, begins=begins)
            return answers.pressed(task)
    raise InvalidRequest(Reason.MALFORMED_BODY)


def _withdrawn(slack: SlackPorts, came: Came) -> Message:
    asking = asking_by(slack.ports, came.user)
    caller = admit(slack.ports, asking, ANYBODY, Action.ACCESS_LINK_REVOKE)
    revocation = withdraw_access_link(slack.ports, caller, came.value)
    says = f"This link opens nothing any more. {revocation.says}"
    return message(plain(says, 1000)) | {"replace_original": True}
