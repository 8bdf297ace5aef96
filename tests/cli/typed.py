"""The command on a machine of its own, as a person types it.

Most commands run in the tests' process, by the command's own `main`: a process of their own takes
fifty times as long. Those that start a program, or that a test starts beside others, get a process.
"""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, Protocol, TextIO

import pytest

from daypass.__main__ import main
from tests.cli.scripted_broker import TOKEN
from tests.running import ROOT

FAULTS = Path(__file__).parent / "faults"
_STARTS_PROGRAMS = ("exec", "shell", "serve", "mcp", "console", "web")


class Closable(Protocol):
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Output:
    """A finished command: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line on stderr. Fail if there is another, or a traceback."""
        assert "Traceback" not in self.err, self.err
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("Daypass: "), self.err
        assert "\x1b" not in self.err, self.err
        return self.err.strip()


@dataclass(frozen=True, slots=True)
class Machine:
    """A home folder, and the environment variables of its person."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Path:
        return self.home / ".daypass"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "cli"),
            "TZ": "UTC",
            **self.variables,
        }

    def log_in(self, url: str, token: str = TOKEN) -> None:
        """Store a login as `daypass login` does."""
        self.store.mkdir(mode=0o700, exist_ok=True)
        logins = {"current": url, "logins": {url: {"member": "alice", "token": token}}}
        path = self.store / "logins.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(logins))

    def start(
        self,
        *words: str,
        folder: Path | None = None,
        stdin: int = subprocess.PIPE,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
        group: bool = False,
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "daypass", *words],
            env=self.environment,
            cwd=folder or self.home,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=group,
        )

    def type(self, *words: str, stdin: str = "", folder: Path | None = None) -> Output:
        """Run the command to its end, without a terminal."""
        is_main_thread = threading.current_thread() is threading.main_thread()
        changes_python = any(name.startswith("PYTHON") for name in self.variables)
        starts_program = words[:1] and words[0] in _STARTS_PROGRAMS and "--print" not in words
        starts_program = starts_program or "--browser" in words
        if is_main_thread and not changes_python and not starts_program:
            return _run_here(words, self.environment, folder or self.home, stdin)
        with self.start(*words, folder=folder) as process:
            out, err = process.communicate(stdin, timeout=60)
        return Output(process.returncode, out, err)

    def prints(self, *words: str, **options: Any) -> str:
        """Run the command, which has to succeed. Return its stdout."""
        output = self.type(*words, **options)
        assert output.code == 0, output.err
        return output.out

    def fails(self, code: int, *words: str, **options: Any) -> str:
        """Run the command, which has to end with this code and an empty stdout. Return the sentence
        on stderr."""
        output = self.type(*words, **options)
        assert (output.code, output.out) == (code, ""), output
        return output.sentence

    def vend(self, target: str = "acme-prod/readonly", *options: str) -> str:
        """Get a session, by a vend or from the cache. Return the ID of its key."""
        key: str = json.loads(self.prints("creds", target, *options))["AccessKeyId"]
        return key

    def show(self, *words: str, columns: int = 80) -> str:
        """Run the command at a terminal of so many columns. Return what it writes there."""
        ours, its = pty.openpty()
        narrow = Machine(self.home, {**self.variables, "COLUMNS": str(columns)})
        with narrow.start(*words, stdin=its, stdout=its, stderr=its) as process:
            os.close(its)
            written = b""
            while select.select([ours], [], [], 20)[0]:
                try:
                    written += os.read(ours, 65_536)
                except OSError:  # the command has ended
                    break
            process.kill()
        os.close(ours)
        return written.decode()

    def with_fault(self, fault: str, at: int = 0) -> Machine:
        """Return this machine, on which commands are stopped: see faults/sitecustomize.py."""
        faults = {"FAULT": fault, "FAULT_AT": str(at)}
        path = {"PYTHONPATH": f"{FAULTS}{os.pathsep}{ROOT / 'cli'}"}
        return Machine(self.home, self.variables | faults | path)

    def cached(self) -> list[Path]:
        return sorted((self.store / "cache").glob("*.json"))


MachineMaker = Callable[[], Machine]


def _run_here(
    words: tuple[str, ...], environment: dict[str, str], folder: Path, stdin: str
) -> Output:
    """Run the command in this process, with files as its streams, and put everything back."""
    with _stream(stdin) as read, _stream() as out, _stream() as err:
        with _as_process(environment, folder, words, read, out, err), _connections_closed():
            code = 0
            try:
                main()
            except SystemExit as error:
                code = int(error.code or 0)
        return Output(code, _content(out), _content(err))


@contextmanager
def _connections_closed() -> Iterator[None]:
    """Close at the end what the end of the command's process would close."""
    opened: list[Closable] = []
    connect = HTTPConnection.connect

    class Response(HTTPResponse):
        def __init__(self, *arguments: Any, **keywords: Any) -> None:
            super().__init__(*arguments, **keywords)
            opened.append(self)

    def connect_and_remember(connection: HTTPConnection) -> None:
        opened.append(connection)
        connect(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HTTPConnection, "response_class", Response)
        patch.setattr(HTTPConnection, "connect", connect_and_remember)
        yield
    for each in opened:
        each.close()


@contextmanager
def _as_process(
    environment: dict[str, str],
    folder: Path,
    words: tuple[str, ...],
    *streams: TextIO,
) -> Iterator[None]:
    before = dict(os.environ), os.getcwd(), sys.argv, (sys.stdin, sys.stdout, sys.stderr)
    try:
        _enter(environment, folder, [str(ROOT / "cli/daypass/__main__.py"), *words], streams)
        yield
    finally:
        _enter(*before)


def _enter(
    environment: dict[str, str],
    folder: str | Path,
    arguments: list[str],
    streams: tuple[TextIO, ...],
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    sys.argv = arguments
    sys.stdin, sys.stdout, sys.stderr = streams


def _stream(text: str = "") -> TextIO:
    file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115 - the caller closes it
    file.write(text)
    file.seek(0)
    return file


def _content(stream: TextIO) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()
