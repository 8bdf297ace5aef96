"""Decide about several rows of a list, each on its own, and say on the next page what was done."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Meta

from chalicelib.domain.errors import DaypassError, Reason, Unavailable
from chalicelib.domain.values import Value, build_constraints

MOST_ROWS = 25
"""The rows of one page of a list."""
SECONDS = 12.0
"""No decision begins later than this. The function has 25 seconds."""
_NAME = r"[a-z0-9 .:/-]{1,160}"
_REFUSED = re.compile(rf"({_NAME})~([a-z-]{{1,60}})", re.ASCII)
_COUNT = re.compile("[0-9]{1,5}", re.ASCII)


class Tally(Value):
    """The result of an action on several rows."""

    count: int
    """The rows for which it was done."""
    alive: int = 0
    """The sessions that may outlive what it ended."""
    refused: tuple[tuple[str, Reason], ...] = ()
    """The other rows, each with its reason."""

    def as_query(self) -> dict[str, str]:
        """Return the fields with which the next page says it."""
        refused = "|".join(f"{name}~{reason}" for name, reason in self.refused)
        return {"count": str(self.count), "alive": str(self.alive), "refused": refused}


def read_tally(query: Mapping[str, str]) -> Tally | None:
    """Return the result of an action on several rows, from the next page's query. Return None if
    the query has no result, or a malformed one.

    `alive` is the number of sessions that may still be active. `refused` has the names of the
    refused rows, each with its reason, such as "acme/alice~already-exists|acme/bob~no-such-grant".
    """
    counts = [query.get(name, "") for name in ("count", "alive")]
    texts = list(filter(None, query.get("refused", "").split("|")))
    matches = [match for text in texts if (match := _REFUSED.fullmatch(text)) is not None]
    if not all(_COUNT.fullmatch(each) for each in counts) or len(matches) != len(texts):
        return None
    reasons = {each.value: each for each in Reason}
    # Anyone can write a query. A reason that Daypass does not know has no sentence to show.
    refused = tuple((each[1], reasons[each[2]]) for each in matches if each[2] in reasons)
    return Tally(count=int(counts[0]), alive=int(counts[1]), refused=refused[:MOST_ROWS])


def do_each(steps: Mapping[str, Callable[[], int]]) -> Tally:
    """Take each step, and return what was done. A step returns the number of sessions that may
    outlive it.

    A step that is refused does not stop the others. After an outage, or after SECONDS, none begins.
    If there is only one step, raise its error, because the form can show it.
    """
    ends_at = time.monotonic() + SECONDS
    count, alive, must_stop = 0, 0, False
    refused: list[tuple[str, Reason]] = []
    for name, step in steps.items():
        must_stop = must_stop or time.monotonic() >= ends_at
        try:
            if must_stop:
                raise Unavailable(Reason.RECORDS_UNAVAILABLE)
            alive += step()
            count += 1
        except DaypassError as error:
            if len(steps) == 1:
                raise
            must_stop = must_stop or isinstance(error, Unavailable)
            refused.append((name, error.reason))
    return Tally(count=count, alive=alive, refused=tuple(refused))


def rows_of(build: Callable[..., Any], pattern: str) -> Meta:
    """Return the constraints of a form's field with ticked rows. `build` takes the groups of each
    row's text. A row that is sent twice counts once."""
    compiled = re.compile(pattern, re.ASCII)

    def parse_rows(unverified: Any) -> tuple[Any, ...]:
        matches = [compiled.fullmatch(text) for text in dict.fromkeys(unverified)]
        valid = [match for match in matches if match is not None]
        if not 0 < len(valid) == len(matches) <= MOST_ROWS:
            raise ValueError(f"Tick 1 to {MOST_ROWS} rows in the list.")
        return tuple(build(*match.groups()) for match in valid)

    return build_constraints(f"1 to {MOST_ROWS} rows in the list", parser=parse_rows)
