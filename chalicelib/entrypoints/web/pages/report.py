"""Show the month's report of an engagement, to print for the client, and as CSV."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.entrypoints.evidence.report import build_csv
from chalicelib.entrypoints.http.questions import CSV
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
    return render_console(
        "web/engagements/month.html",
        web,
        title=f"{report.client} ({report.engagement}): report of {report.begins_at:%B %Y}",
        report=report,
        engagement_id=report.engagement,
    )


@readers.get("/web/engagements/{engagement}/report.csv", media=CSV)
def download_report(ports: Ports, path: EngagementPath, query: ReportQuery) -> Response:
    """Download the sessions of an engagement in one month as CSV"""
    return build_csv(read_report(ports, path.engagement, query))
