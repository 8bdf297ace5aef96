"""Call a use case that may be refused."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.errors import DaypassError, InvalidRequest
from chalicelib.domain.reasons import Reason


def refused(call: Callable[..., Any], *arguments: Any, **keywords: Any) -> DaypassError:
    """Return the error that the call raises."""
    with pytest.raises(DaypassError) as error:
        call(*arguments, **keywords)
    return error.value


def refusal_of(
    kind: type[DaypassError], call: Callable[..., Any], *arguments: Any, **keywords: Any
) -> str:
    """Return why the call is refused, with an error of this kind."""
    error = refused(call, *arguments, **keywords)
    assert isinstance(error, kind), repr(error)
    return error.reason


def refused_field(call: Callable[..., Any], *arguments: Any, **keywords: Any) -> str:
    """Return the field whose value the call refuses."""
    error = refused(call, *arguments, **keywords)
    assert isinstance(error, InvalidRequest), repr(error)
    return error.field


def reason_of(call: Callable[..., Any], *arguments: Any, **keywords: Any) -> Reason | None:
    """Return why the call is refused, or None if it is not."""
    try:
        call(*arguments, **keywords)
    except DaypassError as error:
        return error.reason
    return None
