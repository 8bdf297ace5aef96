"""`make rehearse`: what it shows, that it can be used meanwhile, and that nothing of it stays."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local.firm import Api
from tests.e2e.package.building import Build
from tests.e2e.package.deploying.operator import eventually
from tests.running import ROOT

COMMANDS = (
    "make doctor",
    "make deploy FIRM_NAME='Example Consulting'",
    "make first-lead NAME='Lena Lindqvist'",
    "make slack-secrets",
    "make deploy SLACK=1 YES=1",
)
READY = "Ctrl-C types `make destroy`, and ends the local AWS.\n"


@contextmanager
def rehearsing(*ports: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """As `make rehearse` starts it. It is killed when the block ends, if it has not ended."""
    flags = ports or ("--aws-port=0", "--slack-port=0")
    with subprocess.Popen(
        [sys.executable, "-m", "local.rehearsal", *flags],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # The tests may be run under nohup, which the rehearsal would respect.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def read(process: subprocess.Popen[str], until: str) -> str:
    assert process.stdout is not None
    assert process.stderr is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if until in printed:
            return printed
    raise AssertionError(
        f"It ended before it had printed {until!r}:\n{printed}{process.stderr.read()}"
    )


def answers(url: str) -> bool:
    """Whether anything listens there."""
    with socket.socket() as made:
        return made.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) == 0


def local_aws(printed: str) -> str:
    return re.findall(r"http://127\.0\.0\.1:\d+", printed)[0]


def test_a_deployment_is_rehearsed_from_the_doctor_to_the_end(build: Build) -> None:
    with rehearsing(PACKAGED=str(build.folder)) as process:
        printed = read(process, until=READY)
        for command in COMMANDS:
            assert f"$ {command}" in printed
        assert re.search(
            r"Alice is arn:aws:sts::987654321098:assumed-role/ContractorRole/alice\.", printed
        )
        assert "`acme-prod` (Acme): `deploy`, `readonly`" in printed

        # What it says to paste works, and so does the client's page.
        said = dict(re.findall(r"export (\w+)=(\S+)", printed))
        alice = Api(said["DAYPASS"], said["ALICE"])
        vended = alice("POST", "/v1/engagements/acme-prod/sessions", role="readonly")
        assert vended["credentials"]["AccessKeyId"].startswith("ASIA")
        (page,) = re.findall(r"Acme's own page: (\S+)", printed)
        with urllib.request.urlopen(page) as answer:
            assert "Example Consulting" in answer.read().decode()

        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 0, rest + errors
    assert "$ make destroy YES=1" in rest
    assert "The stack daypass is deleted." in rest
    assert rest.endswith("The local AWS has ended, and all that was in it is gone.\n")
    assert not answers(local_aws(printed))


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_ends_it_half_way_nothing_is_left_running(
    build: Build, sent: signal.Signals
) -> None:
    with rehearsing(PACKAGED=str(build.folder)) as process:
        printed = read(process, until="Checking us-east-1")
        aws = local_aws(printed)
        assert answers(aws)
        (command,) = re.findall(r"Checking us-east-1 with (\S+)/aws", printed)
        process.send_signal(sent)
        _, errors = process.communicate(timeout=90)
    if sent is signal.SIGKILL:
        eventually(lambda: not answers(aws))
    else:
        assert "The rehearsal was stopped. Nothing of it is left running." in errors
        assert process.returncode == 128 + sent
        assert not answers(aws)
        assert not Path(command).exists()
    eventually(lambda: not running(command))


def running(words: str) -> bool:
    """Whether any process was started with these words."""
    process = subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True)
    return words in process.stdout


def test_a_port_in_use_is_told_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        with rehearsing(f"--aws-port={port}", "--slack-port=0") as process:
            printed, errors = process.communicate(timeout=90)
    assert errors == (
        f"Daypass: Cannot listen on 127.0.0.1:{port}: Address already in use; stop whatever holds"
        " the port, or let both be any free ones: make rehearse AWS_PORT=0 SLACK_PORT=0.\n"
    )
    assert (printed, process.returncode) == ("", 1)


@pytest.mark.parametrize(
    ("environment", "shows", "says"),
    [
        (
            {"PATH": "/nowhere"},
            "git is not installed. Packaging needs it",
            "Daypass: `make package` ended with status 1; it says why above.\n",
        ),
        (
            {"PACKAGED": "docs"},
            "",
            "Daypass: There is no sam.yaml in docs: `make package` puts it into build/.\n",
        ),
    ],
)
def test_a_step_that_fails_is_told_in_words(
    environment: dict[str, str], shows: str, says: str
) -> None:
    with rehearsing(**environment) as process:
        printed, errors = process.communicate(timeout=90)
    assert shows in printed
    assert errors == says
    assert process.returncode == 1
