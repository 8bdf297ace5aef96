"""A pasted text, and the expected result of reading it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.onboarding.profile import Profile
from chalicelib.domain.reasons import Reason


@dataclass(frozen=True, slots=True)
class Pasted:
    """A text with the fields of the expected profile, or with the beginning of the refusal."""

    case: str
    text: str
    expected: Mapping[str, Any] | str
    name: str | None = None
    field: str = "config"

    def __str__(self) -> str:
        return self.case

    def is_right(self, rule: Callable[..., Any]) -> bool:
        try:
            result = rule(self.text, self.name)
        except InvalidRequest as error:
            return (
                isinstance(self.expected, str)
                and error.detail.startswith(self.expected)
                and (error.reason, error.field) == (Reason.BAD_VALUE, self.field)
            )
        if not isinstance(self.expected, Mapping) or not isinstance(result, Profile):
            return False
        return all(getattr(result, name) == value for name, value in self.expected.items())
