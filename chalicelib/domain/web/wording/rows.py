"""Define the rows of the tables of sentences: one for each action on the trail."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from chalicelib.domain.trail import Outcome
from chalicelib.domain.values import Value

SAID = "[said| In their words: “{said}”.]"
WHY = "[reason| Why: {reason:whole}]"


class Wording(Value, frozen=True, kw_only=True):
    """The templates of the sentences about one action: see `template.py`."""

    doing: str
    """The operation, to follow "let alice" or "could not"."""
    done: str = ""
    """The sentence for the outcome `done`. Empty for an action that never has that outcome."""
    others: Mapping[Outcome, str] = field(default_factory=dict)
    """The sentences for outcomes where the usual ones would be wrong."""

    def choose(self, outcome: Outcome) -> str:
        """Return the template for this outcome."""
        if outcome in self.others:
            return self.others[outcome]
        if outcome is Outcome.DONE and self.done:
            return self.done
        return _USUAL[outcome].replace("DOING", self.doing)


_USUAL: Mapping[Outcome, str] = {
    Outcome.DONE: "{by} did this: DOING.",
    Outcome.REFUSED: "Daypass did not let {actor} DOING.",
    Outcome.FAILED: "{by} could not DOING.",
    Outcome.INTENDED: "{by} was about to DOING. This entry does not say how that ended.",
    Outcome.WITHHELD: "Daypass did not hand over the session of {actor}, which AWS may have issued:"
    " DOING.",
    Outcome.ISSUED: "AWS issued a session, and Daypass handed it over to {actor}: DOING.",
}
"""The sentence for each outcome, for actions without one of their own."""
