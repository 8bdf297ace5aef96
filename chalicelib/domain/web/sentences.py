"""Put trail entries into words: one sentence, or a few, for people who read the trail.

A sentence claims no more than its entry: `intended` is not `issued`, and a refusal is a refusal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from chalicelib.domain.trail import Action, Entry
from chalicelib.domain.values import Value
from chalicelib.domain.vending.intents import Vend
from chalicelib.domain.web.wording import engagements, people, requests, vending
from chalicelib.domain.web.wording.rows import SAID, WHY, Wording
from chalicelib.domain.web.wording.template import Part, fill

SENTENCES: Mapping[Action, Wording] = {
    **people.SENTENCES,
    **engagements.SENTENCES,
    **requests.SENTENCES,
    **vending.SENTENCES,
}
"""The sentences for each action."""


class Sentence(Value, frozen=True):
    """An entry in words. A page isolates the values, which can be in any script."""

    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


def describe_entry(entry: Entry) -> Sentence:
    """Return the entry in words."""
    return Sentence(tuple(_list_parts(entry)))


def describe_vend(vend: Vend) -> Sentence:
    """Return all entries of one vend in words, as one. Without an outcome, the sentence says that
    the session may have been issued."""
    entry = vend.intent
    if vend.outcome is not None:
        # The terms of the session are details of the intent only.
        details = {**vend.intent.details, **vend.outcome.details}
        entry = replace(vend.outcome, details=details)
    parts = list(_list_parts(entry))
    for end in (vend.given_back, vend.revoked):
        if end is not None:
            parts += [Part(" "), *_list_parts(end)]
    return Sentence(tuple(parts))


def _list_parts(entry: Entry) -> Iterator[Part]:
    return fill(SENTENCES[entry.action].choose(entry.outcome) + WHY + SAID, entry)
