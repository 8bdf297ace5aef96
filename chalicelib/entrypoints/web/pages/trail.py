"""Serve the trail as a timeline in words, and as CSV, to leads and auditors."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import groupby
from urllib.parse import urlencode

from chalice.app import Blueprint, Response
from msgspec import field

from chalicelib.domain.errors import bad_value
from chalicelib.domain.evidence.timeline import Show, list_sessions
from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.lists import TimeCursor
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.responses import make_response
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.entrypoints.web.days import Day
from chalicelib.entrypoints.web.pages.trail_events import CSV, build_csv, show_event
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.parts import read_parts
from chalicelib.usecases.web.suggestions import suggest_engagements, suggest_members
from chalicelib.usecases.web.trail import TrailFilter, read_trail_page

blueprint = Blueprint(__name__)
readers = Routes(blueprint, READERS, authentication=WEB_PAGE)

DEFAULT_PERIOD = timedelta(days=30)
LONGEST_PERIOD = timedelta(days=366)
LATEST_DAYS = 8
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

    @property
    def filters(self) -> dict[str, str]:
        """Return the filters that were sent, by their names in the form."""
        sent = {
            "engagement": self.engagement,
            "member": self.member,
            "show": "" if self.show is Show.EVERYTHING else self.show.value,
            "from": self.first,
            "to": self.last,
        }
        return {name: text for name, text in sent.items() if text}


@readers.get("/web/trail")
def show_trail(ports: Ports, web: WebRequest, query: ReadTimeline) -> Response:
    """Show the trail as a timeline, newest first"""
    selected = _build_filter(query, web.now)
    parts = read_parts(
        ports,
        {
            "page": partial(read_trail_page, ports, selected, cursor=query.cursor),
            "engagements": partial(suggest_engagements, ports),
            "members": partial(suggest_members, ports),
        },
    )
    page, sent = parts["page"], query.filters
    events = [] if page is None else [show_event(event) for event in page.events]
    days = groupby(events, key=lambda event: event.at.astimezone(UTC).date())
    return render_console(
        "web/trail.html",
        web,
        title="Trail",
        filters={"engagement": "", "member": "", "from": "", "to": "", **sent, "show": query.show},
        choices=_CHOICES,
        engagements=parts["engagements"] or (),
        members=parts["members"] or (),
        page=page,
        sessions=() if page is None or not query.engagement else list_sessions(page.events),
        days=[(day, list(of_day)) for day, of_day in days],
        latest_days=_list_latest_days(sent, web.now),
        url=_build_url(f"{web.root}/trail", sent),
        csv_url=_build_url(f"{web.root}/trail.csv", sent | _cursor_field(query)),
        current=query.cursor,
    )


@readers.get("/web/trail.csv", media=CSV)
def download_trail(ports: Ports, web: WebRequest, query: ReadTimeline) -> Response:
    """Download the entries of one page of the timeline as CSV"""
    page = read_trail_page(ports, _build_filter(query, web.now), cursor=query.cursor)
    entries = [entry for event in page.events for entry in reversed(event.entries)]
    response = make_response(200, build_csv(entries), f"{CSV}; charset=utf-8")
    name = f"daypass-trail-{web.now:%Y-%m-%dT%H%M}Z.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


_CHOICES = {
    Show.EVERYTHING: "Everything",
    Show.SESSIONS: "Sessions only",
    Show.ISSUED: "Outcome: issued",
    Show.WITHHELD: "Outcome: withheld",
    Show.FAILED: "Outcome: failed",
    Show.REFUSED: "Outcome: refused",
    Show.DONE: "Outcome: done",
    Show.INTENDED: "Outcome: intended",
}


def _build_filter(query: ReadTimeline, now: datetime) -> TrailFilter:
    """Return the filter for the selected days. Raise InvalidRequest if they are not in order, or
    too many."""
    # One second later, because the period excludes its end: include the entries of this second.
    until = _begin(query.last) + DAY if query.last else now + timedelta(seconds=1)
    if query.first:
        since = _begin(query.first)
        until = until if query.last else min(until, since + LONGEST_PERIOD)
    else:
        since = until - DEFAULT_PERIOD
    if not since < until <= since + LONGEST_PERIOD:
        raise bad_value("from", "This must be no later than the last day, and at most 366 before.")
    return TrailFilter(
        since=since,
        until=until,
        engagement=query.engagement,
        member=query.member,
        show=query.show,
    )


def _begin(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)


def _list_latest_days(sent: dict[str, str], now: datetime) -> list[tuple[str, str, bool]]:
    """Return the latest days as label, query and whether the day is selected, the latest first."""
    days = [now.astimezone(UTC).date() - number * DAY for number in range(LATEST_DAYS)]
    return [
        (
            "Today" if number == 0 else f"{day:%a %-d %b}",
            urlencode(sent | {"from": str(day), "to": str(day)}),
            sent.get("from") == sent.get("to") == str(day),
        )
        for number, day in enumerate(days)
    ]


def _cursor_field(query: ReadTimeline) -> dict[str, str]:
    return {"cursor": query.cursor} if query.cursor else {}


def _build_url(url: str, fields: dict[str, str]) -> str:
    return f"{url}?{urlencode(fields)}" if fields else url
