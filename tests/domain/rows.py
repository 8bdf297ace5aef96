"""Rows of the tables that test a rule: arguments and the expected result."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import asdict

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import AuthenticationFailure, Caller
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import Allowed, Denied


class Row:
    """A rule's arguments, and a reason, a plain value or the fields that the result must have.

    `expected` lists fields only for a result that is a Value. Any other result must equal it.
    """

    def __init__(self, name: str, expected: object, /, *arguments: Any, **keywords: Any) -> None:
        self.name, self.expected = name, expected
        self.arguments, self.keywords = arguments, keywords

    def __str__(self) -> str:
        return self.name

    def result_of(self, rule: Callable[..., Any]) -> object:
        """Return the rule's result or the reason of its error, to compare with `expected`."""
        try:
            result = rule(*self.arguments, **self.keywords)
        except DaypassError as error:
            return error.reason
        if isinstance(result, AuthenticationFailure | Denied):
            return result.reason
        if not isinstance(self.expected, Mapping) or not isinstance(result, Value):
            return result
        fields = _fields_of(result)
        return {name: fields.get(name) for name in self.expected}


def _fields_of(result: Any) -> dict[str, Any]:
    if isinstance(result, Caller):
        return {"member": result.member.id, "token": result.token.id}
    fields = asdict(result)
    return fields | _fields_of(result.terms) if isinstance(result, Allowed) else fields


def yes(name: str, *arguments: Any) -> Row:
    return Row(name, True, *arguments)  # noqa: FBT003


def no(name: str, *arguments: Any) -> Row:
    return Row(name, False, *arguments)  # noqa: FBT003
