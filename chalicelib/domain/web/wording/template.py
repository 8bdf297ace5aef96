"""Fill in the templates of sentences about trail entries.

A template is a text with values in braces and optional passages in brackets:

- `{name}` is a value of `values.py` or, by its name, a detail of the entry. `{name:time}` is
  formatted: see `values.FORMATS`.
- `[… {name} …]` is left out if the entry lacks one of its values.
- `[name| …]`, `[!name| …]` and `[name=value| …]` appear only if the entry has the detail, lacks it,
  or has it with this value. Several conditions have commas between them.

Values never become part of a template: braces and brackets that someone typed stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Value
from chalicelib.domain.web.wording.values import FORMATS, find_value

MISSING = "(not recorded)"
"""The text for a value that the entry lacks, where the sentence needs one."""

_PASSAGE = re.compile(r"\[(?:([^|\[\]]*)\|)?([^\[\]]*)\]|([^\[\]]+)")
_VALUE = re.compile(r"\{([a-z_.]+)(?::([a-z]+))?\}")


class Part(Value, frozen=True):
    """A part of a sentence: words, or a value from the entry, which may be of unknown origin."""

    text: str
    is_value: bool = False


class Passage(Value, frozen=True):
    """A part of a template that appears as a whole or not at all."""

    conditions: tuple[str, ...]
    text: str
    is_optional: bool

    def applies_to(self, entry: Entry) -> bool:
        return all(_is_met(condition, entry) for condition in self.conditions)


@cache
def parse_template(template: str) -> tuple[Passage, ...]:
    """Return the template's passages. Raise ValueError if a bracket has no partner."""
    passages, position = [], 0
    for match in _PASSAGE.finditer(template):
        conditions, optional, fixed = match.groups()
        passages.append(
            Passage(
                tuple(filter(None, (conditions or "").split(","))),
                optional if fixed is None else fixed,
                is_optional=fixed is None,
            )
        )
        if match.start() != position:
            break
        position = match.end()
    if position != len(template):
        raise ValueError(f"this template has a bracket without a partner: {template}")
    return tuple(passages)


def fill(template: str, entry: Entry) -> Iterator[Part]:
    """Yield the parts of the sentence that the template makes of the entry."""
    for passage in parse_template(template):
        if not passage.applies_to(entry):
            continue
        parts = tuple(_fill_passage(passage.text, entry))
        # A passage is optional as a whole: without one of its values it says nothing.
        if not passage.is_optional or all(part.text for part in parts):
            yield from (part if part.text else Part(MISSING) for part in parts)


def _fill_passage(text: str, entry: Entry) -> Iterator[Part]:
    position = 0
    for match in _VALUE.finditer(text):
        if match.start() > position:
            yield Part(text[position : match.start()])
        name, form = match.groups()
        yield Part(FORMATS[form or ""](find_value(entry, name)), is_value=True)
        position = match.end()
    if position < len(text):
        yield Part(text[position:])


def _is_met(condition: str, entry: Entry) -> bool:
    """Return whether the entry meets the condition: `name`, `!name` or `name=value`."""
    name, has_value, value = condition.partition("=")
    if has_value:
        return find_value(entry, name) == value
    return (
        not find_value(entry, name[1:]) if name.startswith("!") else bool(find_value(entry, name))
    )
