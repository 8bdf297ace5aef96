"""Serve the page Health of the web console."""

from __future__ import annotations

import os

from chalice.app import Blueprint, Response

from chalicelib.domain.values import Value
from chalicelib.domain.web.health import SCHEDULES, describe_result, judge_run
from chalicelib.entrypoints.http.about import OLDEST_COMMAND, VERSION
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.settings import find_invalid_settings
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.web.health import read_health

blueprint = Blueprint(__name__)
readers = Routes(blueprint, READERS, authentication=WEB_PAGE)


class OptionalSetting(Value, frozen=True):
    """A setting of the deployment that may be off. `variable` is its environment variable."""

    name: str
    variable: str
    effect: str
    """The effect of its absence."""
    example: str


SETTINGS = (
    OptionalSetting(
        "FIRM_NAME",
        "DAYPASS_FIRM_NAME",
        "Clients read the number of your AWS account in place of your firm’s name.",
        "'Example Consulting'",
    ),
    OptionalSetting(
        "FIRM_CONTACT",
        "DAYPASS_FIRM_CONTACT",
        "The clients’ pages name no address for questions.",
        "aws-access@example.com",
    ),
    OptionalSetting(
        "OTHER_ACCOUNTS",
        "DAYPASS_OTHER_ACCOUNTS",
        "Daypass does not refuse engagements in your own other AWS accounts.",
        "111122223333",
    ),
    OptionalSetting(
        "ORG_ID",
        "DAYPASS_ORGANIZATION_ID",
        "Daypass does not recognise the accounts of your own AWS organization.",
        "o-a1b2c3d4e5",
    ),
    OptionalSetting(
        "CLIENT_MAIL_FROM",
        "DAYPASS_CLIENT_MAIL_FROM",
        "No one at a client can be named as an approver.",
        "daypass@example.com",
    ),
    OptionalSetting(
        "IDENTITY_PROVIDERS",
        "DAYPASS_IDENTITY_PROVIDERS",
        "Members sign in with Daypass’s own tokens only.",
        "'[…]'",
    ),
)


@readers.get("/web/health")
def show_health(web: WebRequest) -> Response:
    """Show what Daypass knows about its jobs, settings and version"""
    return render_console(
        "web/health.html",
        web,
        title="Health",
        health=read_health(web.ports),
        schedules=SCHEDULES,
        judge=judge_run,
        result=describe_result,
        settings=list_settings_off(),
        version=VERSION,
        oldest_command=OLDEST_COMMAND,
    )


def list_settings_off() -> list[tuple[OptionalSetting, bool]]:
    """Return the settings of this function that are off, and whether they are because of an invalid
    value. Those come first."""
    invalid = set(find_invalid_settings(os.environ))
    off = [
        (each, each.variable in invalid)
        for each in SETTINGS
        if each.variable in invalid or not os.environ.get(each.variable)
    ]
    return sorted(off, key=lambda row: not row[1])
