"""Serve the trail as a timeline in words, and as CSV, to leads and auditors."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from chalice.app import Blueprint, Response
from msgspec import field

from chalicelib.domain.evidence.facts import format_actor
from chalicelib.domain.evidence.timeline import Show, TimelineEvent
from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.lists import TimeCursor
from chalicelib.domain.trail import TrailQuery
from chalicelib.domain.values import Request, sent_fields
from chalicelib.entrypoints.evidence.trail import EntryInWords, choose_period
from chalicelib.entrypoints.http.responses import make_response, to_json_value
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.entrypoints.web.days import Day
from chalicelib.entrypoints.web.pages.trail_csv import CSV, build_csv
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.evidence.timeline import Timeline, read_timeline
from chalicelib.usecases.lists import read_parts
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.suggestions import suggest_engagements, suggest_members

blueprint = Blueprint(__name__)
readers = Routes(blueprint, READERS, authentication=WEB_PAGE)

LATEST_DAYS = 8
_IN_URL = {"first": "from", "last": "to"}
DAY = timedelta(days=1)


class ReadTimeline(Request, frozen=True, kw_only=True):
    """A selection of the trail's entries by engagement, member, outcome and days in UTC."""

    engagement: EngagementId = ""
    """Show only entries about this engagement."""
    member: MemberId = ""
    """Show only entries whose actor or subject is this member."""
    show: Show = Show.EVERYTHING
    """Show everything, only sessions, or only entries with one outcome."""
    first: Day = field(name="from", default="")
    """The first day. Default: 30 days before the last."""
    last: Day = field(name="to", default="")
    """The last day. Default: today."""
    cursor: TimeCursor = ""
    """The cursor of the previous page. Leave it out for the first page."""


@readers.get("/web/trail")
def show_trail(ports: Ports, web: WebRequest, query: ReadTimeline) -> Response:
    """Show the trail as a timeline, newest first"""
    parts = read_parts(
        ports,
        {
            "page": partial(_read_page, ports, query, web.now),
            "engagements": partial(suggest_engagements, ports),
            "members": partial(suggest_members, ports),
        },
    )
    page = parts["page"]
    selected = {_IN_URL.get(name, name): value for name, value in sent_fields(query).items()}
    sent = {name: value for name, value in selected.items() if name != "cursor"}
    events = () if page is None else page.events
    days = groupby(events, key=lambda event: event.at.astimezone(UTC).date())
    return render_console(
        "web/trail.html",
        web,
        title="Trail",
        query=query,
        choices=_CHOICES,
        engagements=parts["engagements"] or (),
        members=parts["members"] or (),
        page=page,
        sessions=[event for event in events if query.engagement and event.is_session],
        days=[(day, list(of_day)) for day, of_day in days],
        to_json=_format_entries,
        format_actor=format_actor,
        latest_days=_list_latest_days(sent, web.now),
        url=f"{web.root}/trail?{urlencode(sent)}",
        csv_url=f"{web.root}/trail.csv?{urlencode(selected)}",
    )


@readers.get("/web/trail.csv", media=CSV)
def download_trail(ports: Ports, web: WebRequest, query: ReadTimeline) -> Response:
    """Download the entries of one page of the timeline as CSV"""
    page = _read_page(ports, query, web.now)
    entries = [entry for event in page.events for entry in reversed(event.entries)]
    response = make_response(200, build_csv(entries), f"{CSV}; charset=utf-8")
    name = f"daypass-trail-{web.now:%Y-%m-%dT%H%M}Z.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


_CHOICES = {Show.EVERYTHING: "Everything", Show.SESSIONS: "Sessions only"} | {
    show: f"Outcome: {show}" for show in Show if show.outcome
}


def _read_page(ports: Ports, query: ReadTimeline, now: datetime) -> Timeline:
    """Return the page of the selected days. Raise InvalidRequest if they are not in order, or too
    many."""
    since, until = choose_period(
        _begin(query.first) if query.first else None,
        _begin(query.last) + DAY if query.last else None,
        now,
    )
    selected = TrailQuery(
        since=since,
        until=until,
        engagement=query.engagement,
        member=query.member,
        cursor=query.cursor,
    )
    return read_timeline(ports, selected, query.show)


def _format_entries(event: TimelineEvent) -> str:
    """Return the entries as the API shows them."""
    shown = [to_json_value(EntryInWords(entry)) for entry in event.entries]
    return json.dumps(shown[0] if len(shown) == 1 else shown, ensure_ascii=False, indent=2)


def _begin(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)


def _list_latest_days(sent: dict[str, Any], now: datetime) -> list[tuple[str, str, bool]]:
    """Return the latest days as label, query and whether the day is selected, the latest first."""
    days = [now.astimezone(UTC).date() - number * DAY for number in range(LATEST_DAYS)]
    return [
        (
            "Today" if number == 0 else f"{day:%a %-d %b}",
            urlencode(sent | {"from": day, "to": day}),
            sent.get("from") == sent.get("to") == str(day),
        )
        for number, day in enumerate(days)
    ]
