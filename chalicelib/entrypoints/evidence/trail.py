"""For leads and auditors: the trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from chalice.app import Blueprint
from msgspec import UNSET, Meta, UnsetType, field

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.moments import Moment
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Request, Thing, takes
from chalicelib.domain.trail import Cursor, Entry, Outcome, Question
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.usecases.admission import READERS

blueprint = Blueprint(__name__)

USUAL_SPAN = timedelta(days=30)
LONGEST_SPAN = timedelta(days=366)


class ReadTrail(Request, frozen=True, kw_only=True):
    engagement: EngagementId | UnsetType = UNSET
    member: MemberId | UnsetType = UNSET
    outcome: Outcome | UnsetType = UNSET
    since: (
        Annotated[Moment, Meta(description="From when on; 30 days before the end unless given.")]
        | UnsetType
    ) = field(name="from", default=UNSET)
    until: Annotated[Moment, Meta(description="Before when; now unless given.")] | UnsetType = (
        field(name="to", default=UNSET)
    )
    limit: Annotated[
        int,
        takes("a whole number of entries, from 1 to 200", ge=1, le=200),
        Meta(description="How many entries a page."),
    ] = 50
    cursor: Cursor | UnsetType = UNSET


class Page(Thing, frozen=True):
    """Some entries; `cursor` is null where there are no more."""

    entries: tuple[Entry, ...]
    cursor: Cursor | None


@route(
    blueprint,
    "GET",
    "/v1/trail",
    summary="Entries of the trail, newest first",
    kinds=READERS,
    query=ReadTrail,
)
def read_trail(call: Call, _reader: Caller) -> Page:
    asked: ReadTrail = call.query
    until = asked.until or call.ports.now() + timedelta(seconds=1)
    since = asked.since or until - USUAL_SPAN
    if not since < until <= since + LONGEST_SPAN:
        raise InvalidRequest(
            Reason.BAD_VALUE, "The span has to be from 0 to 366 days long.", field="from"
        )
    page = call.ports.trail.page(
        Question(
            since=since,
            until=until,
            engagement=asked.engagement or "",
            member=asked.member or "",
            outcome=asked.outcome or None,
            limit=asked.limit,
            cursor=asked.cursor or "",
        )
    )
    return Page(page.entries, page.cursor or None)
