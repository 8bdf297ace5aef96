"""Output of the figures, separate from the log lines of the function under test."""

from __future__ import annotations

import os
from typing import TextIO


def separate_output() -> TextIO:
    """Return the real standard output, and discard later writes to file descriptor 1."""
    report = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return report


REPORT = separate_output()


def say(text: str) -> None:
    print(text, file=REPORT, flush=True)
