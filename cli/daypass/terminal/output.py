"""Show text, tables and progress to a person at a terminal."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any, TextIO

from daypass.errors import LocalProblem, UsageProblem
from daypass.machine.programs import find_program

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_UNPRINTABLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
_SECRET = re.compile(r"daypass_[a-z0-9_-]+_[A-Za-z0-9_.-]{12,}|eyJ[A-Za-z0-9_.-]{20,}")


def printable(text: str) -> str:
    """Return the text with control characters replaced, so that no name can steer the terminal.
    Daypass isolates names in sentences: a terminal needs no such characters."""
    text = text.replace("\u2068", "").replace("\u2069", "")
    if text.isprintable():
        return text
    return "".join("·" if unicodedata.category(c) in _UNPRINTABLE else c for c in text)


def one_line(text: str) -> str:
    """Return the text as one line that is safe to print."""
    return printable(" ".join(text.split()))


def shorten(text: str, longest: int = 60) -> str:
    """Return what someone typed for a message about it, in quotes."""
    return repr(text if len(text) <= longest else f"{text[:longest]}…")


def count_of(number: int, noun: str) -> str:
    """Return the number with its noun, such as `1 session`, `2 sessions` or `1,200 entries`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def style(text: str, name: str, stream: TextIO | None = None) -> str:
    """Return the text in a style, if the stream is a terminal that wants colour (no-color.org)."""
    stream = stream or sys.stdout
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\x1b[{_STYLES[name]}m{text}\x1b[0m"


def warn(text: str) -> None:
    """Print a warning on the error stream, without tokens and codes that someone typed."""
    print(one_line(f"Daypass: {_SECRET.sub('daypass_…', text)}"), file=sys.stderr)


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def write_bytes(page: bytes) -> None:
    """Write bytes from Daypass to stdout. If stdout is a terminal, replace control characters.
    Raise LocalProblem if the program that reads stdout has ended."""
    if sys.stdout.isatty():
        print_text(page.decode().rstrip("\n"))
        return
    try:
        sys.stdout.buffer.write(page)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes what is left at exit, and would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise LocalProblem("The program that reads this output has ended.") from None


def print_text(text: str) -> None:
    """Print a text of the broker's, whose lines break at words if stdout is a terminal."""
    for line in printable_lines(text).split("\n"):
        print(wrap(line, sys.stdout))


def print_hint(text: str) -> None:
    """Print a sentence on what to type next, below an answer."""
    print(style(wrap(text, sys.stdout), "dim"))


def wrap(line: str, stream: TextIO) -> str:
    """Return the line with line breaks at words, as wide as the terminal. Into a pipe or a file,
    return it unchanged. The lines that follow have the first one's indentation."""
    return _fill(line, len(line) - len(line.lstrip())) if stream.isatty() else line


def _fill(line: str, indent: int) -> str:
    """Return the line with line breaks at words, as wide as the terminal. The lines that follow
    begin with so many blanks."""
    return textwrap.fill(
        line,
        shutil.get_terminal_size().columns,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def print_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()
) -> None:
    """Print rows under headings, each column as wide as its widest cell. `notes` has a line to
    print below each row, or nothing. On a terminal that is too narrow, print the cells of a row
    below each other.

    A table that is longer than the terminal is shown page by page, as git does it.
    """
    heading, *aligned = align([headings, *rows])
    lines = [style(heading, "dim")]
    widest = max(map(_width, (heading, *aligned)))
    is_narrow = sys.stdout.isatty() and widest > shutil.get_terminal_size().columns
    if is_narrow:
        lines, aligned = [], [_stack(headings, row) for row in rows]
    for row, note in zip_longest(aligned, notes, fillvalue=""):
        lines.append(row)
        if note:
            lines += wrap(f"  {printable(note)}", sys.stdout).split("\n")
        if is_narrow:
            lines.append("")
    text = "".join(f"{line}\n" for line in lines)
    pager = os.environ.get("PAGER", "less")
    if sys.stdout.isatty() and len(lines) >= shutil.get_terminal_size().lines and pager:
        _show_pages(text, pager)
    else:
        sys.stdout.write(text)


def _stack(headings: Sequence[str], row: Sequence[str]) -> str:
    """Return the row's cells as lines, each after its heading. No line is wider than the terminal,
    unless a single word is."""
    longest = max(map(_width, headings))
    lines = [
        _fill(f"{heading:{longest}}  {printable(cell)}", longest + 2)
        for heading, cell in zip(headings, row)
        if cell
    ]
    return "\n".join(lines)


def _show_pages(text: str, pager: str) -> None:
    """Show the text in the pager; if it is not installed, print the text."""
    environment = {"LESS": "FRX", **os.environ}  # as git: quit if it fits, show colours
    sys.stdout.flush()
    try:
        subprocess.run(
            find_program(shlex.split(pager)), input=text, text=True, env=environment, check=False
        )
    except (LocalProblem, LookupError, OSError, ValueError):
        sys.stdout.write(text)


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return each row as a line, with each column as wide as its widest cell."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells)]
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths)).rstrip()
        for row in cells
    ]


def _width(text: str) -> int:
    """Return the number of terminal columns of the text."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    combining = sum(unicodedata.combining(c) != 0 for c in text)
    return len(text) + wide - combining


def ask_secret(name: str, *, otherwise: str = "") -> str:
    """Return the secret that a person pastes, which the terminal does not show. `otherwise` says
    what happens if they only press Enter: then return "".

    Without a terminal, return the next line of stdin, and print no question. Raise UsageProblem if
    nothing is entered, and there is no `otherwise` or no terminal.
    """
    if sys.stdin.isatty():
        from getpass import getpass

        try:
            hint = f"it stays hidden; {otherwise}" if otherwise else "it stays hidden"
            secret = getpass(f"{name} ({hint}): ", stream=sys.stderr)
        except EOFError:  # Ctrl-D: unlike Enter, it does not choose what `otherwise` says
            secret = otherwise = ""
    else:
        secret = sys.stdin.readline()
    # Secrets consist of these characters. Mail programs and chats add blanks, quotes and line
    # breaks.
    secret = "".join(c for c in secret if c.isascii() and (c.isalnum() or c in "_.-"))
    if not secret and not (otherwise and sys.stdin.isatty()):
        raise UsageProblem(
            f"Nothing was entered. Run the command again, and paste this: {name.lower()}"
        )
    return secret


def confirm(effect: str, *, yes: bool) -> bool:
    """Show the effect and ask whether to go on. Return whether the person agrees.

    `yes` agrees in advance. Raise UsageProblem without `yes` if stdin is not a terminal.
    """
    for line in printable_lines(effect).split("\n"):
        print(wrap(line, sys.stderr), file=sys.stderr)
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageProblem(
            "This command asks for confirmation, but stdin is not a terminal. To"
            " confirm, add --yes."
        )
    print("Continue? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    print("Nothing was changed.", file=sys.stderr)
    return False


def printable_lines(text: str) -> str:
    """Return the text with its line breaks, and other control characters replaced."""
    return "\n".join(map(printable, text.split("\n")))


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
