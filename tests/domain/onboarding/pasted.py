"""A text that somebody has pasted, and what it should be read as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.onboarding.profile import Profile
from chalicelib.domain.reasons import Reason


@dataclass(frozen=True, slots=True)
class Pasted:
    """A text, and the fields of the profile that it is, or the beginning of the refusal."""

    says: str
    text: str
    answer: Mapping[str, Any] | str
    name: str | None = None
    field: str = "config"

    def __str__(self) -> str:
        return self.says

    def is_right(self, rule: Callable[..., Any]) -> bool:
        try:
            told = rule(self.text, self.name)
        except InvalidRequest as error:
            return (
                isinstance(self.answer, str)
                and error.detail.startswith(self.answer)
                and (error.reason, error.field) == (Reason.BAD_VALUE, self.field)
            )
        if not isinstance(self.answer, Mapping) or not isinstance(told, Profile):
            return False
        return all(getattr(told, name) == value for name, value in self.answer.items())
