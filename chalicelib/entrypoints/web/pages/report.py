"""Show the month's report of an engagement, for the client, and the access review of a period."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

from chalicelib.domain.evidence.access_review.files import FILES, ReviewFile
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.values import Limit
from chalicelib.entrypoints.evidence.report import build_csv
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.questions import CSV
from chalicelib.entrypoints.http.routing import EngagementPath
from chalicelib.entrypoints.web.pages import readers
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.evidence.access_review import PackagePage, PackageQuery, read_package
from chalicelib.usecases.evidence.report import ReportQuery, read_report
from chalicelib.usecases.ports import Ports

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z")


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


class PackageOnPages(PackageQuery):
    """The period of a review, and the page. Each member and engagement is a read of the trail."""

    limit: Limit = 25


@readers.get("/web/review/package")
def show_package(ports: Ports, web: WebRequest, query: PackageOnPages) -> Response:
    """Show an access review: who has access to what, the decisions, and leavers"""
    page = read_package(ports, web.caller, query)
    following = {
        # The API's name for the begin of the period.
        "as_of": format_sortable(page.period.since),
        "until": format_sortable(page.period.until),
        "cursor": page.cursor,
    }
    return render_console(
        "web/requests/package.html",
        web,
        title="Access review of a period",
        query=query,
        page=page,
        tables=list(_list_tables(page)),
        next_url=f"{web.root}/review/package?{urlencode(following)}" if page.cursor else "",
    )


def _list_tables(
    page: PackagePage,
) -> Iterator[tuple[ReviewFile, list[str], list[list[str]]]]:
    """Yield each file with its headings and its rows, without columns that are empty or only in the
    file. Times, also within a text, are shown to the minute."""
    for file in FILES:
        rows = page.list_lines(file)
        columns = [
            n
            for n, heading in enumerate(file.headings)
            if heading not in file.in_file_only and any(row[n] for row in rows)
        ]
        headings = [file.headings[n] for n in columns]
        yield file, headings, [[_TIME.sub(r"\1 \2", row[n]) for n in columns] for row in rows]
