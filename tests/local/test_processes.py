"""The local stack starts, stops without a trace, and explains failures in a sentence."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path

import botocore.session
import pytest

import local.__main__ as run
from chalicelib import bootstrap
from local import functions, processes
from local.processes import StartFailed, local_aws, stack
from local.slack import workspace
from tests.local.tiny_app import tiny_app
from tests.rows import every

ROOT = Path(__file__).parent.parent.parent
RUN = [sys.executable, "-m", "tests.local.tiny_run"]
ANY_PORTS = ("--aws-port=0", "--api-port=0", "--slack-port=0")


@contextmanager
def started():
    """Start the command, and yield it with its output and the two URLs in that."""
    process = subprocess.Popen(
        [*RUN, *ANY_PORTS],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        try:
            assert process.stdout is not None
            lines = [""]
            while "Ctrl-C" not in lines[-1]:
                lines.append(process.stdout.readline())
                assert lines[-1], process.communicate()
            api, aws = re.findall(r"http://127\.0\.0\.1:\d+", "".join(lines))
            yield process, lines[1:], api, aws
        finally:
            process.kill()


def answers(url):
    port = int(url.rpartition(":")[2])
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def soon(condition):
    """Return whether the condition holds within three seconds."""
    deadline = time.monotonic() + 3
    while not (holds := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds


@contextmanager
def port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_nothing_stays_on_disk(tmp_path, monkeypatch, signal_number):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with started() as (process, lines, api, aws):
        assert [line.strip() for line in lines[:3]] == [
            "",
            "Starting the local AWS and Daypass ...",
            "Creating members, clients and two months of history ...",
        ]
        with urllib.request.urlopen(f"{api}/") as answer:
            assert answer.read() == b'{"ok":true}'
        for further in (signal_number, signal.SIGTERM, signal.SIGINT):  # these are ignored
            process.send_signal(further)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out.strip(), err) == (0, "", "")
        assert not answers(api)
        assert not answers(aws)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.5])
def test_a_signal_during_the_start_leaves_nothing_behind(seconds):
    with subprocess.Popen(
        [*RUN, *ANY_PORTS],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        time.sleep(seconds)
        children = children_of(process.pid)
        process.terminate()
        _, err = process.communicate(timeout=30)
    assert err == ""
    assert all(gone(child) for child in children)


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_the_local_aws_alone_ends_cleanly_with_connections_open(signal_number):
    command = [processes._PYTHON, "-m", "local.aws", "--port=0"]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        url = process.stdout.readline().removeprefix("ready ").strip()
        port = int(url.rpartition(":")[2])
        with closing(http.client.HTTPConnection("127.0.0.1", port)) as kept_alive:
            kept_alive.request("GET", "/_local/nothing")
            kept_alive.getresponse().read()
            process.send_signal(signal_number)
            _, err = process.communicate(timeout=2)
    assert (process.returncode, err) == (0, "")


def test_a_killed_parent_leaves_no_child_process():
    with started() as (process, _, _, aws):
        children = children_of(process.pid)
        assert len(children) == 1
        process.kill()
        process.wait()
        assert soon(lambda: not answers(aws))
        assert all(gone(child) for child in children)


def children_of(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    if not listed.exists():
        pytest.skip("this system does not list a process's children")
    return [int(child) for child in listed.read_text().split()]


def gone(pid):
    status = Path(f"/proc/{pid}/stat")
    return soon(lambda: not status.exists() or ") Z " in status.read_text())


def test_the_stack_ends_with_the_local_aws():
    with started() as (process, _, api, _):
        (child,) = children_of(process.pid)
        os.kill(child, signal.SIGKILL)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 1
        assert err == (
            "Daypass: The local AWS stopped unexpectedly. To start Daypass again, run: make run\n"
        )
        assert not answers(api)


@pytest.mark.parametrize("option", ["--aws-port", "--api-port"])
def test_a_port_in_use_is_explained_with_exit_status_1(option):
    other = "--api-port=0" if option == "--aws-port" else "--aws-port=0"
    with port_in_use() as port:
        command = [*RUN, f"{option}={port}", other]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10)
    assert (done.returncode, done.stdout.count("\n")) == (1, 2)  # a blank line, and what it does
    assert re.fullmatch(
        rf"Daypass: Cannot listen on 127\.0\.0\.1:{port}: Address already in use\. .*"
        r": make run AWS_PORT=0 API_PORT=0\n",
        done.stderr,
    )


def test_concurrent_runs_have_separate_logs(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "_LOGS", tmp_path / "logs")
    with run._open_function_log() as first:
        print("of the first", file=first)
        for _ in range(2):
            with run._open_function_log() as second:
                print("of the second", file=second)
        assert Path(second.name).name == "function-2.log"
        assert Path(second.name).read_text() == "of the second\n"
        assert Path(first.name).read_text() == "of the first\n"
    with run._open_function_log() as after_the_first:
        assert after_the_first.name == first.name
        assert Path(first.name).read_text() == ""


def test_the_logs_are_outside_the_folder_of_the_package():
    """`make package` deletes that folder first."""
    assert ROOT / "build" not in (run._LOGS, *run._LOGS.parents)


@every(
    "program, seconds, message",
    [
        (None, 9, "make run"),
        ("exit 3", 9, "stopped before it was ready"),
        ("exec sleep 60", 0.3, "did not start within"),
    ],
)
def test_an_installation_that_does_not_start_is_explained(
    tmp_path, monkeypatch, program, seconds, message
):
    python = tmp_path / "python"
    if program:
        python.write_text(f"#!/bin/sh\n{program}\n")
        python.chmod(0o700)
    monkeypatch.setattr(processes, "_PYTHON", python)
    monkeypatch.setattr(processes, "_START_SECONDS", seconds)
    with pytest.raises(StartFailed, match=message), local_aws(port=0):
        pass


REAL = {"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL_STS"}


def test_only_functions_have_credentials_those_of_their_role_and_the_stand_in_for_slack(
    monkeypatch,
):
    for name in (*REAL, "AWS_SECRET_ACCESS_KEY", "DAYPASS_STATE_TABLE"):
        monkeypatch.setenv(name, "a-real-one")
    before = dict(os.environ)
    with stack(aws_port=0, api_port=0, load_app=tiny_app) as running:
        assert os.environ["DAYPASS_STATE_TABLE"] == running.foundation.state_table
        assert not REAL & set(os.environ)
        assert botocore.session.Session().get_credentials() is None
        assert os.environ["DAYPASS_SLACK_SIGNING"] == workspace.SIGNING
        assert os.environ["DAYPASS_SLACK_WEBHOOK"] == workspace.WEBHOOK
        with workspace.stand_in(running.aws, running.api_url) as slack:
            assert slack.url == os.environ["DAYPASS_SLACK_HOOKS"]
            assert slack.webhook.startswith(f"{slack.url}/services/T0EXAMPLE/")
        for function in ("Enter", "Sweep", "Anonymous"):
            role = functions.roles()[function]
            with running.functions.running(function):
                sts = bootstrap.ports().sts
            arn = sts._get_sts_client().get_caller_identity()["Arn"]
            name = functions.deployed_name(function)
            assert arn == f"arn:aws:sts::123456789012:assumed-role/{role}/{name}"
    assert dict(os.environ) == before
