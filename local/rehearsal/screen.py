"""The output of a rehearsal: its steps, the commands' output, and the duration of each step."""

from __future__ import annotations

import io
import os
import re
import shutil
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

_GUTTER = "       │ "
_RESOURCE = re.compile(r"(^|\s)AWS::\w+::\w+")
_MOST_RESOURCES = 4
"""Lines that are shown of a list of resources; a deployment has 200."""


@dataclass(slots=True)
class Screen:
    """A terminal, or a file: without colours, and with the time every ten seconds."""

    out: TextIO
    steps: int
    is_terminal: bool = False
    _number: int = 0
    _resources: int = 0
    """Lines printed so far of the current list of resources."""
    _started: float = 0.0
    _printed: float = 0.0
    _is_ticking: bool = False
    """True while the last line on the terminal is the clock."""
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Number the step, show a clock while nothing is printed, and print the duration."""
        self._number += 1
        ended = threading.Event()
        self._started = self._printed = time.monotonic()
        self._write(f"  {self._coloured('1', f'{self._number}/{self.steps}')}  {title}")
        clock = threading.Thread(target=self._tick, args=(ended,), daemon=True)
        clock.start()
        try:
            yield
        except BaseException:
            self._end_list()
            self._write(f"       {self._coloured('31', '✗')} {self._seconds()}\n")
            raise
        else:
            self._end_list()
            self._write(f"       {self._coloured('32', '✓')} {self._seconds()}\n")
        finally:
            ended.set()
            clock.join()

    def say(self, text: str = "") -> None:
        """Print a text outside of any step."""
        self._write(textwrap.indent(text, "  "))

    def command(self, command: str) -> None:
        """Print a command as the operator types it."""
        self._end_list()
        self._write(f"       {self._coloured('1', '$ ' + command)}")

    def line(self, text: str) -> None:
        """Print a line of a command's output, unless it is a further one of a list of resources."""
        with self._lock:
            if _RESOURCE.search(text):
                self._resources += 1
                if self._resources > _MOST_RESOURCES:
                    return
            else:
                self._end_list()
            for part in self._wrapped(text):
                self._write(self._gutter + part)

    def hidden(self) -> Screen:
        """Return a screen that shows nothing, for output that may contain a secret."""
        return Screen(io.StringIO(), steps=0)

    @property
    def _gutter(self) -> str:
        return self._coloured("2", _GUTTER)

    def _wrapped(self, text: str) -> list[str]:
        """Return the text in lines that fit on the terminal. A file gets it unchanged."""
        width = max(40, shutil.get_terminal_size().columns - len(_GUTTER) - 1)
        if not self.is_terminal or len(text) <= width:
            return [text]
        if _RESOURCE.search(text):
            return [f"{text[: width - 1]}…"]
        # Further lines of a finding are indented to its text: "  note  This is …".
        indent = re.match(r" *(\w+  +)?", text)
        return textwrap.wrap(
            text,
            width,
            subsequent_indent=" " * (indent.end() if indent else 0),
            break_long_words=False,
            break_on_hyphens=False,
        )

    def _end_list(self) -> None:
        with self._lock:
            more, self._resources = self._resources - _MOST_RESOURCES, 0
            if more > 0:
                self._write(self._gutter + self._coloured("2", f"  … and {more} more"))

    def _tick(self, ended: threading.Event) -> None:
        interval = 0.5 if self.is_terminal else 1
        while not ended.wait(interval):
            with self._lock:
                if ended.is_set() or time.monotonic() - self._printed < (
                    2 if self.is_terminal else 10
                ):
                    continue
                if self.is_terminal:
                    self.out.write(f"\r\x1b[K       {self._coloured('2', '… ' + self._seconds())}")
                    self.out.flush()
                    self._is_ticking = True
                else:
                    self._write(f"       … {self._seconds()}")

    def _seconds(self) -> str:
        return f"{time.monotonic() - self._started:.0f} s"

    def _write(self, text: str) -> None:
        with self._lock:
            if self._is_ticking:
                self.out.write("\r\x1b[K")
                self._is_ticking = False
            self.out.write(text.rstrip(" ") + "\n")
            self.out.flush()
            self._printed = time.monotonic()

    def _coloured(self, code: str, text: str) -> str:
        if not self.is_terminal or os.environ.get("NO_COLOR"):
            return text
        return f"\x1b[{code}m{text}\x1b[0m"
