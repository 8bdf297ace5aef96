"""The AWS tools and SDKs that the tests use, as commands that list the client's buckets."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.running import ROOT

PROGRAMS = Path(__file__).parent / "programs"
SDK_JS = ROOT / "build" / "sdk-js" / "node_modules"
GO_SOURCES = Path("/usr/share/gocode/src/github.com")


REVOKED = "Daypass: Your grant for this engagement was revoked, has ended, or has not begun."


@dataclass(frozen=True, slots=True)
class Client:
    """An AWS tool or SDK."""

    name: str
    renews_before_end: int
    """Seconds before a session's end from which it does not work without another session."""
    profile_error: str
    """Its error if a profile gives no session because of a revocation."""
    served_error: str
    """The same for `daypass serve`, which also prints the sentence itself: two SDKs hide it."""
    last_seconds: float = 10
    """How long before a session's end a test still uses it."""


_PYTHON = (
    f"Error when retrieving credentials from custom-process: {REVOKED}",
    f'from container metadata: {{"code": "Refused", "message": "{REVOKED}',
)
CLIENTS = (
    # The AWS CLI needs several seconds to start on a busy machine.
    Client("AWS CLI 1", 600, *_PYTHON, last_seconds=20),
    Client("AWS CLI 2", 600, *_PYTHON, last_seconds=20),
    Client("boto3", 600, *_PYTHON),
    Client(
        "SDK for JavaScript 3",
        300,
        f"\n{REVOKED}",
        "CredentialsProviderError: Server responded with status: 400",
    ),
    # A profile's command writes to the program's own error stream.
    Client("SDK for Go 1", 0, REVOKED, "NoCredentialProviders: no valid providers in chain."),
    Client("SDK for Go 2", 0, REVOKED, f"failed to load credentials, Refused: {REVOKED}"),
)


@dataclass(frozen=True, slots=True)
class Programs:
    """The clients' programs on this machine. Each method skips the test if its tool is missing."""

    folder: Path
    quick_aws: Path
    """The folder of PyPI's AWS CLI."""

    def command(self, client: Client) -> list[str]:
        """Return the command that lists the buckets for each line of its input."""
        if client.name.startswith("AWS CLI"):
            aws = self.quick_aws / "aws" if client.name == "AWS CLI 1" else debian_aws_cli()
            return ["env", f"AWS={aws}", "sh", str(PROGRAMS / "list_buckets.sh")]
        if client.name == "boto3":
            return [sys.executable, str(PROGRAMS / "list_buckets.py")]
        if client.name == "SDK for JavaScript 3":
            return [find_node(), str(self._javascript())]
        return [str(built_with_go(f"go_v{client.name[-1]}", self.folder))]

    def _javascript(self) -> Path:
        text = (PROGRAMS / "list_buckets.mjs").read_text(encoding="utf-8")
        return write_javascript(text, self.folder)


@cache
def debian_aws_cli() -> Path:
    path = Path("/usr/bin/aws")
    if not path.exists():
        pytest.skip("Debian's AWS CLI is not installed (.ci/run installs it).")
    shown = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    if not shown.startswith("aws-cli/2."):
        pytest.skip(f"{path} is not version 2: {shown}")
    return path


def write_javascript(text: str, folder: Path) -> Path:
    """Return the program in a folder where Node.js finds the SDK."""
    if not SDK_JS.exists():
        pytest.skip(f"The SDK for JavaScript is not in {SDK_JS} (.ci/run installs it).")
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(SDK_JS)
    program = folder / "list_buckets.mjs"
    program.write_text(text, encoding="utf-8")
    return program


def find_node() -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed (.ci/run installs it).")
    return node


@cache
def built_with_go(program: str, folder: Path) -> Path:
    sdk = "aws/aws-sdk-go" if program == "go_v1" else "aws/aws-sdk-go-v2"
    return build_with_go(PROGRAMS / program, folder / program, sdk)


def build_with_go(source: Path, program: Path, library: str) -> Path:
    """Build the program from Debian's packages of the library, without a network."""
    go = shutil.which("go")
    if go is None or not (GO_SOURCES / library).exists():
        pytest.skip(f"Debian's package of {library} is not installed (.ci/run installs it).")
    variables = {
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(ROOT / "build" / "go-cache"),  # the first build of an SDK takes a minute
        "CGO_ENABLED": "0",
    }
    subprocess.run(
        [go, "build", "-o", program, "."],
        cwd=source,
        env=os.environ | variables,
        check=True,
    )
    return program
