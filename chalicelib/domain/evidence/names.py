"""Find the person or the engagement that a text means: by its ID, its name, its AWS account, or a
part of one."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.errors import InvalidRequest, bad_value
from chalicelib.domain.rows import contains_all, fold, split_query
from chalicelib.domain.text import clean_text, count_of
from chalicelib.domain.values import Value

_NAMES = {
    "member": "person’s ID or name",
    "engagement": "engagement’s ID, client or AWS account",
}
MOST_CHOICES = 8
"""The most choices that an error names."""


class Named(Value, kw_only=False):
    """Something with an ID that people also call otherwise."""

    id: str
    name: str
    """The person's or the client's name."""
    account_id: str = ""

    @property
    def text(self) -> str:
        """Return the ID with its other names, such as `acme-prod (Acme, AWS account 123…)`."""
        account = f", AWS account {self.account_id}" if self.account_id else ""
        return f"{self.id} ({self.name}{account})" if self.name else self.id

    @property
    def _texts(self) -> tuple[str, ...]:
        return tuple(fold(text) for text in (self.id, self.name, self.account_id) if text)


def find_named(field: str, text: str, all_named: Sequence[Named], *, is_complete: bool) -> Named:
    """Return the person or the engagement that the text means. A whole ID, name or account
    takes precedence over a part of one. Raise InvalidRequest, with the possible meanings, unless
    exactly one matches. `is_complete` is false if more exist than `all_named` holds."""
    matches = [each for each in all_named if fold(text) in each._texts]
    words = split_query(text)
    matches = matches or [each for each in all_named if contains_all(words, each._texts)]
    # A whole ID is enough although more exist, because no other one can have the same ID.
    if len(matches) == 1 and (is_complete or matches[0].id == text.casefold()):
        return matches[0]
    shown = f"“{clean_text(text)}”"
    rest = "" if is_complete else f" Only the first {len(all_named):,} by ID were searched."
    if matches:
        more = len(matches) - MOST_CHOICES
        others = f"; and {count_of(more, 'other')}" if more > 0 else ""
        end = f"{others}. Use the ID.{rest}"
        error = _build_error(field, f"{shown} could be", matches, end=end)
        count = f"one of {len(matches)}, such as" if others else "one of these"
        error.summary = f"{rest.lstrip()} {shown} could be {count}:".lstrip()
        raise error
    problem = f"No {_NAMES[field]} contains {shown}.{rest}"
    similar = _find_similar(text, all_named)
    raise _build_error(field, f"{problem} Similar:" if similar else problem, similar, end=".")


def _build_error(
    field: str, problem: str, possible: Sequence[Named], *, end: str
) -> InvalidRequest:
    """Return the error with this problem and, if there are any, the possible meanings and `end`.
    Its summary is the text that a page shows before the meanings, which are links there."""
    choices = tuple((each.id, each.text) for each in possible[:MOST_CHOICES])
    names = "; ".join(text for _, text in choices)
    error = bad_value(field, f"{problem} {names}{end}" if choices else problem)
    error.choices = choices
    error.summary = problem if choices else ""
    return error


def _find_similar(text: str, all_named: Sequence[Named]) -> list[Named]:
    """Return at most three people or engagements whose ID or name is spelled much like the text."""
    from difflib import get_close_matches  # needed for an error only

    # The first two texts are the ID and the name. An account's digits are never misspelled.
    by_text = {name: each for each in all_named for name in each._texts[:2]}
    close = get_close_matches(fold(text), by_text, n=6, cutoff=0.6)
    return list({by_text[name].id: by_text[name] for name in close}.values())[:3]
