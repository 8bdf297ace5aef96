"""Show on the error stream that something is going on."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from daypass.terminal.output import printable

SLOW = 2.0
"""Seconds after which a person wonders whether anything happens."""


@contextmanager
def progress(text: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner with the text on the error stream, if this takes longer than two seconds.

    Yield a function that replaces the text. Without a terminal, show nothing.
    """
    texts = [text]
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield texts.append
        return
    done = threading.Event()
    spinner = threading.Thread(target=_spin, args=(texts, done), daemon=True)
    spinner.start()
    try:
        yield texts.append
    finally:
        done.set()
        spinner.join()


def _spin(texts: list[str], done: threading.Event) -> None:
    """Show the last of the texts until it is done."""
    if done.wait(SLOW):
        return
    frame = 0
    while not done.wait(0.1):
        # A line that wraps could not be overwritten.
        line = printable(f"{texts[-1]} …")[: shutil.get_terminal_size().columns - 3]
        sys.stderr.write(f"\r\x1b[K\r{'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'[frame % 10]} {line}")
        sys.stderr.flush()
        frame += 1
    sys.stderr.write("\r\x1b[K")
