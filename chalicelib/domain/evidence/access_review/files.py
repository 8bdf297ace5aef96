"""The files of an access review's package."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.rows import cell_text
from chalicelib.domain.values import Value


class ReviewPeriod(Value):
    """The time of a review, from its first list up to but excluding the time of its last list."""

    since: datetime
    until: datetime

    def includes(self, moment: datetime | None) -> bool:
        return moment is not None and self.since <= moment < self.until


class ReviewFile(NamedTuple):
    """A file of the package."""

    name: str
    title: str
    headings: tuple[str, ...]
    about: str
    """The meaning of a line, for the package's README."""
    in_file_only: frozenset[str] = frozenset()
    """The headings of columns for which a page has no room."""

    @property
    def id(self) -> str:
        return self.name.removesuffix(".csv")


_ACCESS = (
    "Member", "Name", "Kind", "Engagement", "Client", "Access", "By", "State", "Since", "Starts",
    "Until", "Granted by", "Approved by", "Last changed", "Changed by", "Last session", "Decision",
    "Decided", "Decided by", "Reason",
)  # fmt: skip
_NOT_ON_PAGES = frozenset(
    ("Name", "Client", "By", "Since", "Starts", "Last changed", "Changed by", "Decided", "Reason")
)
BEFORE = ReviewFile(
    "access-before.csv",
    "Access before",
    _ACCESS,
    (
        "who could access what at the start of the period, and the last decision on each grant in"
        " the period"
    ),
    _NOT_ON_PAGES,
)
AFTER = ReviewFile(
    "access-after.csv",
    "Access after",
    _ACCESS,
    "who could access what at the end of the period, with the same columns",
    _NOT_ON_PAGES,
)
DECISIONS = ReviewFile(
    "decisions.csv",
    "Decisions",
    ("Decided", "Decided by", "Member", "Engagement", "Access", "Decision", "Reason", "Effect",
     "Entry"),
    "each access review decision in the period",
)  # fmt: skip
LEAVERS = ReviewFile(
    "leavers.csv",
    "Leavers",
    ("Member", "Name", "Kind", "Suspended", "Left", "Reinstated", "Engagement", "Access",
     "Access ended", "Grant ended", "Late"),
    "each member who was suspended in the period, and the access that the member had",
)  # fmt: skip
CHANGES = ReviewFile(
    "changes.csv",
    "Changes",
    ("At", "By", "Action", "Engagement", "Member", "Change", "Entry"),
    "each trail entry in the period that added or removed access",
)
DIFFERENCES = ReviewFile(
    "differences.csv",
    "Differences",
    ("Engagement", "Member", "By the trail", "As stored"),
    (
        "what Daypass had stored when the package was created, but the trail does not explain."
        " This file should be empty"
    ),
)
FILES = (BEFORE, AFTER, DECISIONS, LEAVERS, CHANGES, DIFFERENCES)

Line = tuple[ReviewFile, tuple[str, ...]]
"""The cells of one line, and the file that it belongs to."""


def build_line(file: ReviewFile, cells: Mapping[str, object]) -> Line:
    """Return the line with these values as texts. `cells` has them by heading. A column without a
    value is empty."""
    return file, tuple(cell_text(cells.get(heading)) for heading in file.headings)
