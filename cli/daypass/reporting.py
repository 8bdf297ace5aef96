"""Report a problem of a command in one sentence on the error stream."""

from __future__ import annotations

import os
from collections.abc import Callable

from daypass.errors import CommandError, LocalProblem, UnexpectedAnswer
from daypass.machine.files import file_problem
from daypass.terminal.output import warn


def report_problems(command: Callable[[], int]) -> int:
    """Run the command. Return its exit code, or that of its problem after printing it."""
    try:
        return command()
    except SystemExit as end:  # argparse has printed the help
        return int(end.code or 0)
    except CommandError as error:
        warn(str(error))
        if getattr(error, "reason", "") in ("no-such-route", "unknown-field"):
            warn("One side may be too old. Type: daypass --version")
        return error.exit_code
    except BrokenPipeError:  # `main` ends without a message: the output's reader has gone
        raise
    except OSError as error:
        warn(str(file_problem("use", str(error.filename or "a file or the network"), error)))
        return LocalProblem.exit_code
    except Exception as error:  # a traceback would tell most people nothing
        if os.environ.get("DAYPASS_DEBUG"):
            raise
        from daypass.broker import Broker  # here, because it loads slowly, and few runs fail

        # After an answer of the broker, such an error is most likely due to the answer's shape.
        if Broker.last_address and isinstance(error, _SHAPE_ERRORS):
            warn(str(UnexpectedAnswer(Broker.last_address, type(error).__name__)))
            return UnexpectedAnswer.exit_code
        warn(
            f"This is a bug: {type(error).__name__}. Run it again with DAYPASS_DEBUG=1, and report"
            " what it prints."
        )
        return 1


_SHAPE_ERRORS = (LookupError, TypeError, ValueError, AttributeError)
"""Errors that Python raises for an answer that lacks a field, or has a value of another kind."""
