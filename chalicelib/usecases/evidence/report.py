"""Make the month's report of an engagement for its client."""

from __future__ import annotations

from itertools import islice

from chalicelib.domain.evidence.report import (
    MAX_SESSIONS,
    Month,
    MonthReport,
    ReportedSession,
    find_range,
)
from chalicelib.domain.trail import Outcome, TrailQuery
from chalicelib.domain.values import Request
from chalicelib.domain.vending.vends import group_by_vend
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import iterate_trail
from chalicelib.usecases.ports import Ports

ENTRIES_READ = 200
"""The entries of one read of the trail."""


class ReportQuery(Request):
    """The month of a report."""

    month: Month = ""
    """The month in UTC. Default: the present one."""


def read_report(ports: Ports, engagement: str, query: ReportQuery) -> MonthReport:
    """Return the engagement's sessions in the month, as the trail has them. Of more than 5,000,
    return the latest. Raise NotFound if the engagement does not exist."""
    client = find_engagement(ports, engagement).client
    now = ports.now()
    month = query.month or f"{now:%Y-%m}"
    begin, end = find_range(month)
    of_month = TrailQuery(
        since=begin,
        until=end,
        engagement=engagement,
        vends_only=True,
        limit=ENTRIES_READ,
    )
    issued = (
        ReportedSession.from_vend(vend.intent, vend.outcome)
        for page in iterate_trail(ports.trail, of_month)
        for vend in group_by_vend(page.items)
        if vend.outcome is not None and vend.outcome.outcome is Outcome.ISSUED
    )
    listed = list(islice(issued, MAX_SESSIONS))
    return MonthReport(
        engagement=engagement,
        client=client,
        month=month,
        made_at=now,
        sessions=tuple(reversed(listed)),
        is_complete=next(issued, None) is None,
    )
