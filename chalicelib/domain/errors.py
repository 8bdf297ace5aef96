"""Define the errors with which Daypass refuses or fails. Rules do not raise them: rules return a
value."""

from __future__ import annotations

from chalicelib.domain.reasons import Reason, Surface


class DaypassError(Exception):
    """Daypass did not do what was requested. Its text is safe to show to the caller.

    `detail` replaces the reason's sentence. Where it names a route or a field, `elsewhere` is the
    text for everyone but callers of the API.
    """

    def __init__(
        self, reason: Reason, detail: str = "", *, elsewhere: str = "", field: str = ""
    ) -> None:
        self.reason = reason
        self.field = field
        self._detail, self._elsewhere = detail, elsewhere
        super().__init__(f"{reason}: {self.detail}")

    def text(self, surface: Surface) -> str:
        """Return the sentence for people who read it on this surface."""
        own = self._detail if surface is Surface.API else self._elsewhere or self._detail
        return own or self.reason.text(surface)

    @property
    def detail(self) -> str:
        """The text for callers of the API."""
        return self.text(Surface.API)


class InvalidRequest(DaypassError):
    """The request is malformed or contradicts itself; nothing was changed."""


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
    """The request does not fit the present state; nothing was changed."""


class AwsRefused(DaypassError):
    """AWS answered with a refusal. Trying again will not help."""


class Unavailable(DaypassError):
    """A dependency did not answer, or a feature is off. Trying again may help."""

    @property
    def retry_after(self) -> int:
        """Return the seconds to wait. An invalid setting lasts until the operator corrects it."""
        return 300 if self.reason is Reason.SETTING_INVALID else 2


class FactsChanged(Exception):
    """The facts behind a decision have changed, and nothing was written: decide again."""
