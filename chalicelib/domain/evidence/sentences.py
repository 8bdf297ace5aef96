"""Put trail entries into words: one sentence, or a few, for people who read the trail.

A sentence claims no more than its entry: `intended` is not `issued`, and a refusal is a refusal.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from chalicelib.domain.evidence import cut_offs, engagements, people, requests, roles, vending
from chalicelib.domain.evidence.events import Event, Table, write
from chalicelib.domain.evidence.facts import BEGIN, END, Facts
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.values import Value
from chalicelib.domain.vending.intents import Vend

TABLE: Table = {
    **people.TABLE,
    **engagements.TABLE,
    **roles.TABLE,
    **requests.TABLE,
    **vending.TABLE,
    **cut_offs.TABLE,
}
"""The event of each action."""


class Part(Value, frozen=True):
    """A part of a sentence: words, or a value from the entry, which may be of unknown origin."""

    text: str
    is_value: bool


class Sentence(str):
    """Words in which each value stands between Unicode's isolates."""

    __slots__ = ()

    @property
    def text(self) -> str:
        return self.translate({ord(BEGIN): None, ord(END): None})

    @property
    def parts(self) -> Iterator[Part]:
        """Yield the words and the values. A page isolates values, which can be in any script."""
        for piece in self.split(BEGIN):
            value, end, words = piece.partition(END)
            yield from (Part(value, bool(end)), Part(words, is_value=False))


def describe_entry(entry: Entry) -> Sentence:
    """Return the entry in words, with its cause and what the actor said."""
    e = Facts(entry)
    said = f"In their words: “{e.said}”." if e.said else ""
    return Sentence(" ".join(filter(None, (describe_event(e, TABLE[entry.action](e)), said))))


def describe_event(e: Facts, event: Event) -> str:
    """Return the sentence of the event, and the cause of a refusal or a failure."""
    outcome = e.record.outcome
    usual = {
        Outcome.REFUSED: f"Daypass did not let {e.actor} ",
        Outcome.FAILED: f"{e.by} could not ",
        Outcome.INTENDED: f"{e.by} was about to ",
    }.get(outcome, f"The entry “{outcome}” of {e.by} is about this: ")
    text = write(getattr(event, outcome)) or f"{usual}{write(event.doing)}."
    return f"{text} Why: {e.cause:whole}" if e.cause else text


def describe_vend(vend: Vend) -> Sentence:
    """Return all entries of one vend in words, as one. Without an outcome, the sentence says that
    the session may have been issued."""
    entry = vend.intent
    if vend.outcome is not None:
        # The terms of the session are details of the intent only.
        details = {**vend.intent.details, **vend.outcome.details}
        entry = replace(vend.outcome, details=details)
    entries = filter(None, (entry, vend.given_back, vend.revoked))
    return Sentence(" ".join(map(describe_entry, entries)))
