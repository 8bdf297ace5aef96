"""Define the errors that Daypass raises if it refuses or cannot carry out a request. The rules of
access do not raise errors: they return their decision."""

from __future__ import annotations

from chalicelib.domain.reasons import Reason as Reason
from chalicelib.domain.reasons import Surface


class DaypassError(Exception):
    """An error with a text that is safe to show to the caller.

    `detail` replaces the reason's own text. If `detail` names a route or a field, pass the text for
    other surfaces than the API as `elsewhere`.
    """

    aws_request_id: str = ""
    """The ID that AWS gave the request that failed. Empty if AWS did not answer."""

    def __init__(
        self, reason: Reason, detail: str = "", *, elsewhere: str = "", field: str = ""
    ) -> None:
        self.reason = reason
        self.field = field
        self._detail, self._elsewhere = detail, elsewhere
        super().__init__(f"{reason}: {self.detail}")

    def text(self, surface: Surface) -> str:
        """Return the error's text for people who read it on this surface."""
        replacement = self._detail if surface is Surface.API else self._elsewhere or self._detail
        return replacement or self.reason.text(surface)

    @property
    def detail(self) -> str:
        """Return the error's text for callers of the API."""
        return self.text(Surface.API)


class InvalidRequest(DaypassError):
    """The request is malformed or contradicts itself; nothing was changed."""

    choices: tuple[tuple[str, str], ...] = ()
    """The meanings that an unclear value could have, as pairs of a valid value and a text."""
    summary: str = ""
    """The error's text without the choices, for a page that shows them as links."""


def bad_value(field: str, detail: str, *, elsewhere: str = "") -> InvalidRequest:
    """Return the error for an invalid value of this field of the request."""
    return InvalidRequest(Reason.BAD_VALUE, detail, elsewhere=elsewhere, field=field)


class TooLarge(InvalidRequest):
    """The request is larger than Daypass accepts."""


class Unauthenticated(DaypassError):
    """Daypass could not authenticate the caller."""


class AccessDenied(DaypassError):
    """Daypass knows the caller, and refuses the request."""


class NotFound(DaypassError):
    """The resource does not exist, and the caller may know that."""


class Conflict(DaypassError):
    """The current state does not allow the request; nothing was changed."""


class AwsRefused(DaypassError):
    """AWS answered with a refusal. Trying again will not help."""


class Unavailable(DaypassError):
    """A dependency did not answer, or a feature is off. Trying again may help."""

    @property
    def retry_after(self) -> int:
        """Return the seconds that the caller should wait before a retry. The wait is long for an
        invalid setting, which only the operator can correct."""
        return 300 if self.reason is Reason.SETTING_INVALID else 2


class FactsChanged(Exception):
    """Stored items that a decision depends on have changed since they were read. Nothing was
    written, and the caller must decide again."""
