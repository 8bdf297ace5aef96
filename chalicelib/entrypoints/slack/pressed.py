"""What is pressed in Slack: a question is answered, or a link revoked."""

from __future__ import annotations

from chalicelib.domain.errors import DaypassError, InvalidRequest
from chalicelib.domain.reasons import SENTENCES, Reason
from chalicelib.domain.slack.messages import Message, message, plain
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.slack import answers, link_answers
from chalicelib.entrypoints.slack.routing import Came, in_slack
from chalicelib.usecases.admission import ANYBODY, admit
from chalicelib.usecases.slack import tasks
from chalicelib.usecases.slack.arriving import asking_by
from chalicelib.usecases.slack.ports import SlackPorts
from chalicelib.usecases.vending.access_links import revoke_access_link


def answer(slack: SlackPorts, came: Came) -> None:
    """Do what was pressed, or begin it. Slack shows nothing of what a press is answered with: it is
    all said at the response_url."""
    try:
        told = _answered(slack, came)
    except DaypassError as error:
        told = message(plain(in_slack(error).detail, 1000)) | {"replace_original": False}
    except Exception:  # it is reported, and Slack would show nothing of that
        told = message(SENTENCES[Reason.BUG]) | {"replace_original": False}
        slack.slack.answer(came.response_url, told)
        raise
    if told is not None:
        slack.slack.answer(came.response_url, told)


def _answered(slack: SlackPorts, came: Came) -> Message | None:
    match came.action:
        case link_answers.OPEN:
            return None  # Slack opens the page by itself, and tells us that it was pressed
        case link_answers.REVOKE_LINK:
            return _link_revoked(slack, came)
        case answers.DO | answers.LEAVE:
            begins = came.action == answers.DO
            task = tasks.press(slack, came.user, came.value, came.response_url, begins=begins)
            return answers.pressed(task)
    raise InvalidRequest(Reason.MALFORMED_BODY)


def _link_revoked(slack: SlackPorts, came: Came) -> Message:
    asking = asking_by(slack.ports, came.user)
    caller = admit(slack.ports, asking, ANYBODY, Action.ACCESS_LINK_REVOKE)
    return link_answers.link_revoked(revoke_access_link(slack.ports, caller, came.value))
