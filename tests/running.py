"""`make run` in a separate process, as a new user starts it."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.endpoint import Endpoint
from local.sample_data import Api

ROOT = Path(__file__).parent.parent


def read_file(path: str | Path) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Started:
    """A running `make run`: the lines to paste, and their values."""

    paste: str
    url: str
    aws: Endpoint
    folder: Path
    """Holds each person's login, and the scripts that act as them."""

    @property
    def tokens(self) -> dict[str, str]:
        """API tokens by member ID."""
        stored = (json.loads(path.read_bytes()) for path in self.folder.glob("*/logins.json"))
        logins = (each["logins"][self.url] for each in stored)
        return {login["member"]: login["token"] for login in logins}

    def api(self, person: str) -> Api:
        return Api(self.url, self.tokens[person])


@contextmanager
def make_run(sample: str = "small", program: str = "local") -> Iterator[Started]:
    """Run it with this sample until the block ends. `program` is the module that runs it."""
    ports = ("--aws-port=0", "--api-port=0", "--slack-port=0")
    with subprocess.Popen(
        [sys.executable, "-m", program, f"--sample={sample}", *ports],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield _read(process)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=10) == 0


def _read(process: subprocess.Popen[str]) -> Started:
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ctrl-C" in line:
            break
    paste = "\n".join(
        line.strip() for line in printed.splitlines() if line.startswith("    export ")
    )
    values = dict(re.findall(r"(\w+)=(\S+)", paste))
    return Started(
        paste=paste,
        url=values["DAYPASS"],
        aws=Endpoint(values["AWS_ENDPOINT_URL"]),
        folder=Path(values["DAYPASS_HOME"]).parent,
    )
