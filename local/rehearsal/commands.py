"""Run an operator's commands, show their output, and stop all processes that they started."""

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
    """A step of the rehearsal failed. The message says why."""


@dataclass(frozen=True, slots=True)
class TypedAnswer:
    """An operator's answer to a command's question, and the text that the screen shows for it."""

    text: str
    shown: str


def make(
    screen: Screen,
    terminal: Terminal,
    target: str,
    *,
    settings: Mapping[str, str] | None = None,
    hidden: Mapping[str, str] | None = None,
    answers: Sequence[TypedAnswer] = (),
) -> str:
    """Run `make TARGET SETTING=value …`, and return its output. Raise StepFailed if it fails.

    `answers` are typed at the command's questions. The screen does not show the settings in
    `hidden`, which depend on this machine.
    """
    typed = dict(settings or {})
    screen.command(
        " ".join([f"make {target}", *(f"{name}={shlex.quote(typed[name])}" for name in typed)])
    )
    command = terminal.command(target, typed | dict(hidden or {}))
    return run(screen, command, env=terminal.environment, name=f"make {target}", answers=answers)


def run(
    screen: Screen,
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    name: str,
    answers: Sequence[TypedAnswer] = (),
    pass_fds: Sequence[int] = (),
) -> str:
    """Run a command to its end, and return its output. Raise StepFailed if it fails.

    The command inherits the open files in `pass_fds`.
    """
    # A new session: Ctrl-C reaches only the rehearsal, which then ends the whole process group.
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=pass_fds,
    )
    try:
        output = _show(screen, process, list(answers))
        if process.wait() != 0:
            raise StepFailed(
                f"`{name}` failed with status {process.returncode}. Its output above says why."
            )
    finally:
        _end(process)
    return output


def _show(screen: Screen, process: subprocess.Popen[bytes], answers: list[TypedAnswer]) -> str:
    """Show each complete line of output, answer each question, and return the output."""
    stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    output, rest = "", b""
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
            output += line + "\n"
    return output


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command and the processes that it started."""
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
