"""Find and run other programs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess

from daypass.errors import LocalProblem


def find_executable(name: str) -> str | None:
    """Return the program's path; None if it is not installed.

    A bare name is never a file of the working folder, where Windows looks first: a cloned
    repository could contain a program of that name.
    """
    path = shutil.which(name)
    return path if path is None or os.path.isabs(path) or os.path.dirname(name) else None


def find_program(program: list[str]) -> list[str]:
    """Return the program with its whole path. Raise LocalProblem if it is not installed."""
    path = find_executable(program[0])
    if path is None:
        raise LocalProblem(
            f"The program {program[0]} is not installed, or not on the PATH. If it is in this"
            f" folder, type it as {os.path.join(os.curdir, program[0])}."
        )
    return [path, *program[1:]]


def wait_for(program: list[str], environment: dict[str, str]) -> int:
    """Run the program to its end. Return its exit code, as a shell does."""
    # Ctrl-C reaches the program as well. It may need its time to finish, as terraform does.
    signal.signal(signal.SIGINT, lambda *_: None)
    code = subprocess.run(program, env=environment, check=False).returncode
    return 128 - code if code < 0 else code
