"""Find and run other programs, and name this one to them, on each system as it is done there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys

from daypass.errors import LocalProblem

IS_WINDOWS = os.name == "nt"
_UNSAFE_CHARACTER = re.compile(r"[^\w@%+=:,./-]")


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


def run_instead(program: list[str], environment: dict[str, str]) -> int:
    """Run the program in this process's place, so that signals reach it. Windows cannot: there, run
    it to its end, and return its exit code."""
    if not IS_WINDOWS:
        sys.stdout.flush()
        os.execve(program[0], program, environment)  # noqa: S606
    return wait_for(program, environment)


def find_shell() -> str:
    """Return the person's shell."""
    return os.environ.get("COMSPEC" if IS_WINDOWS else "SHELL") or "/bin/sh"


def open_browser(link: str) -> None:
    """Open the link in the person's browser. Raise LocalProblem if there is none."""
    import webbrowser  # other commands start without it

    if not webbrowser.open(link):
        raise LocalProblem("No browser could be started. Add --print to get the link.")


def start_browser(programs: tuple[str, ...], *arguments: str) -> None:
    """Start the first of these programs that is installed, and do not wait for its end."""
    path = next(filter(None, map(find_executable, programs)), None)
    if path is None:
        raise LocalProblem(f"{programs[0]} is not installed. Add --print to get the link.")
    subprocess.Popen([path, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def own_command() -> list[str]:
    """Return the words that start this command from any folder, without a look at PATH."""
    script = os.path.abspath(sys.argv[0])
    if script.endswith("__main__.py"):
        # Not -m, with which Python loads modules from the working folder.
        script = os.path.dirname(script)
    if IS_WINDOWS and script.endswith((".pyz", ".pyzw")):
        return ["py", "-3", script]  # Windows starts no .pyz file from a subprocess
    # The launcher that pip installs on Windows leaves its .exe out of sys.argv[0].
    if IS_WINDOWS and os.path.isfile(f"{script}.exe"):
        return [f"{script}.exe"]
    if os.path.isfile(script) and os.access(script, os.X_OK):
        return [script]
    return [sys.executable, script]


def quote(word: str) -> str:
    """Return the word as AWS tools read it in a profile. They give its line to a shell.

    Quotes do not do: the SDKs for Go take a quote at the beginning of the line for one of the
    configuration file's own, and remove it.
    """
    if IS_WINDOWS:
        return f'"{word}"' if _UNSAFE_CHARACTER.search(word.replace("\\", "/")) else word
    return _UNSAFE_CHARACTER.sub(r"\\\g<0>", word)
