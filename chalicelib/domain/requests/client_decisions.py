"""A decision of a client's approver, as the function of their page hands it to the function that
writes it, and the result."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from msgspec import Meta

from chalicelib.domain.errors import (
    AccessDenied,
    Conflict,
    DaypassError,
    InvalidRequest,
    NotFound,
    Unavailable,
)
from chalicelib.domain.identifiers import RequestId
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import LinkText
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.requests.requests import LONGEST_ACCESS, SHORTEST_ACCESS
from chalicelib.domain.text import ReasonLine
from chalicelib.domain.values import Request, Secret, Value, build_constraints

MINUTE = 60


class Decision(StrEnum):
    """A decision about a request."""

    APPROVE = "approve"
    DENY = "deny"


Minutes = Annotated[
    int,
    build_constraints(
        "a whole number of minutes",
        ge=int(SHORTEST_ACCESS.total_seconds()) // MINUTE,
        le=int(LONGEST_ACCESS.total_seconds()) // MINUTE,
    ),
    Meta(description="A shorter time in minutes, for access with a duration."),
]


class DecisionForm(Request, omit_defaults=True):
    """The form with which an approver decides."""

    decision: Decision
    request: RequestId
    minutes: Minutes | None = None
    end: Moment | None = None
    """An earlier end, for access with an end."""
    words: ReasonLine = ""


class ClientDecision(Request):
    """The form, with the link through which it came, and the address of the device."""

    link: Secret[LinkText]
    address: str
    form: DecisionForm


_ERRORS: dict[str, type[DaypassError]] = {
    kind.__name__: kind for kind in (AccessDenied, Conflict, InvalidRequest, NotFound, Unavailable)
}


class DecisionResult(Value):
    """The result of a decision. If it failed, the error in the words of the page."""

    error: str
    """The error's class. Empty: the decision is stored. Without a default, so that an empty or
    foreign answer does not say that."""
    reason: Reason | None = None
    text: str = ""
    field: str = ""

    @classmethod
    def from_error(cls, error: DaypassError) -> Self:
        text = error.text(Surface.PAGE)
        return cls(error=type(error).__name__, reason=error.reason, text=text, field=error.field)

    def to_error(self) -> DaypassError | None:
        """Return the error, or None if the decision is stored."""
        if self.reason is None:
            return None
        return _ERRORS.get(self.error, DaypassError)(self.reason, self.text, field=self.field)


STORED = DecisionResult(error="")
"""The result of a decision that is stored."""
