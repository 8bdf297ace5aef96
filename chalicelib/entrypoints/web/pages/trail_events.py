"""Show the events of the trail: as the timeline's template needs them, and as rows of CSV."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from datetime import datetime
from io import StringIO

from chalicelib.domain.evidence.facts import format_actor
from chalicelib.domain.evidence.sentences import Sentence, describe_entry
from chalicelib.domain.evidence.timeline import Event
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.values import Value
from chalicelib.entrypoints.http.responses import to_json_value

CSV = "text/csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""The beginnings of a cell that a spreadsheet would take for a formula ("CSV Injection", OWASP)."""

_FORMULA_AFTER = re.compile(r"""([;|\t\r\n]["'\s]*)([=+@-])""")
"""A formula that follows what spreadsheets of some countries take for the end of a cell."""

_TONES = {
    Outcome.ISSUED: "good",
    Outcome.DONE: "plain",
    Outcome.INTENDED: "plain",
    Outcome.REFUSED: "bad",
    Outcome.FAILED: "bad",
    Outcome.WITHHELD: "bad",
}


class ShownEvent(Value, frozen=True, kw_only=True):
    """An event as the timeline shows it."""

    at: datetime
    sentence: Sentence
    outcome: str
    tone: str
    is_open: bool
    actor: str
    """The actor's ID if they are a member. Empty otherwise."""
    actor_text: str
    engagement: str
    token: str
    address: str
    json: str
    """The entries as the API shows them."""


def show_event(event: Event) -> ShownEvent:
    """Return the event with the texts that the page shows."""
    first = event.first
    shown = [to_json_value(entry) for entry in event.entries]
    return ShownEvent(
        at=event.at,
        sentence=event.sentence,
        outcome="no outcome" if event.is_open else event.outcome.value,
        tone="wait" if event.is_open else _TONES[event.outcome],
        is_open=event.is_open,
        actor="" if first.actor.startswith("@") else first.actor,
        actor_text=format_actor(first.actor),
        engagement=first.engagement,
        token=first.token,
        address=first.address,
        json=json.dumps(shown[0] if len(shown) == 1 else shown, ensure_ascii=False, indent=2),
    )


_COLUMNS = (
    "at",
    "actor",
    "token",
    "address",
    "action",
    "outcome",
    "reason",
    "engagement",
    "role",
    "subject",
    "vend",
    "id",
)


def build_csv(entries: Iterable[Entry]) -> str:
    """Return the entries as CSV with a header row. Times are in UTC. No cell begins like a formula:
    an apostrophe precedes it, also where a semicolon would begin a cell."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow((*_COLUMNS, "in_words", "details"))
    for entry in entries:
        cells = [_format(getattr(entry, name)) for name in _COLUMNS]
        details = json.dumps(dict(entry.details), ensure_ascii=False)
        writer.writerow(map(_escape, (*cells, describe_entry(entry).text, details)))
    return text.getvalue()


def _format(value: object) -> str:
    return rfc3339(value) if isinstance(value, datetime) else str(value)


def _escape(cell: str) -> str:
    cell = _FORMULA_AFTER.sub(r"\1'\2", cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
