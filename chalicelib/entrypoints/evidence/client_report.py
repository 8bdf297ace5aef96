"""Give a client the month's report of its engagement, by the link to the client's page: as a page
that prints, as CSV and as JSON. Its text is that of the report which leads send."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.evidence.report import MonthReport
from chalicelib.entrypoints.evidence.report import build_csv
from chalicelib.entrypoints.http.authentication import CLIENT_LINK, SecretLinkPath, call_view
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.parsing import parse, parse_valid_fields, read_query_params
from chalicelib.entrypoints.http.questions import CSV
from chalicelib.entrypoints.http.routes import JSON, Route
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.pages.render import render_page
from chalicelib.usecases.evidence.report import (
    ClientReportQuery,
    ReportFormat,
    read_client_report,
)
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.ports import Ports


def _serve_link_holder(route: Route, request: Request) -> Response:
    """Call the view with the link in the path and the query. Only the holder of a valid link learns
    what is wrong with the query."""
    ports = bootstrap.ports()
    fields = parse_valid_fields(SecretLinkPath, request.uri_params or {})
    path = SecretLinkPath(**{"link": ""} | fields)
    try:
        query = parse(ClientReportQuery, read_query_params(request), from_text=True)
    except InvalidRequest:
        open_link(ports, path.link)
        raise
    return call_view(route, {"ports": ports, "path": path, "query": query})


CLIENT_REPORT = replace(
    CLIENT_LINK, serve=_serve_link_holder, limit=None, media=JSON, response_types=()
)
"""The route shares the stage's default limit: a stage takes no more limits."""
reports = Routes(authentication=CLIENT_REPORT)


@reports.get("/setup/{link}/report", other_types=("text/html", CSV))
def show_client_report(
    ports: Ports, path: SecretLinkPath, query: ClientReportQuery
) -> MonthReport | Response:
    """Show to the client which members used its engagement in one month"""
    report = read_client_report(ports, path.link, query)
    match query.format:
        case ReportFormat.JSON:
            return report
        case ReportFormat.CSV:
            return build_csv(report)
    return render_page("report.html", report=report, link=path.link, firm=ports.firm)
