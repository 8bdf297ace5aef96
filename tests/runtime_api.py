"""Lambda's side of its runtime client: it sends events one by one and receives the responses.

"Using the Lambda runtime API for custom runtimes" (AWS Lambda Developer Guide). The client is AWS's
own, `awslambdaric`, which Lambda runs in each container.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local import sample_accounts

ENVIRONMENT = {
    "PATH": os.defpath,
    "AWS_LAMBDA_FUNCTION_NAME": "daypass-bench",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "DAYPASS_STATE_TABLE": "state",
    "DAYPASS_TRAIL_TABLE": "trail",
    "DAYPASS_ACCOUNT_ID": sample_accounts.FIRM,
    "DAYPASS_PARTITION": "aws",
    "DAYPASS_FIRM_NAME": sample_accounts.FIRM_NAME,
}
"""The minimal environment in which a container starts."""


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Ignore errors: the process is killed while it requests its next event."""


class RuntimeApi:
    """The events for one container, in order, and its responses."""

    def __init__(self, events: Sequence[bytes]) -> None:
        self.events = list(events)
        self.answers: list[bytes] = []
        self.at = 0.0
        """When the last response arrived, by `time.perf_counter`."""
        self.all_answered = threading.Event()
        self._server = _Quiet(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> RuntimeApi:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def container(
        self, python: str | Path, function: Path, handler: str, environment: Mapping[str, str]
    ) -> Iterator[None]:
        """Start a process that handles the events; kill it when the block ends."""
        process = subprocess.Popen(
            [python, "-m", "awslambdaric", handler],
            cwd=function,
            env={
                **environment,
                "AWS_LAMBDA_RUNTIME_API": self.address,
                "LAMBDA_TASK_ROOT": str(function),
            },
            stdout=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.kill()
            process.wait()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if (
                    api.all_answered.is_set()
                ):  # there are no more events; the process will be killed
                    return
                event = api.events[len(api.answers)]
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", str(len(api.answers)))
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() + 30) * 1000))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:f")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(event)))
                self.end_headers()
                self.wfile.write(event)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not self.path.endswith("/response"):
                    raise SystemExit(body)
                api.at = time.perf_counter()
                api.answers.append(body)
                if len(api.answers) == len(api.events):
                    api.all_answered.set()
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Log nothing."""

        return Handler
