"""Start the local AWS and the API, for the tests and for `make run`."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from local import functions, outbox, sample_accounts
from local.endpoint import Endpoint
from local.functions import Functions, environment_with
from local.gateway import Gateway, listen
from local.ports import build_port_in_use_message, find_free_port
from local.sample_accounts import Foundation
from local.sign_in import sign_in_stand_in
from local.slack import workspace

_ROOT = Path(__file__).parent.parent
_PYTHON = _ROOT / ".venv-aws" / "bin" / "python"
_START_SECONDS = 30
_STOP_SECONDS = 2


class StartFailed(Exception):
    """The local AWS or the API did not start. The message, if any, says what to do.

    The message is empty if the local AWS has printed the reason itself.
    """


@dataclass(frozen=True, slots=True)
class RunningStack:
    """The local AWS and the API, after both have started."""

    aws: Endpoint
    foundation: Foundation
    functions: Functions
    api_url: str
    sign_in_endpoint: str
    """Stands in for the endpoint that signs in to the AWS console."""
    app: Any
    aws_process: subprocess.Popen[bytes]


@contextmanager
def stack(
    *,
    aws_port: int = 4566,
    api_port: int = 8000,
    slack_port: int = 0,
    load_app: Callable[[], Any] | None = None,
) -> Iterator[RunningStack]:
    """Run the local AWS with the foundation stack, and the API in front of it.

    Port 0 means any free port. The API sends messages for Slack to `slack_port`, where
    `workspace.stand_in` can listen. All data is in memory.

    Until the block ends, this process has the environment variables of the deployed functions, but
    no credentials. Each request runs with the credentials of the role of its function. `load_app`
    returns the Chalice app (default: the project's own).
    """
    with (
        closing(_open_gateway(api_port)) as api,
        _run_aws_process(aws_port) as (process, aws),
        sign_in_stand_in(aws) as sign_in_endpoint,
    ):
        foundation = sample_accounts.create_foundation(aws)
        hooks = f"http://127.0.0.1:{slack_port or find_free_port()}"
        workspace.set_up(aws, hooks)
        with _replace_environment(
            _build_function_environment(aws, foundation)
            | build_slack_environment(hooks)
            | {"DAYPASS_SIGNIN_ENDPOINT": sign_in_endpoint}
        ):
            app = (load_app or _load_project_app)()
            in_lambda = Functions(aws, sample_accounts.FIRM, runs_cut_offs=True)
            in_lambda.outbox.verify_sender()
            api.serve(app, lambda *route: in_lambda.running(functions.function_for_route(*route)))
            yield RunningStack(
                aws=aws,
                foundation=foundation,
                functions=in_lambda,
                api_url=api.url,
                sign_in_endpoint=sign_in_endpoint,
                app=app,
                aws_process=process,
            )


@contextmanager
def local_aws(
    *, port: int = 4566, without_fixes: bool = False, function_python: str | None = None
) -> Iterator[Endpoint]:
    """Run only the local AWS, without any resources. Raise StartFailed if it does not start.

    Deployed functions run on the Python at `function_python`, so package them for its version.
    """
    flags = [f"--account={sample_accounts.FIRM}"]
    if without_fixes:
        flags.append("--without-fixes")
    if function_python:
        flags.append(f"--function-python={function_python}")
    with _run_aws_process(port, *flags) as (_, aws):
        yield aws


@contextmanager
def local_aws_process(
    *, port: int, function_python: str | None
) -> Iterator[tuple[subprocess.Popen[bytes], Endpoint]]:
    """Run only the local AWS, and yield its process too, so that the caller notices its end."""
    flags = [f"--function-python={function_python}"] if function_python else []
    with _run_aws_process(port, f"--account={sample_accounts.FIRM}", *flags) as running:
        yield running


def _load_project_app() -> Any:
    from app import app

    return app


def _open_gateway(port: int) -> Gateway:
    """Return a listening gateway. Raise StartFailed if the port is in use."""
    try:
        return listen(port=port)
    except OSError as error:
        raise StartFailed(build_port_in_use_message(port, error)) from None


@contextmanager
def _run_aws_process(port: int, *flags: str) -> Iterator[tuple[subprocess.Popen[bytes], Endpoint]]:
    """Run the local AWS in a process until the block ends. Yield the process and its endpoint."""
    if not _PYTHON.exists():
        raise StartFailed(
            "The local AWS is not installed. Run `make run` or `make test`, which install it into"
            " .venv-aws."
        )
    # A new session: Ctrl-C reaches only this process, which then stops the child in order. If this
    # process is killed, the kernel closes the child's stdin, and the child ends.
    process = subprocess.Popen(
        [_PYTHON, "-m", "local.aws", f"--port={port}", "--until-stdin-closes", *flags],
        cwd=_ROOT,
        env={"PATH": os.environ.get("PATH", os.defpath)},  # to find the functions' Pythons
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process, Endpoint(_wait_for_url(process))
    finally:
        _stop(process)


def _wait_for_url(process: subprocess.Popen[bytes]) -> str:
    """Wait until the local AWS is ready, and return its URL. Raise StartFailed if it ends."""
    output = cast("IO[bytes]", process.stdout)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if not select.select([output], [], [], 0.1)[0]:
            continue
        status, _, url = output.readline().decode().strip().partition(" ")
        if status == "ready":
            return url
        # The local AWS has ended. With status 1 it has printed why on stderr.
        process.wait()
        raise StartFailed(
            ""
            if process.returncode == 1
            else "The local AWS stopped before it was ready. Try again."
        )
    raise StartFailed(f"The local AWS did not start within {_START_SECONDS} seconds. Try again.")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process, by force if it does not end in time."""
    process.terminate()
    try:
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


@contextmanager
def as_function(
    aws: Endpoint, foundation: Foundation, *, function: str = "Enter"
) -> Iterator[Functions]:
    """Give this process the environment variables and the credentials of a deployed function."""
    from chalicelib import bootstrap

    in_lambda = Functions(aws, sample_accounts.FIRM)
    with (
        _replace_environment(_build_function_environment(aws, foundation)),
        environment_with(in_lambda.credentials(function)),
    ):
        bootstrap.ports.cache_clear()  # they may belong to another local AWS
        try:
            yield in_lambda
        finally:
            bootstrap.ports.cache_clear()


def _build_function_environment(aws: Endpoint, foundation: Foundation) -> dict[str, str]:
    """Return the environment variables of the deployed functions, for the local AWS.

    None of them leads to real AWS credentials.
    """
    return {
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_REGION": aws.region,
        "AWS_DEFAULT_REGION": aws.region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "DAYPASS_ACCOUNT_ID": sample_accounts.FIRM,
        "DAYPASS_PARTITION": "aws",
        "DAYPASS_FIRM_NAME": sample_accounts.FIRM_NAME,
        "DAYPASS_FIRM_CONTACT": sample_accounts.FIRM_CONTACT,
        "DAYPASS_CLIENT_MAIL_FROM": outbox.SENDER,
        "DAYPASS_OTHER_ACCOUNTS": ",".join(sample_accounts.OTHER_ACCOUNTS),
        "DAYPASS_ORGANIZATION_ID": sample_accounts.ORGANIZATION,
        "DAYPASS_STATE_TABLE": foundation.state_table,
        "DAYPASS_TRAIL_TABLE": foundation.trail_table,
    }


def build_slack_environment(hooks: str) -> dict[str, str]:
    return {
        "DAYPASS_SLACK_SIGNING": workspace.SIGNING,
        "DAYPASS_SLACK_WEBHOOK": workspace.WEBHOOK,
        "DAYPASS_SLACK_HOOKS": hooks,
    }


@contextmanager
def _replace_environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Replace every AWS_, BOTO_ and DAYPASS_ variable by the settings until the block ends."""
    with environment_with(settings):
        for name in os.environ.keys() - settings:
            if name.startswith(("AWS_", "DAYPASS_", "BOTO_")):
                del os.environ[name]
        yield
