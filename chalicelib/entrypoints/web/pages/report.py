"""Show the month's report of an engagement, to print for the client, and as CSV."""

from __future__ import annotations

from datetime import timedelta

from chalice.app import Blueprint, Response

from chalicelib.domain.evidence.report import find_range
from chalicelib.domain.rows import cell_text
from chalicelib.entrypoints.http.questions import CSV, build_download
from chalicelib.entrypoints.http.routing import EngagementPath, Routes
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.evidence.report import ReportQuery, read_report
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
readers = Routes(blueprint, READERS, authentication=WEB_PAGE)


@readers.get("/web/engagements/{engagement}/report")
def show_report(
    ports: Ports, web: WebRequest, path: EngagementPath, query: ReportQuery
) -> Response:
    """Show the sessions of an engagement in one month, for its client"""
    report = read_report(ports, path.engagement, query)
    begin, end = find_range(report.month)
    return render_console(
        "web/engagements/month.html",
        web,
        title=f"{report.client} ({report.engagement}): report of {begin:%B %Y}",
        report=report,
        engagement_id=report.engagement,
        begin=begin,
        previous=begin - timedelta(days=1),
        following=end if end <= web.now else None,
    )


@readers.get("/web/engagements/{engagement}/report.csv", media=CSV)
def download_report(
    ports: Ports, web: WebRequest, path: EngagementPath, query: ReportQuery
) -> Response:
    """Download the sessions of an engagement in one month as CSV"""
    report = read_report(ports, path.engagement, query)
    rows = [
        [cell_text(getattr(session, column.field)) for column in report.columns]
        for session in report.sessions
    ]
    headings = [column.heading for column in report.columns]
    return build_download((headings, *rows), f"{report.engagement}-{report.month}", web.now)
