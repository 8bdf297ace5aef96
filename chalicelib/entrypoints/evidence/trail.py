"""For leads and auditors: the trail."""

from __future__ import annotations

from datetime import timedelta

from chalice.app import Blueprint

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Outcome, Question
from chalicelib.entrypoints.http import shapes
from chalicelib.entrypoints.http.fields import ENGAGEMENT_ID, MEMBER_ID, Fields
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.entrypoints.http.shapes import Json
from chalicelib.entrypoints.http.values import Choice, Cursor, Moment, Whole
from chalicelib.usecases.admission import READERS

blueprint = Blueprint(__name__)

USUAL_SPAN = timedelta(days=30)
LONGEST_SPAN = timedelta(days=366)


@route(
    blueprint,
    "GET",
    "/v1/trail",
    summary="Entries of the trail, newest first",
    kinds=READERS,
    query=Fields(
        {
            "engagement": ENGAGEMENT_ID,
            "member": MEMBER_ID,
            "outcome": Choice(Outcome, "Only entries with this outcome."),
            "from": Moment("From when on; 30 days before the end unless given."),
            "to": Moment("Before when; now unless given."),
            "limit": Whole(1, 200, "How many entries a page; 50 unless given.", from_text=True),
            "cursor": Cursor("The cursor of the page before."),
        }
    ),
    gives=shapes.PAGE,
)
def read_trail(call: Call, _reader: Caller) -> Json:
    asked = call.query
    until = asked.get("to", call.ports.now() + timedelta(seconds=1))
    since = asked.get("from", until - USUAL_SPAN)
    if not since < until <= since + LONGEST_SPAN:
        raise InvalidRequest(
            Reason.BAD_VALUE, "The span has to be from 0 to 366 days long.", field="from"
        )
    page = call.ports.trail.page(
        Question(
            since=since,
            until=until,
            engagement=asked.get("engagement", ""),
            member=asked.get("member", ""),
            outcome=asked.get("outcome"),
            limit=asked.get("limit", 50),
            cursor=asked.get("cursor", ""),
        )
    )
    return {
        "entries": [shapes.entry(one) for one in page.entries],
        "cursor": page.cursor or None,
    }
