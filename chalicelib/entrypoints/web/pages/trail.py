"""Serve the trail as a table, and as files, to leads and auditors."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from msgspec.structs import replace

from chalicelib.domain.evidence.export import ExportFormat
from chalicelib.domain.evidence.periods import DAY
from chalicelib.domain.evidence.reconciliation.look_ups import LookedUpSession, SessionActions
from chalicelib.domain.evidence.timeline import Show, TimelineEvent
from chalicelib.domain.values import sent_fields
from chalicelib.entrypoints.evidence.trail import MEDIA, EntryInWords
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.questions import CSV, build_file
from chalicelib.entrypoints.http.responses import to_json_value
from chalicelib.entrypoints.http.routing import SessionPath
from chalicelib.entrypoints.web.pages import readers
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.listing import suggest
from chalicelib.usecases.evidence.export import export_file
from chalicelib.usecases.evidence.reading import TrailSelection, read_filters
from chalicelib.usecases.evidence.timeline import (
    SignIns,
    Timeline,
    TimelineFilters,
    apply_show,
    read_timeline,
)
from chalicelib.usecases.lists import read_parts
from chalicelib.usecases.ports import Ports

LATEST_DAYS = 8
_SUFFIXES = {
    ExportFormat.CSV: "csv",
    ExportFormat.NDJSON: "ndjson",
    ExportFormat.OCSF: "ocsf.ndjson",
}
_CHOICES = {Show.EVERYTHING: "Everything", Show.SESSIONS: "Sessions only"} | {
    show: f"Outcome: {show}" for show in Show if show.outcome
}


@readers.get("/web/trail")
def show_trail(ports: Ports, web: WebRequest, query: TimelineFilters) -> Response:
    """Show the trail as a table, newest first"""
    is_read = web.error is None
    if web.error is not None:
        # After an invalid query, show no entries. With `is_without_query`, the error would say that
        # the page shows its usual content.
        web = replace(web, error=replace(web.error, is_without_query=False))
    parts = read_parts(
        ports,
        {
            "trail": partial(_read, ports, query) if is_read else lambda: None,
            "engagements": partial(suggest, ports, "engagement"),
            "members": partial(suggest, ports, "member"),
        },
    )
    # `selection` is the query as it was understood, with names as IDs. It is None after an invalid
    # query.
    selection, page = parts["trail"] or (None, None)
    sent = {name: value for name, value in sent_fields(query).items() if value not in _DEFAULTS}
    sent.pop("cursor", None)
    exact = sent | _list_exact(selection) if selection is not None else sent
    return render_console(
        "web/trail.html",
        web,
        title=_name_page(selection, query),
        query=query,
        read=selection,
        page=page,
        is_read=is_read,
        choices=_CHOICES,
        similar=_list_similar(web),
        engagements=parts["engagements"],
        members=parts["members"],
        to_json=_format_entries,
        latest_days=_list_latest_days(sent, web.now),
        url=f"{web.root}/trail?{urlencode(exact)}",
        sign_ins_url=f"{web.root}/trail?{urlencode(exact | {'sign_ins': SignIns.SHOWN.value})}",
        files=[
            (name.upper(), f"{web.root}/trail/file?{urlencode(exact | {'format': name})}")
            for name in map(str, _SUFFIXES)
        ],
    )


@readers.get("/web/engagements/{engagement}/sessions/{session}")
def show_session(ports: Ports, web: WebRequest, path: SessionPath) -> Response:
    """Show what a session did, as the client's CloudTrail reported it"""
    engagement = find_engagement(ports, path.engagement)
    # Daypass may not have looked the session up yet, or it does not exist. Then the summary says
    # that nothing was looked up.
    session = LookedUpSession(ports.state.get(SessionActions, path.engagement, path.session))
    return render_console(
        "web/session.html",
        web,
        title=f"Session {path.session}",
        engagement=engagement,
        session=path.session,
        actions=session.actions,
        summary=session.summary,
    )


class TrailFile(TimelineFilters):
    """A selection of the trail's entries as a file."""

    format: ExportFormat = ExportFormat.CSV


@readers.get("/web/trail/file", media=CSV)
def download_trail(ports: Ports, web: WebRequest, query: TrailFile) -> Response:
    """Download all entries of a selection, also the sign-ins"""
    selected = apply_show(read_filters(ports, query).query(), query.show)
    text = export_file(ports, selected, query.format)
    return build_file(text, MEDIA[query.format], "trail", _SUFFIXES[query.format], web.now)


_DEFAULTS = ("", Show.EVERYTHING, SignIns.HIDDEN)
"""The values that the URLs leave out. Each is the default of every field that can have it."""


def _name_page(read: TrailSelection | None, query: TimelineFilters) -> str:
    """Return the page's title, with what was asked for."""
    if read is None or not (read.names or query.when):
        return "Trail"
    return f"Trail: {', '.join((*read.names, *((read.period.text,) if query.when else ())))}"


def _read(ports: Ports, query: TimelineFilters) -> tuple[TrailSelection, Timeline]:
    """Return what the query means, and a page of the events that it selects."""
    read = read_filters(ports, query)
    return read, read_timeline(ports, read.query(query.cursor), query.show, query.sign_ins)


def _list_exact(read: TrailSelection) -> dict[str, str]:
    """Return the query that selects the same entries at any later time, with IDs and dates."""
    fields = {"engagement": read.engagement, "member": read.member, "when": read.when}
    return {name: value for name, value in fields.items() if value}


def _list_similar(web: WebRequest) -> list[tuple[str, str]]:
    """Return the meanings that an unclear name could have, each as a text and the query for it."""
    error = web.error
    if error is None:
        return []
    return [(text, urlencode({**error.typed, error.field: value})) for value, text in error.choices]


def _format_entries(event: TimelineEvent) -> str:
    """Return the entries as the API shows them."""
    shown = [to_json_value(EntryInWords(entry)) for entry in event.entries]
    return json.dumps(shown[0] if len(shown) == 1 else shown, ensure_ascii=False, indent=2)


def _list_latest_days(sent: dict[str, Any], now: datetime) -> list[tuple[str, str, bool]]:
    """Return the latest days as label, query and whether the day is selected, the latest first."""
    days = [now.astimezone(UTC).date() - number * DAY for number in range(LATEST_DAYS)]
    return [
        (
            "Today" if number == 0 else f"{day:%a %-d %b}",
            urlencode(sent | {"when": str(day)}),
            sent.get("when") == str(day),
        )
        for number, day in enumerate(days)
    ]
