"""Serve the access review's package to leads and auditors."""

from __future__ import annotations

from chalicelib.domain.evidence.access_review.files import FILES
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.people.members import Caller
from chalicelib.domain.rows import escape_cell
from chalicelib.domain.values import Value
from chalicelib.entrypoints.http.routing import readers
from chalicelib.usecases.evidence.access_review import PackageCursor, PackageQuery, read_package
from chalicelib.usecases.ports import Ports


class PackageFile(Value):
    """Lines of one of the package's files."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The cells of each line. A cell that would begin a formula begins with an apostrophe."""


class PackagePart(Value):
    """A page of an access review's package."""

    as_of: str
    """The start of the review, as Daypass read it. Send it again for the next page."""
    until: str
    """The end of the review. Send it again for the next page."""
    readme: str
    """The text of the package's README, on the first page."""
    files: tuple[PackageFile, ...]
    cursor: PackageCursor | None
    """The cursor to send for the next page. None on the last page."""


@readers.get("/v1/review/package")
def show_package(ports: Ports, caller: Caller, query: PackageQuery) -> PackagePart:
    """Read the package of an access review: who has access to what, the decisions, and leavers"""
    page = read_package(ports, caller, query)
    files = (
        PackageFile(
            name=file.name,
            headings=file.headings,
            rows=tuple(tuple(map(escape_cell, cells)) for cells in page.list_lines(file)),
        )
        for file in FILES
    )
    # The review compares the access as of its start with the access at its end.
    return PackagePart(
        as_of=format_sortable(page.period.since),
        until=format_sortable(page.period.until),
        readme=page.readme,
        files=tuple(files),
        cursor=page.cursor or None,
    )
