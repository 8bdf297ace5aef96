"""Serve the month's report of an engagement to leads and auditors."""

from __future__ import annotations

from chalicelib.domain.evidence.report import MonthReport
from chalicelib.domain.rows import cell_text
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.questions import CSV, build_download
from chalicelib.entrypoints.http.routing import EngagementPath, readers
from chalicelib.usecases.evidence.report import ReportFileQuery, ReportFormat, read_report
from chalicelib.usecases.ports import Ports


@readers.get("/v1/engagements/{engagement}/report", other_types=(CSV,))
def show_report(
    ports: Ports, path: EngagementPath, query: ReportFileQuery
) -> MonthReport | Response:
    """List the sessions of an engagement in one month, for its client"""
    report = read_report(ports, path.engagement, query)
    return report if query.format is ReportFormat.JSON else build_csv(report)


def build_csv(report: MonthReport) -> Response:
    """Return the report's sessions as a CSV file to download, with times in UTC."""
    rows = [
        [cell_text(getattr(session, column.field)) for column in report.columns]
        for session in report.sessions
    ]
    headings = [column.heading for column in report.columns]
    name = f"{report.engagement}-{report.month}"
    return build_download((headings, *rows), name, report.made_at)
