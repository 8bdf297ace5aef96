"""What a request may hold: fields by their names, and the names that many routes share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import (
    ACCOUNT_ID,
    ENGAGEMENT_ID_MAX,
    MEMBER_ID_MAX,
    ROLE_NAME_MAX,
    SLUG,
)
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.http.values import Field, Line, Name, Schema


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
class Objects:
    """A list of objects with the same fields: one at least."""

    of: Fields
    most: int
    says: str

    def parse(self, unverified: Any) -> list[dict[str, Any]]:
        if not isinstance(unverified, list) or not 1 <= len(unverified) <= self.most:
            raise ValueError(f"This takes a list of 1 to {self.most} objects.")
        if not all(isinstance(element, dict) for element in unverified):
            raise ValueError("This takes a list of objects.")
        return [self.of.parse(element) for element in unverified]

    def schema(self) -> Schema:
        return {
            "type": "array",
            "items": self.of.schema(),
            "minItems": 1,
            "maxItems": self.most,
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
LINK_ID = Name("[0-9a-f]{12}", 12, "a link's id: 12 hexadecimal digits", 12)
ACCOUNT = Name(ACCOUNT_ID, 12, "an AWS account ID: 12 digits", 12)
ARN = Name("[!-~]+", 640, "a role's ARN, such as arn:aws:iam::123456789012:role/Name", 20)
WHY = Line(200, "Why, in your own words; it stands on the trail.")
NOTHING = Fields({})
REASON = Fields({"reason": WHY}, required=("reason",))
ONE_ENGAGEMENT = {"engagement": ENGAGEMENT_ID}
ONE_ROLE = {"engagement": ENGAGEMENT_ID, "role": ROLE_NAME}
