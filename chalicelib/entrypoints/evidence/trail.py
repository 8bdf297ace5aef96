"""Serve the audit trail to leads and auditors."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from msgspec.structs import replace

from chalicelib.domain.evidence.export import ExportFormat
from chalicelib.domain.evidence.reconciliation.look_ups import LookedUpSession, SessionActions
from chalicelib.domain.evidence.sentences import describe_entry
from chalicelib.domain.trail import Entry, Outcome, TrailQuery
from chalicelib.domain.values import (
    USUAL_LIMIT,
    Inline,
    Limit,
    TimeCursor,
    Value,
    shown_property,
)
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.questions import CSV
from chalicelib.entrypoints.http.responses import make_response
from chalicelib.entrypoints.http.routing import SessionPath, readers
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.evidence.export import export_page
from chalicelib.usecases.evidence.reading import TrailFilters, TrailSelection, read_filters
from chalicelib.usecases.ports import Ports

NDJSON = "application/x-ndjson"
MEDIA: Mapping[str, str] = {
    ExportFormat.NDJSON: NDJSON,
    ExportFormat.CSV: CSV,
    ExportFormat.OCSF: NDJSON,
}


class ReadTrail(TrailFilters):
    """A query for the trail's entries of a period."""

    limit: Limit = USUAL_LIMIT
    """The page size of JSON. Other formats have as many entries on a page as fit."""
    format: ExportFormat | None = None
    """The form of the response. Default: JSON with the entries' sentences and the cursor of the
    next page. Each other form is text, with one entry a line. If more entries follow, its header
    `Link` has the URL of the next page (`rel="next"`)."""
    outcome: Outcome | None = None
    """List only entries with this outcome."""


class EntryInWords(Value, kw_only=False):
    """A trail entry with its sentence."""

    entry: Inline[Entry]

    @shown_property
    def sentence(self) -> str:
        """The entry in words."""
        return describe_entry(self.entry).text


class EntryList(Value, kw_only=False):
    """A page of trail entries."""

    selection: TrailSelection
    """The IDs and the period that Daypass read the query as."""
    entries: tuple[EntryInWords, ...]
    cursor: TimeCursor | None
    """The cursor to send for the next page. None on the last page."""


@readers.get("/v1/engagements/{engagement}/sessions/{session}")
def show_session(ports: Ports, path: SessionPath) -> LookedUpSession:
    """Show what a session did, as the client's CloudTrail reported it"""
    find_engagement(ports, path.engagement)
    return LookedUpSession(ports.state.get(SessionActions, path.engagement, path.session))


@readers.get("/v1/trail", other_types=(NDJSON, CSV))
def read_trail(ports: Ports, query: ReadTrail) -> EntryList | Response:
    """List trail entries, newest first"""
    selection = read_filters(ports, query)
    trail_query = replace(selection.query(query.cursor), outcome=query.outcome, limit=query.limit)
    if query.format is not None:
        return _export(ports, query.format, selection, trail_query)
    page = ports.trail.page(trail_query)
    return EntryList(selection, tuple(map(EntryInWords, page.items)), page.cursor or None)


def _export(
    ports: Ports, format: ExportFormat, selection: TrailSelection, query: TrailQuery
) -> Response:
    """Return a page as text, with a link to the next page. The link has the IDs and the dates that
    `selection` holds, because `yesterday` would be another day if it were followed tomorrow."""
    text, cursor = export_page(ports, query, format)
    response = make_response(200, text, f"{MEDIA[format]}; charset=utf-8")
    if cursor:
        fields = {
            "format": format.value,
            "engagement": selection.engagement,
            "member": selection.member,
            "when": selection.when,
            "outcome": query.outcome or "",
            "cursor": cursor,
        }
        query_string = urlencode({name: value for name, value in fields.items() if value})
        response.headers["Link"] = f'<?{query_string}>; rel="next"'
    return response
