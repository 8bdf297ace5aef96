"""The output of the bench, separate from the output of the function under test."""

from __future__ import annotations

import os
from typing import TextIO


def split_output() -> TextIO:
    """Return the real stdout, and discard everything else written there, such as log lines."""
    report = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return report


REPORT = split_output()


def say(text: str) -> None:
    print(text, file=REPORT, flush=True)
