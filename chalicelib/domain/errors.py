"""The few ways in which Daypass stops. Rules do not raise: they answer with a value."""

from __future__ import annotations

from chalicelib.domain.reasons import Reason


class DaypassError(Exception):
    """Daypass did not do what was asked. `detail` is safe to show to whoever asked."""

    def __init__(self, reason: Reason, detail: str = "", *, field: str = "") -> None:
        self.reason = reason
        self.detail = detail or reason.sentence
        self.field = field
        super().__init__(f"{reason}: {self.detail}")


class InvalidRequest(DaypassError):
    """The request makes no sense as it stands; nothing was changed."""


def bad_value(field: str, detail: str) -> InvalidRequest:
    """The error that says what is wrong with the value of this field of the request."""
    return InvalidRequest(Reason.BAD_VALUE, detail, field=field)


class TooLarge(InvalidRequest):
    """The request is larger than any that Daypass takes."""


class Unrecognised(DaypassError):
    """Daypass does not know who is asking."""


class AccessDenied(DaypassError):
    """Daypass knows who is asking, and the answer is no."""


class NotFound(DaypassError):
    """It does not exist, and the caller may know that."""


class Conflict(DaypassError):
    """What was asked does not fit the state of things; nothing was changed."""


class AwsRefused(DaypassError):
    """AWS answered, and said no. Trying again will not help."""


class Unavailable(DaypassError):
    """Something that Daypass needs did not answer, or is off. Trying again may help."""

    @property
    def retry_after(self) -> int:
        """Return the seconds to wait. An invalid setting lasts until the operator corrects it."""
        return 300 if self.reason is Reason.SETTING_INVALID else 2


class FactsChanged(Exception):
    """What a decision was made on no longer stands, and nothing was written: decide again."""
