"""`make rehearse` shows its steps, gives a deployment that works, and leaves nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.package.deploying.operator import wait_until
from tests.running import ROOT

COMMANDS = (
    "make doctor",
    "make deploy FIRM_NAME='Example Consulting'",
    "make first-lead NAME='Lena Lindqvist'",
    "make slack-secrets",
    "make deploy SLACK=1 YES=1",
)
READY = "Press Ctrl-C to run `make destroy` and stop the local AWS.\n"


@contextmanager
def rehearsing(*ports, **environment):
    """Start it as `make rehearse` does. Kill it at the end of the block if it still runs."""
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


def read(process, until):
    assert process.stdout is not None
    assert process.stderr is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if until in printed:
            return printed
    raise AssertionError(
        f"The rehearsal ended before it printed {until!r}:\n{printed}{process.stderr.read()}"
    )


def answers(url):
    """Return whether a server listens there."""
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) == 0


def local_aws(printed):
    return re.findall(r"http://127\.0\.0\.1:\d+", printed)[0]


def test_a_rehearsal_runs_from_make_doctor_to_make_destroy(build):
    with rehearsing(PACKAGED=str(build.folder)) as process:
        printed = read(process, until=READY)
        for command in COMMANDS:
            assert f"$ {command}" in printed
        assert re.search(
            r"Alice is arn:aws:sts::987654321098:assumed-role/ContractorRole/alice\.", printed
        )
        assert "`acme-prod/readonly`: Acme" in printed

        # The lines to paste work, and so does the client's page.
        lines = re.findall(r"^ +(export .*)$", printed.partition("third terminal")[2], re.MULTILINE)
        commands = "\n".join([*lines, "daypass creds acme-prod/readonly"])
        vended = subprocess.run(["sh", "-c", commands], capture_output=True, text=True)
        assert vended.returncode == 0, vended.stderr
        assert json.loads(vended.stdout)["AccessKeyId"].startswith("ASIA")
        (page,) = re.findall(r"The client's page: (\S+)", printed)
        with urllib.request.urlopen(page) as response:
            assert "Example Consulting" in response.read().decode()

        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 0, rest + errors
    assert "$ make destroy YES=1" in rest
    assert "The stack daypass was deleted." in rest
    assert rest.endswith("The local AWS has stopped, and its data is deleted.\n")
    assert not answers(local_aws(printed))


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_half_way_leaves_no_process_running(build, sent):
    with rehearsing(PACKAGED=str(build.folder)) as process:
        printed = read(process, until="Checking us-east-1")
        aws = local_aws(printed)
        assert answers(aws)
        (command,) = re.findall(r"Checking us-east-1 with (\S+)/aws", printed)
        process.send_signal(sent)
        _, errors = process.communicate(timeout=90)
    if sent is signal.SIGKILL:
        wait_until(lambda: not answers(aws))
    else:
        assert "The rehearsal was stopped. All its processes have ended." in errors
        assert process.returncode == 128 + sent
        assert not answers(aws)
        assert not Path(command).exists()
    wait_until(lambda: not is_running(command))


def is_running(command):
    """Return whether a process with this in its command line runs."""
    listing = subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True)
    return command in listing.stdout


def test_a_port_in_use_is_reported_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        with rehearsing(f"--aws-port={port}", "--slack-port=0") as process:
            printed, errors = process.communicate(timeout=90)
    assert errors == (
        f"Daypass: Cannot listen on 127.0.0.1:{port}: Address already in use. Stop the process that"
        " uses the port, or use free ports with: make rehearse AWS_PORT=0 SLACK_PORT=0\n"
    )
    assert (printed, process.returncode) == ("", 1)


def test_a_step_that_fails_is_reported_in_a_sentence():
    with rehearsing(PATH="/nowhere") as process:
        printed, errors = process.communicate(timeout=90)
    assert "git is not installed. Packaging needs it" in printed
    assert errors == ("Daypass: `make package` failed with status 1. Its output above says why.\n")
    assert process.returncode == 1
