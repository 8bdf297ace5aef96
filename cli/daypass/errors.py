"""Errors that the command shows in one sentence, and its exit codes."""

from __future__ import annotations

from typing import ClassVar


class CommandError(Exception):
    """A problem that the command reports on the error stream. Its text says what to do next."""

    exit_code: ClassVar[int] = 1


class UsageProblem(CommandError):
    """The arguments do not fit together."""

    exit_code = 2


class Refused(CommandError):
    """Daypass refused the request."""

    exit_code = 3

    def __init__(self, text: str, reason: str = "", request_id: str = "", status: int = 0) -> None:
        super().__init__(text)
        # `reason` is the API's stable code.
        self.reason, self.request_id, self.status = reason, request_id, status

    def __str__(self) -> str:
        text = super().__str__()
        parts = [self.reason, f"request {self.request_id}" if self.request_id else ""]
        source = ", ".join(filter(None, parts))
        return f"{text} ({source})" if source else text


class NotLoggedIn(Refused):
    """No login is stored, or Daypass no longer accepts its token."""

    exit_code = 4


class Unreachable(CommandError):
    """The broker did not answer, or something else answered in its place."""

    exit_code = 5


class UnexpectedAnswer(Unreachable):
    """The broker's answer lacks something, or has something of another kind in its place."""

    def __init__(self, address: str, detail: str = "") -> None:
        missing = f" ({detail})" if detail else ""
        super().__init__(
            f"The response from {address} does not match this version of daypass{missing}. To"
            " compare the versions, type: daypass --version"
        )


class LocalProblem(CommandError):
    """Something on this machine is wrong: a file, the clock, a missing program."""

    exit_code = 6


class NotProven(CommandError):
    """The files are not what was signed."""

    exit_code = 7


EXIT_CODES = {
    0: "Done.",
    1: "An unexpected failure.",
    **{
        error.exit_code: (error.__doc__ or "").partition("\n")[0]
        for error in (UsageProblem, Refused, NotLoggedIn, Unreachable, LocalProblem, NotProven)
    },
    130: "Interrupted (Ctrl-C).",
}
"""The meaning of each exit code. `daypass exec` and `daypass shell` exit with the program's."""
