"""One row of a rule's table: what goes in, and what has to come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import asdict

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.authentication import AuthenticationFailure, Caller
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import Allowed, Denied


@dataclass(frozen=True, slots=True)
class Row:
    """`answer` is a reason, a plain value, or a mapping of the few fields that the row is about.

    What is no thing is a plain value, a mapping too.
    """

    says: str
    answer: object
    given: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.says

    def told_by(self, rule: Callable[..., Any]) -> object:
        """What the rule says to this row, in the form of the row's answer."""
        try:
            told = rule(*self.given, **self.named)
        except DaypassError as error:
            return error.reason
        if isinstance(told, AuthenticationFailure | Denied):
            return told.reason
        if not isinstance(self.answer, Mapping) or not isinstance(told, Value):
            return told
        known = _fields_of(told)
        return {name: known.get(name) for name in self.answer}


def _fields_of(told: Any) -> dict[str, Any]:
    if isinstance(told, Caller):
        return {"member": told.member.id, "token": told.token.id}
    known = asdict(told)
    return known | _fields_of(told.terms) if isinstance(told, Allowed) else known
