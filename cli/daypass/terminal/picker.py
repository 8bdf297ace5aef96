"""Let a person at a terminal pick one of several lines, which what they type narrows down."""

from __future__ import annotations

import codecs
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from daypass.terminal.output import printable, style

try:
    import termios
    import tty
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]

_MOST_SHOWN = 12
_KEYS = re.compile(r"\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Z])|.", re.DOTALL)
_UP, _DOWN = ("\x1b[A", "\x1bOA", "\x10"), ("\x1b[B", "\x1bOB", "\x0e", "\t")
_ENTER, _LEAVE, _DELETE, _CLEAR = ("\r", "\n"), ("\x1b", "\x04"), ("\x7f", "\x08"), "\x15"


def can_pick() -> bool:
    """Return whether a person can pick: at a terminal that shows lines and takes single keys."""
    is_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    return termios is not None and is_terminal and os.environ.get("TERM", "dumb") != "dumb"


def pick(question: str, lines: Sequence[str]) -> int | None:
    """Return the index of the line that the person picks. Return None if they leave with Esc.

    The lines are shown on the error stream, and removed at the end: stdout is often for a program.
    """
    typed, at = "", 0
    with _single_keys() as keys:
        while True:
            words = typed.casefold().split()
            shown = [n for n, line in enumerate(lines) if all(w in line.casefold() for w in words)]
            at = min(at, max(len(shown) - 1, 0))
            _draw(question, typed, [lines[n] for n in shown], at)
            key = next(keys)
            if key in _ENTER and shown:
                return shown[at]
            if key in _LEAVE:
                return None
            if key in _UP + _DOWN:
                at = max(at + (1 if key in _DOWN else -1), 0)
            elif key in _DELETE or key == _CLEAR:
                typed = typed[:-1] if key in _DELETE else ""
            elif key.isprintable():
                typed, at = typed + key, 0


@contextmanager
def _single_keys() -> Iterator[Iterator[str]]:
    """Yield the keys that the person presses. Ctrl-C interrupts the command, as always."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        yield _read_keys(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        sys.stderr.write("\r\x1b[J")
        sys.stderr.flush()


def _read_keys(terminal: int) -> Iterator[str]:
    """Yield each key. At the end of the input, leave."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while received := os.read(terminal, 1024):
        yield from _KEYS.findall(decoder.decode(received))
    yield _LEAVE[0]


def _draw(question: str, typed: str, lines: Sequence[str], at: int) -> None:
    """Show the question with what was typed, and the lines around the marked one below it."""
    # Three lines are left for the question, the hint and a spare one.
    size = shutil.get_terminal_size()
    most = max(min(_MOST_SHOWN, size.lines - 3), 1)
    first = max(min(at - most // 2, len(lines) - most), 0)
    rows = []
    for number, line in enumerate(lines[first : first + most], first):
        # A line that wraps could not be overwritten. So leave room for the mark and the cursor.
        text = printable(line)[: size.columns - 3]
        rows.append(style(f"> {text}", "bold", sys.stderr) if number == at else f"  {text}")
    hidden = len(lines) - len(rows)
    rows.append(style(_hint(hidden, has_lines=bool(lines))[: size.columns - 1], "dim", sys.stderr))
    prompt = printable(f"{question} {typed}")[-(size.columns - 1) :]
    below = "".join(f"\n{row}" for row in rows)
    # Clear the old rows, write the new ones, and move the cursor back to the end of the prompt.
    sys.stderr.write(f"\r\x1b[J{prompt}{below}\x1b[{len(rows)}A\r\x1b[{len(prompt)}C")
    sys.stderr.flush()


def _hint(hidden: int, *, has_lines: bool) -> str:
    if not has_lines:
        return "Nothing matches. Press Backspace to see more, or Esc to cancel."
    more = f"{hidden} more. " if hidden else ""
    return f"{more}Type a part of a name, move with the arrows, press Enter."
