"""What a request may hold: each field parses a value or refuses it, and describes itself.

One declaration serves both the parser and the OpenAPI document, so that they cannot disagree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import (
    ACCOUNT_ID,
    ENGAGEMENT_ID_MAX,
    MEMBER_ID_MAX,
    ROLE_NAME_MAX,
    SLUG,
)
from chalicelib.domain.reasons import Reason

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


# Pasted by mistake, it would stand on the trail for good. A part of one is refused as well.
_TOKEN = re.compile(r"daypass_[a-z0-9-]+_[0-9A-Za-z]{8}", re.ASCII)


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
        if _TOKEN.search(text):
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


@dataclass(frozen=True, slots=True)
class Several:
    """A list of different values: one at least."""

    of: Field
    most: int
    says: str

    def parse(self, unverified: Any) -> frozenset[Any]:
        if not isinstance(unverified, list) or not 1 <= len(unverified) <= self.most:
            raise ValueError(f"This takes a list of 1 to {self.most} values.")
        values = frozenset(self.of.parse(element) for element in unverified)
        if len(values) != len(unverified):
            raise ValueError("This takes a list of different values.")
        return values

    def schema(self) -> Schema:
        return {
            "type": "array",
            "items": self.of.schema(),
            "minItems": 1,
            "maxItems": self.most,
            "uniqueItems": True,
            "description": self.says,
        }


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one body, query or path."""

    fields: Mapping[str, Field]
    required: tuple[str, ...] = ()
    least: int = 0

    def parse(self, unverified: Mapping[str, Any]) -> dict[str, Any]:
        """The values that are there. InvalidRequest names the first field that is wrong."""
        for name in unverified:
            if name not in self.fields:
                known = ", ".join(self.fields) or "none"
                raise InvalidRequest(
                    Reason.UNKNOWN_FIELD, f"There is no such field here. Known: {known}."
                )
        if len(unverified) < self.least:
            raise InvalidRequest(
                Reason.MISSING_FIELD, f"Send at least one of: {', '.join(self.fields)}."
            )
        for name in self.required:
            if name not in unverified:
                raise InvalidRequest(Reason.MISSING_FIELD, f'Send "{name}" as well.', field=name)
        values = {}
        for name, value in unverified.items():
            try:
                values[name] = self.fields[name].parse(value)
            except ValueError as error:
                raise InvalidRequest(Reason.BAD_VALUE, str(error), field=name) from None
        return values

    def schema(self) -> Schema:
        schema: Schema = {
            "type": "object",
            "properties": {name: field.schema() for name, field in self.fields.items()},
            "additionalProperties": False,
        }
        if self.required:
            schema["required"] = list(self.required)
        if self.least:
            schema["minProperties"] = self.least
        return schema


MEMBER_ID = Name(SLUG, MEMBER_ID_MAX, "a member's id: a-z, 0-9 and single hyphens", 2)
ENGAGEMENT_ID = Name(SLUG, ENGAGEMENT_ID_MAX, "an engagement's id: a-z, 0-9 and single hyphens", 2)
ROLE_NAME = Name(SLUG, ROLE_NAME_MAX, "a role's name here: a-z, 0-9 and single hyphens", 2)
TOKEN_ID = Name("[0-9a-f]{12}", 12, "a token's id: 12 hexadecimal digits", 12)
ACCOUNT = Name(ACCOUNT_ID, 12, "an AWS account ID: 12 digits", 12)
ARN = Name("[!-~]+", 640, "a role's ARN, such as arn:aws:iam::123456789012:role/Name", 20)
WHY = Line(200, "Why, in your own words; it stands on the trail.")
NOTHING = Fields({})
