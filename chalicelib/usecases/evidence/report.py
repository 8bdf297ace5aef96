"""Make the month's report of an engagement for its client: for a lead, who sends it, and for the
holder of a link to the client's page."""

from __future__ import annotations

from enum import StrEnum
from itertools import islice

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.evidence.report import (
    MAX_SESSIONS,
    Month,
    MonthReport,
    ReportedSession,
    describe_status,
    find_range,
)
from chalicelib.domain.trail import Outcome, TrailQuery
from chalicelib.domain.values import Request
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.vends import group_by_vend
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import iterate_trail, list_all
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.ports import Ports

ENTRIES_READ = 200
"""The entries of one read of the trail."""


class ReportQuery(Request):
    """The month of a report."""

    month: Month = ""
    """The month in UTC. Default: the present one."""


class ReportFormat(StrEnum):
    """The formats of a report for programs."""

    JSON = "json"
    CSV = "csv"
    """The sessions only, with times in UTC."""


class ReportFileQuery(ReportQuery):
    """The month of a report, and its format."""

    format: ReportFormat = ReportFormat.JSON


class ClientReportQuery(ReportQuery):
    """The month of a client's report, and its format."""

    format: ReportFormat | None = None
    """Default: a page to read and print."""


def read_report(ports: Ports, engagement: str, query: ReportQuery) -> MonthReport:
    """Return the engagement's report of the month. Raise NotFound if the engagement does not
    exist."""
    return _build_report(ports, find_engagement(ports, engagement), query)


def read_client_report(ports: Ports, link_text: str, query: ReportQuery) -> MonthReport:
    """Return the report of the link's engagement. Raise NotFound if the link is not valid."""
    _, engagement = open_link(ports, link_text)
    return _build_report(ports, engagement, query)


def _build_report(ports: Ports, engagement: Engagement, query: ReportQuery) -> MonthReport:
    """Return the engagement's sessions in the month, as the trail has them, and its status. If
    there are more than MAX_SESSIONS, list the latest."""
    now = ports.now()
    month = query.month or f"{now:%Y-%m}"
    begin, end = find_range(month)
    of_month = TrailQuery(
        since=begin,
        until=end,
        engagement=engagement.id,
        vends_only=True,
        limit=ENTRIES_READ,
    )
    # The trail has the latest vends first, and all entries of a vend on one page.
    issued = (
        ReportedSession.from_vend(vend.intent, vend.outcome)
        for page in iterate_trail(ports.trail, of_month)
        for vend in group_by_vend(page.items)
        if vend.outcome is not None and vend.outcome.outcome is Outcome.ISSUED
    )
    listed = list(islice(issued, MAX_SESSIONS))
    roles = list_all(ports.state, Role, engagement=engagement.id)
    cut_offs = list_all(ports.state, RoleCutOffs, engagement=engagement.id)
    return MonthReport(
        engagement=engagement.id,
        client=engagement.client,
        month=month,
        made_at=now,
        sessions=tuple(reversed(listed)),
        is_complete=next(issued, None) is None,
        opened_at=engagement.created_at,
        status=describe_status(engagement, roles, cut_offs, now),
    )
