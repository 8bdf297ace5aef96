"""Serve the page Health of the web console."""

from __future__ import annotations

import os
from functools import partial
from typing import NamedTuple

from chalicelib.domain.digest_head import DigestHead
from chalicelib.domain.job_runs import SCHEDULES, JobRun, StoredJob, describe_result, judge_run
from chalicelib.domain.notifications.notification import ChannelKind, ChannelProgress
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.verification.schedule import SweepProgress
from chalicelib.entrypoints.http.about import OLDEST_COMMAND, VERSION
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.web.pages import readers
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.settings import find_invalid_settings
from chalicelib.usecases.lists import pick, read_parts
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.vending.cut_offs.listing import MAX_ROLES

_KEYS: tuple[MixedKey, ...] = (
    (SweepProgress, ()),
    (DigestHead, ()),
    *((ChannelProgress, (kind.value,)) for kind in ChannelKind),
    *((JobRun, (job.value,)) for job in StoredJob),
)


class OptionalSetting(NamedTuple):
    """A setting of the deployment that may be off. `variable` is its environment variable."""

    name: str
    variable: str
    effect: str
    """The effect of its absence."""
    example: str


SETTINGS = tuple(
    OptionalSetting(*row)
    for row in (
        (
            "FIRM_NAME",
            "DAYPASS_FIRM_NAME",
            "Clients see your AWS account ID in place of your firm’s name.",
            "'Example Consulting'",
        ),
        (
            "FIRM_CONTACT",
            "DAYPASS_FIRM_CONTACT",
            "The clients’ pages show no address for questions.",
            "aws-access@example.com",
        ),
        (
            "OTHER_ACCOUNTS",
            "DAYPASS_OTHER_ACCOUNTS",
            "Daypass does not refuse engagements in your firm’s other AWS accounts.",
            "111122223333",
        ),
        (
            "ORG_ID",
            "DAYPASS_ORGANIZATION_ID",
            "Daypass does not recognise the accounts of your firm’s AWS organization.",
            "o-a1b2c3d4e5",
        ),
        (
            "CLIENT_MAIL_FROM",
            "DAYPASS_CLIENT_MAIL_FROM",
            "No one at a client can be named as an approver.",
            "daypass@example.com",
        ),
        (
            "IDENTITY_PROVIDERS",
            "DAYPASS_IDENTITY_PROVIDERS",
            "Members sign in with Daypass’s own tokens only.",
            "'[…]'",
        ),
    )
)


@readers.get("/web/health")
def show_health(ports: Ports, web: WebRequest) -> Response:
    """Show what Daypass knows about its jobs, settings and version"""
    parts = read_parts(
        ports,
        {
            "items": partial(ports.state.get_together, _KEYS),
            "cut_offs": partial(ports.state.list, RoleCutOffs, limit=MAX_ROLES),
        },
    )
    items, cut_offs = parts["items"] or {}, parts["cut_offs"]
    stored = cut_offs.items if cut_offs is not None else ()
    pending = [each for role in stored for each in role.cut_offs if each.is_pending(web.now)]
    channels = (pick(items, ChannelProgress, kind.value) for kind in ChannelKind)
    return render_console(
        "web/health.html",
        web,
        title="Health",
        is_read=None not in parts.values(),  # otherwise, no row may say that all is well
        runs=[(job, pick(items, JobRun, job.value)) for job in StoredJob],
        sweep=pick(items, SweepProgress),
        newest_digest=pick(items, DigestHead),
        channels=list(filter(None, channels)),
        pending=sorted(pending, key=lambda each: each.requested_at),
        has_more=bool(cut_offs and cut_offs.cursor),
        schedules=SCHEDULES,
        judge=judge_run,
        describe_result=describe_result,
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
