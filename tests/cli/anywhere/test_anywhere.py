"""A member's first hour with the command, in processes of its own, as each system starts them.

These tests need only pytest and the command: `.github/workflows/command.yml` runs them on Windows
and macOS, with the oldest and the newest Python.
"""

import json
import os
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

CLI = Path(__file__).resolve().parents[3] / "cli"
TARGET = "acme-prod/readonly"
END = (datetime.now(timezone.utc) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
ACCESS = {
    "engagement": "acme-prod", "role": "readonly", "client": "Acme", "account_id": "987654321098",
    "until": END, "state": "open", "requires_reason": False,
}  # fmt: skip
ANSWERS = {
    "/healthz": {"status": "ok", "version": "0.1.0", "oldest_command": "0.1.0"},
    "/v1/enrol": {
        "member": "bob", "token": "daypass_bob_x", "expires_at": END, "other_tokens": []
    },
    "/v1/access": {"access": [ACCESS], "cursor": None},
    "/v1/me/sessions": {"sessions": [], "cursor": None},
    "/v1/me/requests": {"requests": [], "cursor": None},
    "/v1/me/sessions/1/end": {"message": "It is over."},
    "/v1/engagements/acme-prod/sessions": {
        "vend": "v1", "engagement": "acme-prod", "role": "readonly", "session_name": "bob.1",
        "assumed_role_arn": "arn:aws:sts::987654321098:assumed-role/R/bob.1",
        "expires_at": END,
        "credentials": {
            "AccessKeyId": "ASIA0000000000000001", "SecretAccessKey": "secret",
            "SessionToken": "token", "Expiration": END,
        },
    },
}  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.reply()

    def reply(self):
        path = self.path.partition("?")[0]
        self.server.paths.append(path)
        content = json.dumps(ANSWERS[path]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Log nothing."""


@pytest.fixture
def broker():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.paths = []
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def start(tmp_path):
    """Return a function that starts the command for a new person."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP") if name in os.environ}
    home = {name: str(tmp_path) for name in ("HOME", "USERPROFILE")}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}

    def start(*words, shell=""):
        return subprocess.Popen(
            shell or [sys.executable, str(CLI / "daypass"), *words],
            env={**kept, **home}, cwd=str(tmp_path), shell=bool(shell), text=True, **pipes
        )  # fmt: skip

    return start


@pytest.fixture
def run(start, broker):
    """Log in, and return a function that runs the command to its end, and returns its output."""

    def run(*words, code=0, stdin="", shell=""):
        with start(*words, shell=shell) as process:
            out, err = process.communicate(stdin, timeout=60)
        assert process.returncode == code, err
        return out

    address = f"http://127.0.0.1:{broker.server_port}"
    assert "logged in as bob" in run("login", address, stdin="daypass_enrol_bob_x\n")
    return run


def test_the_help_names_each_command(run):
    assert "verify-trail" in run("--help")
    assert "ENGAGEMENT" in run("grant", "--help")


def test_a_session_serves_again_without_the_broker(run, broker):
    first = run("creds", TARGET)
    requests = len(broker.paths)
    assert run("creds", TARGET) == first
    assert len(broker.paths) == requests
    assert json.loads(first)["AccessKeyId"] == "ASIA0000000000000001"


def test_many_processes_at_once_get_one_session(run, start, broker):
    processes = [start("creds", TARGET) for _ in range(4)]
    outputs = {process.communicate(timeout=60)[0] for process in processes}
    assert len(outputs) == 1
    assert broker.paths.count("/v1/engagements/acme-prod/sessions") == 1


def test_the_line_of_a_profile_works_in_the_systems_shell(run, tmp_path):
    run("configure")
    config = (tmp_path / ".aws" / "config").read_text()
    line = next(row for row in config.splitlines() if row.startswith("credential_process"))
    assert json.loads(run(shell=line.partition(" = ")[2]))["SessionToken"] == "token"
    run("configure", "--remove")
    assert (tmp_path / ".aws" / "config").read_text() == ""


def test_a_program_gets_the_session_and_its_exit_code_is_the_commands(run):
    script = "import os; print(os.environ['AWS_SESSION_TOKEN']); raise SystemExit(7)"
    assert run("exec", TARGET, "--", sys.executable, "-c", script, code=7) == "token\n"


@pytest.mark.parametrize("shell", ["bash", "cmd", "fish", "powershell", "zsh"])
def test_the_lines_for_a_shell_set_the_session(run, shell):
    assert "ASIA0000000000000001" in run("env", "--shell", shell, TARGET)


def test_done_and_logout_leave_no_secret(run, tmp_path):
    run("creds", TARGET)
    run("done")
    run("logout")
    left = [path for path in (tmp_path / ".daypass").rglob("*") if path.is_file()]
    assert not any(b"daypass_bob_x" in path.read_bytes() for path in left)
    assert not any(b"ASIA" in path.read_bytes() for path in left)
    run("creds", TARGET, code=4)


def test_only_the_owner_can_read_the_logins(run, tmp_path):
    folder = tmp_path / ".daypass"
    for path in (folder, folder / "logins.json"):
        assert os.name == "nt" or path.stat().st_mode & 0o077 == 0
