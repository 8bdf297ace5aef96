"""Where the figures go: our own output, apart from what the function under test writes."""

from __future__ import annotations

import os
from typing import TextIO


def report_apart() -> TextIO:
    """Our own output; from here on the function's log lines are written, and not shown."""
    report = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return report


REPORT = report_apart()


def say(text: str) -> None:
    print(text, file=REPORT, flush=True)
