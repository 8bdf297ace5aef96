"""`/daypass`: what is typed in Slack is read, done or begun, and answered to whoever typed it."""

from __future__ import annotations

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.grammar import Asked, Person, Trouble, command, parse
from chalicelib.domain.slack.messages import Message, message
from chalicelib.domain.slack.tasks import ACTIONS
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.slack import answers, link_answers
from chalicelib.entrypoints.slack.routing import Came
from chalicelib.usecases.admission import ANYBODY, LEADS, Aim, admit
from chalicelib.usecases.engagements.my_engagements import my_engagements
from chalicelib.usecases.ports import Asking
from chalicelib.usecases.slack import binding, looking, tasks, wishing
from chalicelib.usecases.slack.arriving import asking_by, must_be_new
from chalicelib.usecases.slack.ports import SlackPorts

_ACTIONS = {**ACTIONS, "access": Action.ACCESS_LINK_CREATE}
PAGE = 50
"""Engagements that `list` looks at. Whoever is on more is told of the API."""


def answer(slack: SlackPorts, came: Came) -> Message:
    """The message that answers it. Whatever is refused is raised."""
    asked = parse(came.text, slack.ports.now())
    if isinstance(asked, Trouble):
        return message(asked.says)
    match asked.command:
        case "help":
            return answers.help_on(asked.about)
        case "link":
            must_be_new(slack.ports, came.signature)
            code = binding.show_code(slack.ports, came.user)
            return answers.binding_code(code, came.user)
    return _done(slack, came, asked)


def _done(slack: SlackPorts, came: Came, asked: Asked) -> Message:
    """What only somebody can ask whom Daypass knows."""
    ports = slack.ports
    asking = asking_by(ports, came.user)
    kinds = LEADS if command(asked.command).for_leads else ANYBODY
    meant = asked.person or Person()
    others = {"slack_user": meant.slack_user}
    aim = Aim(engagement=asked.engagement, role=asked.role, member=meant.member, others=others)
    caller = admit(ports, asking, kinds, _ACTIONS.get(asked.command, Action.READ), aim=aim)
    match asked.command:
        case "list":
            found = my_engagements(ports, caller, limit=PAGE)
            return answers.places(found, ports.now())
        case "live":
            return answers.live(looking.alive(ports, member=caller.member.id), ports.now())
        case "who":
            return answers.who(looking.who(ports, asking, caller, asked.engagement))
        case "status":
            return answers.status(looking.status(ports, asking, caller, asked.engagement))
        case "access":
            return _access(slack, came, asking, caller, asked)
    return _asked_by_a_lead(slack, came, asking, caller, asked)


def _access(slack: SlackPorts, came: Came, asking: Asking, caller: Caller, asked: Asked) -> Message:
    must_be_new(slack.ports, came.signature)
    wished = wishing.wish(slack.ports, caller, asked)
    try:
        made = wishing.link_for(slack.ports, asking, asked.engagement, wished)
    except AccessDenied as refused:
        if refused.reason is not Reason.ROLE_CLOSED_TO_LINKS:
            raise
        return link_answers.to_paste(asked.engagement, wished)
    return link_answers.access(made, came.base_url, slack.ports.now())


def _asked_by_a_lead(
    slack: SlackPorts, came: Came, asking: Asking, lead: Caller, asked: Asked
) -> Message:
    """What a lead's command would do, to be pressed; or that it has been begun."""
    must_be_new(slack.ports, came.signature)
    if asked.command == "verify":
        tasks.begin_now(slack, asking, lead, asked, came.response_url)
        return answers.begun(asked)
    question = tasks.ask_first(slack.ports, lead, came.user.team, asked)
    return answers.question(question)
