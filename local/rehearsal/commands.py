"""Runs an operator's commands, shows what they print, and leaves none of them running."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, cast

from local.rehearsal.operator import ROOT, Terminal
from local.rehearsal.screen import Screen

_PROMPT = b": "


class StepFailed(Exception):
    """A step of the rehearsal failed. The message says which command, and what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the operator types when a command asks, and what the screen shows of it."""

    text: str
    shown: str


def make(
    screen: Screen,
    terminal: Terminal,
    target: str,
    *,
    settings: Mapping[str, str] | None = None,
    unseen: Mapping[str, str] | None = None,
    answers: Sequence[Answer] = (),
) -> str:
    """Type `make TARGET SETTING=value …`, and return what it printed. StepFailed if it fails.

    The settings in `unseen` are this machine's affair, and are not shown.
    """
    typed = dict(settings or {})
    screen.typed(
        " ".join([f"make {target}", *(f"{name}={shlex.quote(typed[name])}" for name in typed)])
    )
    command = terminal.command(target, typed | dict(unseen or {}))
    return run(screen, command, env=terminal.environment, name=f"make {target}", answers=answers)


def run(
    screen: Screen,
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    name: str,
    answers: Sequence[Answer] = (),
) -> str:
    """Run a command to its end, and return what it printed. StepFailed if it fails."""
    # A session of its own: Ctrl-C reaches only the rehearsal, which then ends the whole of it.
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        printed = _show(screen, process, list(answers))
        if process.wait() != 0:
            raise StepFailed(f"`{name}` ended with status {process.returncode}; it says why above.")
    finally:
        _end(process)
    return printed


def _show(screen: Screen, process: subprocess.Popen[bytes], answers: list[Answer]) -> str:
    """Show each line when it is complete, and answer each question."""
    stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    printed, rest = "", b""
    if not answers:
        stdin.close()
    while read := os.read(stdout.fileno(), 65536):
        *lines, rest = (rest + read).split(b"\n")
        shown = [line.decode(errors="replace") for line in lines]
        if answers and rest.endswith(_PROMPT):
            answer = answers.pop(0)
            stdin.write(answer.text.encode() + b"\n")
            stdin.flush()
            shown.append(rest.decode(errors="replace") + answer.shown)
            rest = b""
        for line in shown:
            screen.line(line)
            printed += line + "\n"
    return printed


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command and whatever it started."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        os.killpg(process.pid, signal_number)
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            continue
    for pipe in (process.stdin, process.stdout):
        if pipe is not None and not pipe.closed:
            pipe.close()
