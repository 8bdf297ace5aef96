"""The route that binds a member's Slack user."""

from __future__ import annotations

from chalicelib.domain.people.members import Caller
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.slack.bindings import BindSlack
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.routing import everyone
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.slack.binding import bind_slack_user


@everyone.post("/v1/me/slack", Action.SLACK_BIND, status=201)
def bind_slack(ports: Ports, caller: Caller, body: BindSlack) -> Token:
    """Bind the Slack user who got this code to yourself. The binding is one of your tokens"""
    return bind_slack_user(ports, caller, body)
