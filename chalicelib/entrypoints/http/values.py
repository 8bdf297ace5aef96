"""One value of a request: each kind parses it or refuses it, and describes itself.

One declaration serves both the parser and the OpenAPI document, so that they cannot disagree.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from chalicelib.domain.people.tokens import PART_OF_A_TOKEN

Schema = dict[str, Any]


class Field(Protocol):
    """One value of a request."""

    def parse(self, unverified: Any) -> Any:
        """The value in the domain's own type; ValueError with a sentence if it is not one."""

    def schema(self) -> Schema: ...


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier: the whole text fits an ASCII pattern."""

    pattern: str
    longest: int
    says: str
    shortest: int = 1

    def parse(self, unverified: Any) -> str:
        if not isinstance(unverified, str) or not self._fits(unverified):
            raise ValueError(f"This takes {self.says}.")
        return unverified

    def _fits(self, text: str) -> bool:
        if not self.shortest <= len(text) <= self.longest:
            return False
        return re.fullmatch(self.pattern, text, re.ASCII) is not None

    def schema(self) -> Schema:
        return {
            "type": "string",
            "pattern": f"^{self.pattern}$",
            "minLength": self.shortest,
            "maxLength": self.longest,
            "description": f"{self.says[0].upper()}{self.says[1:]}.",
        }


@dataclass(frozen=True, slots=True)
class Line:
    """One line of free text: no control, format or private characters, no line breaks."""

    longest: int
    says: str

    def parse(self, unverified: Any) -> str:
        if not isinstance(unverified, str) or len(unverified) > self.longest:
            raise ValueError(f"This takes text of at most {self.longest} characters.")
        text = unicodedata.normalize("NFC", unverified).strip()
        if not text:
            raise ValueError("This takes text that is not empty.")
        if len(text) > self.longest:  # a few characters are longer in NFC
            raise ValueError(f"This takes text of at most {self.longest} characters.")
        if any(_is_unseen(character) for character in text):
            raise ValueError("This takes one line, without control or invisible characters.")
        if PART_OF_A_TOKEN.search(text):
            raise ValueError("There is a token in this text. Keep it out of the records.")
        return text

    def schema(self) -> Schema:
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": self.longest,
            "description": self.says,
        }


# Letters and marks that show nothing: a name made of them would look like no name at all.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def _is_unseen(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp") or character in _BLANK


@dataclass(frozen=True, slots=True)
class Text:
    """Text of many lines, to be read by somebody else's grammar."""

    longest: int
    says: str

    def parse(self, unverified: Any) -> str:
        if not isinstance(unverified, str) or not 1 <= len(unverified) <= self.longest:
            raise ValueError(f"This takes text of at most {self.longest} characters.")
        return unverified

    def schema(self) -> Schema:
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": self.longest,
            "description": self.says,
        }


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number. A query's text counts as one, `true` does not."""

    least: int
    most: int
    says: str
    from_text: bool = False

    def parse(self, unverified: Any) -> int:
        if (
            self.from_text
            and isinstance(unverified, str)
            and re.fullmatch("[0-9]{1,9}", unverified)
        ):
            unverified = int(unverified)
        if type(unverified) is not int or not self.least <= unverified <= self.most:
            raise ValueError(f"This takes a whole number from {self.least} to {self.most}.")
        return unverified

    def schema(self) -> Schema:
        return {
            "type": "integer",
            "minimum": self.least,
            "maximum": self.most,
            "description": self.says,
        }


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    says: str

    def parse(self, unverified: Any) -> bool:
        if type(unverified) is not bool:
            raise ValueError("This takes true or false.")
        return unverified

    def schema(self) -> Schema:
        return {"type": "boolean", "description": self.says}


# RFC 3339, with the offset that it demands. Python alone would also read other forms.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in RFC 3339, with its offset from UTC."""

    says: str

    def parse(self, unverified: Any) -> datetime:
        problem = "This takes a moment such as 2026-12-31T18:00:00Z."
        if not isinstance(unverified, str) or _MOMENT.fullmatch(unverified) is None:
            raise ValueError(problem)
        try:
            moment = datetime.fromisoformat(unverified.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError(problem) from None
        if not 2000 <= moment.year <= 2999:
            raise ValueError(problem)
        return moment

    def schema(self) -> Schema:
        return {"type": "string", "format": "date-time", "description": self.says}


_CURSOR = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})Z#[a-z0-9]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of the trail ended: an entry's moment and id."""

    says: str

    def parse(self, unverified: Any) -> str:
        match = _CURSOR.fullmatch(unverified) if isinstance(unverified, str) else None
        try:
            if match is None:
                raise ValueError
            datetime.fromisoformat(match[1])  # a day that does not exist is no cursor either
        except ValueError:
            raise ValueError("This takes the cursor of the page before.") from None
        return match[0]

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{_CURSOR.pattern}$", "description": self.says}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed set of words."""

    words: type[StrEnum]
    says: str

    def parse(self, unverified: Any) -> StrEnum:
        if isinstance(unverified, str):
            for word in self.words:
                if word.value == unverified:
                    return word
        raise ValueError(f"This takes one of: {', '.join(word.value for word in self.words)}.")

    def schema(self) -> Schema:
        return {
            "type": "string",
            "enum": [word.value for word in self.words],
            "description": self.says,
        }
