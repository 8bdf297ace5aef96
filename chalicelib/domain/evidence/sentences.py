"""Put trail entries into words: one sentence, or a few, for people who read the trail.

A sentence claims no more than its entry: `intended` is not `issued`, and a refusal is a refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chalicelib.domain.evidence import cut_offs, engagements, people, requests, roles, vending
from chalicelib.domain.evidence.events import BEGIN, END, Event, Facts, Table, write
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.values import Value

TABLE: Table = {
    **people.TABLE,
    **engagements.TABLE,
    **roles.TABLE,
    **requests.TABLE,
    **vending.TABLE,
    **cut_offs.TABLE,
}
"""The event of each action."""


class Part(Value, kw_only=False):
    """A part of a sentence: words, or a value from the entry, which may be of unknown origin."""

    text: str
    is_value: bool


class Sentence(str):
    """Words in which each value stands between Unicode's isolates."""

    __slots__ = ()

    @property
    def text(self) -> str:
        """Return the sentence without the isolates."""
        return self.translate({ord(BEGIN): None, ord(END): None})

    @property
    def parts(self) -> Iterator[Part]:
        """Yield the words and the values in their order. A page isolates values, which can be in
        any script."""
        # Each piece but the first is a value, its end mark and then words. The first has no end
        # mark, so it is yielded as words.
        for piece in self.split(BEGIN):
            value, end, words = piece.partition(END)
            yield from (Part(value, bool(end)), Part(words, is_value=False))


def describe_entry(entry: Entry) -> Sentence:
    """Return the entry in words, with its cause and what the actor said."""
    e = Facts(entry)
    what = " for the attempt" if entry.outcome is Outcome.REFUSED else ""
    said = f"Reason given{what}: “{e.said}”." if e.said else ""
    return _join(describe_event(e, TABLE[entry.action](e)), said)


def describe_event(e: Facts, event: Event) -> str:
    """Return the sentence of the event, and the cause of a refusal or a failure."""
    text = _describe_operation(e, event)
    return f"{text} {e.cause}".rstrip()


def _describe_operation(e: Facts, event: Event) -> str:
    """Return the event's own sentence for the entry's outcome, or else the usual one."""
    outcome = e.record.outcome
    usual = {
        Outcome.REFUSED: f"Daypass did not allow {e.actor} to ",
        Outcome.FAILED: f"{e.by} could not ",
        Outcome.INTENDED: f"{e.by} began to ",
    }.get(outcome, f"An entry of {e.actor} has the outcome “{outcome}”. Operation: ")
    later = (
        " If Daypass learns the outcome, a later entry records it."
        if outcome is Outcome.INTENDED
        else ""
    )
    # The fields of an event have the names of the outcomes.
    return write(getattr(event, outcome)) or f"{usual}{write(event.doing)}.{later}"


def describe_operations(entries: Iterable[Entry]) -> Sentence:
    """Return the entries in words, without their causes and what the actors said."""
    facts = map(Facts, entries)
    return _join(*(_describe_operation(e, TABLE[e.record.action](e)) for e in facts))


def describe_causes(entries: Iterable[Entry]) -> Sentence:
    """Return what the actors said, and the causes of refusals and failures. Usually empty."""
    facts = tuple(map(Facts, entries))
    said = (f"“{e.said}”" if e.said else "" for e in facts)
    causes = (e.cause for e in facts)
    return _join(*dict.fromkeys((*said, *causes)))


def _join(*texts: str) -> Sentence:
    return Sentence(" ".join(filter(None, texts)))
