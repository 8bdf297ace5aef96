"""The command in a process of its own, in a home of its own, as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.scripted_broker import TOKEN
from tests.running import ROOT

FAULTS = Path(__file__).parent / "faults"


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
        group: bool = False,
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "daypass", *words],
            env=self.environment,
            cwd=folder or self.home,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=group,
        )

    def type(self, *words: str, stdin: str = "", folder: Path | None = None) -> Output:
        """Run the command to its end, without a terminal."""
        with self.start(*words, folder=folder) as process:
            out, err = process.communicate(stdin, timeout=60)
        return Output(process.returncode, out, err)

    def with_fault(self, fault: str = "", at: int = 0, timeout: str = "") -> Machine:
        """Return this machine, on which commands are stopped: see faults/sitecustomize.py."""
        faults = {"FAULT": fault, "FAULT_AT": str(at), "FAULT_TIMEOUT": timeout}
        return Machine(
            self.home,
            {**self.variables, **faults, "PYTHONPATH": f"{FAULTS}{os.pathsep}{ROOT / 'cli'}"},
        )

    def cached(self) -> list[Path]:
        return sorted((self.store / "cache").glob("*.json"))
