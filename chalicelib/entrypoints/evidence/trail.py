"""Serve the audit trail to leads and auditors."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from chalice.app import Blueprint
from msgspec import Meta, field

from chalicelib.domain.errors import bad_value
from chalicelib.domain.evidence.sentences import describe_entry
from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.lists import TimeCursor
from chalicelib.domain.moments import Moment
from chalicelib.domain.trail import Entry, Outcome, TrailQuery
from chalicelib.domain.values import Inline, Value, sent_fields, shown_property
from chalicelib.entrypoints.http.requests import TimePageQuery
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
readers = Routes(blueprint, READERS)

DEFAULT_PERIOD = timedelta(days=30)
LONGEST_PERIOD = timedelta(days=366)


class ReadTrail(TimePageQuery, frozen=True, kw_only=True):
    """A query for the trail's entries of a period."""

    engagement: EngagementId = ""
    """List only entries about this engagement."""
    member: MemberId = ""
    """List only entries whose actor or subject is this member."""
    outcome: Outcome | None = None
    """List only entries with this outcome."""
    since: (
        Annotated[
            Moment,
            Meta(description="List entries from this time on. Default: 30 days before `to`."),
        ]
        | None
    ) = field(name="from", default=None)
    until: (
        Annotated[Moment, Meta(description="List entries before this time. Default: now.")] | None
    ) = field(name="to", default=None)


class EntryInWords(Value, frozen=True):
    """A trail entry with its sentence."""

    entry: Inline[Entry]

    @shown_property
    def sentence(self) -> str:
        """The entry in words."""
        return describe_entry(self.entry).text


class EntryList(Value, frozen=True):
    """A page of trail entries."""

    entries: tuple[EntryInWords, ...]
    cursor: TimeCursor | None
    """The cursor to send for the next page. None on the last page."""


@readers.get("/v1/trail")
def read_trail(ports: Ports, query: ReadTrail) -> EntryList:
    """List trail entries, newest first"""
    since, until = choose_period(query.since, query.until, ports.now())
    page = ports.trail.page(TrailQuery(**(sent_fields(query) | {"since": since, "until": until})))
    return EntryList(tuple(map(EntryInWords, page.items)), page.cursor or None)


def choose_period(
    since: datetime | None, until: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """Return the period's beginning and its end, which it excludes. Raise InvalidRequest if they
    are not in order, or too far apart."""
    # One second later: include the entries of this second.
    end = until or now + timedelta(seconds=1)
    begin = since or end - DEFAULT_PERIOD
    if not begin < end <= begin + LONGEST_PERIOD:
        raise bad_value(
            "from", "The period must begin before its end, and at most 366 days before it."
        )
    return begin, end
