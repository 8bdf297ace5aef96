"""`daypass serve` is a container credentials endpoint on this machine, with a secret token."""

import http.client
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.credentials import ContainerProvider
from botocore.exceptions import CredentialRetrievalError

from tests.cli.aws.sources import SOURCES, clear_sources
from tests.cli.typed import Machine
from tests.rows import every

TARGET = "acme-prod/readonly"
SESSIONS = "/v1/engagements/acme-prod/sessions"
URI, TOKEN = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"


@dataclass(frozen=True, slots=True)
class Served:
    """A running `daypass serve`, and the variables that it printed."""

    process: subprocess.Popen[str]
    variables: dict[str, str]

    def get(self, path="", method="GET", **headers):
        parts = urlsplit(self.variables[URI])
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        headers = {"Authorization": self.variables[TOKEN], **headers}
        connection.request(method, path or parts.path, headers=headers)
        answer = connection.getresponse()
        content = answer.read().decode()
        connection.close()
        return answer.status, content


@contextmanager
def serving(machine):
    with machine.start("serve", TARGET) as process:
        lines = [process.stdout.readline() for _ in range(6)]
        matches = (re.fullmatch(r"export (\w+)=(.*);\n", line) for line in lines)
        try:
            yield Served(process, {match[1]: match[2] for match in matches if match})
        finally:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out) == (130, "")
        assert "Traceback" not in err


WRONG_HEADERS = (
    {"Authorization": "wrong"},
    {"Authorization": ""},
    {"Authorization": "é"},
    {"Host": "evil.example"},
    {"Host": "evil.example:80"},
    {"Host": "localhost"},
    {"Host": "127.0.0.1.evil.example:80"},
    {"Host": ""},
)


def test_botocore_reads_it_and_nobody_else(machine):
    with serving(machine) as served:
        credentials = ContainerProvider(environ=served.variables).load()
        frozen = credentials.get_frozen_credentials()
        assert frozen.access_key.startswith("ASIA")
        assert (frozen.secret_key, frozen.token) == ("secret-access-key", "session-token")
        parts = urlsplit(served.variables[URI])
        assert parts.hostname == "127.0.0.1"
        assert len(served.variables[TOKEN]) >= 43
        answers = [(served.get(**headers), 403) for headers in WRONG_HEADERS]
        answers += [(served.get(path), 404) for path in ("/", "/credentials/")]
        answers.append((served.get("/credentials", "POST"), 501))
        for (status, content), expected in answers:
            assert status == expected
            assert "ASIA" not in content
        # A client that goes away prints nothing.
        for content in (b"", b"GET /cre", b"\xff" * 70_000, b"GET /credentials HTTP/1.1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", parts.port or 0)) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.sendall(content)
        assert served.get()[0] == 200


def test_a_refusal_reaches_botocore(machine, broker):
    with serving(machine) as served:
        for path in machine.cached():
            path.unlink()
        broker.refuse(SESSIONS, "engagement-revoked", "This engagement has been revoked.")
        with pytest.raises(CredentialRetrievalError, match="This engagement has been revoked"):
            ContainerProvider(environ=served.variables).load()


def test_it_refreshes_and_says_what_is_wrong_with_this_machine(machine):
    with serving(machine) as served:
        first = json.loads(served.get()[1])["AccessKeyId"]
        assert json.loads(served.get()[1])["AccessKeyId"] == first
        (path,) = machine.cached()
        path.write_text(json.dumps({**json.loads(path.read_text()), "fresh_until": 0.0}))
        assert json.loads(served.get()[1])["AccessKeyId"] != first
        path.chmod(0o644)
        status, content = served.get()
        assert (status, "chmod 600" in content) == (400, True)


def test_a_refusal_is_known_before_it_serves(machine, broker):
    broker.refuse(SESSIONS, "engagement-revoked", "This engagement has been revoked.")
    machine.fails(3, "serve", TARGET, "--", "touch", "ran")
    assert not (machine.home / "ran").exists()


BOTO3 = "import boto3; print(boto3.Session().get_credentials().access_key)"


def of_its_program(machine):
    return machine.prints("serve", TARGET, "--", sys.executable, "-c", BOTO3)


def of_the_printed_lines(machine):
    with machine.start("serve", TARGET) as process:
        lines = "".join(process.stdout.readline() for _ in range(6))
        shell = ["sh", "-c", f'{lines}"$0" -c "$1"', sys.executable, BOTO3]
        shown = subprocess.check_output(shell, env=machine.environment, text=True)
        process.send_signal(signal.SIGINT)
    return shown


@every("source", SOURCES)
@every("key", [of_its_program, of_the_printed_lines])
def test_nothing_else_gives_credentials(machine, source, key):
    """The same table is run with each AWS tool in tests/e2e/clients."""
    variables = SOURCES[source](machine.home)
    served = Machine(machine.home, machine.variables | variables)
    assert key(served) == "ASIA0000000000000001\n"
    clear_sources(machine.home)


def test_its_program_keeps_the_settings_of_the_default_profile(machine):
    folder = machine.home / ".aws"
    folder.mkdir()
    (folder / "config").write_text(
        "[default]\nregion = eu-west-3\naws_access_key_id = AKIAOTHER\n[profile x]\noutput = text\n"
    )
    shown = machine.prints("serve", TARGET, "--", "sh", "-c", 'cat "$AWS_CONFIG_FILE"')
    assert shown == "[default]\nregion = eu-west-3\n"


def test_its_files_are_private_and_go_with_it(machine):
    script = 'echo "$AWS_CONFIG_FILE"; echo "[default]" > "$AWS_SHARED_CREDENTIALS_FILE"'
    path = Path(machine.prints("serve", TARGET, "--", "sh", "-c", script).strip())
    assert path.is_relative_to(machine.store / "cache")
    assert not path.parent.exists()


def test_its_exit_code_is_the_programs_or_its_own_with_a_sentence(machine, broker):
    port = broker.url.rpartition(":")[2]
    for words, code, sentence in (
        (("--", "true"), 0, ""),
        (("--", "sh", "-c", "exit 7"), 7, ""),
        (("--", "sh", "-c", "kill -TERM $$"), 143, ""),
        (("--", "no-such-program"), 6, "no-such-program is not installed"),
        *(((f"--port={port}", "--", "true"), 2, "port") for port in ("-1", "65536", "x", "1.5")),
        (("--port", port, "--", "true"), 6, f"port {port}"),
    ):
        output = machine.type("serve", TARGET, *words)
        assert (output.code, sentence in output.err) == (code, True), output


def test_ctrl_c_leaves_the_program_its_time_to_finish(machine):
    script = "trap 'sleep 1; echo finished; exit 3' INT; echo ready; while :; do sleep 0.05; done"
    with machine.start("serve", TARGET, "--", "sh", "-c", script, group=True) as process:
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (3, "finished\n", "")
