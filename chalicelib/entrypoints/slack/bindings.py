"""The route that binds a member's Slack user."""

from __future__ import annotations

from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.routing import everyone
from chalicelib.usecases.slack.binding import bind_slack_user

everyone.serve(
    "POST /v1/me/slack",
    bind_slack_user,
    "Bind the Slack user who got this code to yourself. The binding is one of your tokens",
    Action.SLACK_BIND,
    status=201,
)
