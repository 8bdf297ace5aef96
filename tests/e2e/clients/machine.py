"""A member's machine: the command that the broker serves, a login and profiles."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from tests.cli.typed import Output
from tests.running import Started

TARGET = "acme-prod/readonly"
PROFILE = "acme-prod-readonly"
BUCKETS = ["acme-invoices-2026", "acme-website-assets"]


@dataclass(frozen=True, slots=True)
class MemberMachine:
    """The home of a member who has logged in and run `daypass configure`."""

    started: Started
    member: str
    home: Path
    daypass: Path
    user: tuple[str, ...] = ()
    """The words that run a program as the member's user, if that is another one."""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": f"{self.daypass.parent}:/usr/bin:/bin",
            "AWS_CONFIG_FILE": str(self.home / "aws-config"),
            "AWS_ENDPOINT_URL": self.started.aws.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def run(self, *words: str | Path, stdin: str = "", **variables: str) -> Output:
        """Run a program to its end, without a terminal."""
        process = subprocess.run(
            [*self.user, *words],
            env=self.environment | variables,
            cwd=self.home,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Output(process.returncode, process.stdout, process.stderr)

    def type(self, *words: str, stdin: str = "") -> Output:
        """Run the `daypass` command to its end."""
        return self.run(self.daypass, *words, stdin=stdin)

    def set_up(self) -> None:
        """Log in with an enrolment code, and write the profiles."""
        code = self.started.api("lena")("POST", f"/v1/members/{self.member}/enrolment")["code"]
        for words, stdin in (
            (("login", self.started.url), f"{code}\n"),
            (("configure", "--region", self.started.aws.region), ""),
        ):
            output = self.type(*words, stdin=stdin)
            assert output.code == 0, output.err

    def sessions(self) -> list[Any]:
        """Return the member's sessions as a lead sees them: one for each vend."""
        lena = self.started.api("lena")
        sessions: list[Any] = lena("GET", f"/v1/sessions?member={self.member}")["sessions"]
        return sessions

    def revoke(self) -> None:
        path = f"/v1/engagements/acme-prod/grants/{self.member}/revoke"
        self.started.api("lena")("POST", path, reason="the work is done")

    def end_grant_in(self, minutes: float) -> None:
        """Let the member's grant end in so many minutes."""
        end = datetime.now(UTC) + timedelta(minutes=minutes)
        self.started.api("lena")(
            "PATCH",
            f"/v1/engagements/acme-prod/grants/{self.member}",
            ends_at=end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )

    def end_session_in(self, seconds: float) -> None:
        """Get a session, and have the cache say that it ends so soon.

        AWS's shortest session lasts 15 minutes, which no test can wait for. The SDK believes
        the cache, so it asks again as it would after an hour.
        """
        assert self.type("creds", TARGET).code == 0
        path, entry = self._cached()
        end = datetime.fromtimestamp(time.time() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        entry["expires_at"] = entry["credentials"]["Expiration"] = end
        path.write_text(json.dumps(entry))

    def age_cache(self) -> None:
        """Make the cached session so old that the command renews it at the next request."""
        path, entry = self._cached()
        path.write_text(json.dumps(entry | {"fresh_until": time.time() - 1}))

    def empty_cache(self) -> None:
        for path in (self.home / ".daypass" / "cache").glob("*.json"):
            path.unlink()

    def _cached(self) -> tuple[Path, dict[str, Any]]:
        (path,) = (self.home / ".daypass" / "cache").glob("*.json")
        return path, json.loads(path.read_text())


@dataclass(frozen=True, slots=True)
class Listing:
    """A running program that lists the buckets once for each line that it reads."""

    _process: subprocess.Popen[str]
    _errors: IO[str]

    def buckets(self) -> list[str]:
        """Return the names of the buckets; none if the program reported an error."""
        assert self._process.stdin
        self._process.stdin.write("again\n")
        self._process.stdin.flush()
        return self.read()

    def read(self) -> list[str]:
        """Return the lines up to the next separator, which the program also prints at its start."""
        assert self._process.stdout
        names = []
        for line in self._process.stdout:
            if line == "---\n":
                return names
            names.append(line.strip())
        raise AssertionError(f"The program has ended: {self.errors}")

    @property
    def errors(self) -> str:
        """Everything that the program has written to its error stream."""
        self._errors.seek(0)
        return self._errors.read()


@contextmanager
def listing(machine: MemberMachine, command: list[str], **variables: str) -> Iterator[Listing]:
    """Run the program until the block ends."""
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command,
            env=machine.environment | variables,
            cwd=machine.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        program = Listing(process, errors)
        program.read()
        yield program
        assert process.stdin
        process.stdin.close()
        assert process.wait(timeout=30) == 0
