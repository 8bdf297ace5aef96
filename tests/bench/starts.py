"""Measure the start of a container from the zip, beside the AWS SDK's own start.

Everything runs on the Python that runs this, with compiled files in place.
"""

from __future__ import annotations

import importlib.util
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local import sample_data
from local.processes import RunningStack, stack
from local.slack.stand_in import SlackStandIn
from local.slack.workspace import PEOPLE, stand_in
from tests.bench.reporting import say
from tests.bench.sizes import sign_in
from tests.entrypoints.driver import event
from tests.fakes.slack import text_of
from tests.running import ROOT
from tests.runtime_api import ENVIRONMENT, RuntimeApi

TWO_CLIENTS = "import boto3; boto3.client('sts'); boto3.client('dynamodb')"
BOTOCORE_ONLY = (
    "import botocore.session as b; s = b.Session();"
    "s.create_client('sts', 'us-east-1'); s.create_client('dynamodb', 'us-east-1')"
)
MINIMAL = f"{TWO_CLIENTS}\n\n\ndef handler(event, context):\n    return {{'statusCode': 200}}\n"
VENDING = ENVIRONMENT | {"DAYPASS_FUNCTION": "Enter"}
ROUNDS = 20
SLACK_TIMEOUT = 3000
"""Slack's timeout in milliseconds."""


def print_starts() -> None:
    """Print the starts of processes and of containers, from the zip and beside it."""
    with tempfile.TemporaryDirectory() as folder:
        function = built(Path(folder) / "build")
        print_imports(function)
        minimal = Path(folder) / "minimal"
        minimal.mkdir()
        (minimal / "minimal.py").write_text(MINIMAL, encoding="utf-8")
        subprocess.run([sys.executable, "-m", "compileall", "-q", minimal], check=True)
        print_cold_starts(function, minimal)


def built(build: Path) -> Path:
    """Build the deployment for this machine and this Python. Return the folder of its files."""
    spec = importlib.util.spec_from_file_location("package", ROOT / ".chalice" / "package.py")
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    processor = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    package.main(build, processor, f"{sys.version_info.major}.{sys.version_info.minor}")
    say(f"the zip has {(build / 'deployment.zip').stat().st_size / 1e6:.1f} MB\n")
    return build / "function"


def print_imports(function: Path) -> None:
    """Print how long the imports take. Each process exits at once, without any cleanup."""
    path = f"import sys; sys.path.insert(0, {str(function)!r}); "
    programs = {
        "the zip: import app, ready to vend": (["-S"], path + "import app"),
        "the checkout: import app, ready to vend": ([], "import app"),
        "botocore and the two clients alone": ([], BOTOCORE_ONLY),
        "import boto3 and two clients": ([], TWO_CLIENTS),
    }

    def milliseconds(flags: list[str], program: str) -> float:
        began = time.perf_counter()
        code = f"{program}; import os; os._exit(0)"
        subprocess.run([sys.executable, *flags, "-c", code], env=VENDING, check=True)
        return (time.perf_counter() - began) * 1000

    print_beside(
        "start of a process, compiled files in place",
        {name: lambda args=args: milliseconds(*args) for name, args in programs.items()},  # type: ignore[misc]
    )


def print_cold_starts(function: Path, minimal: Path) -> None:
    """Print the time from the start of a process to its response, under Lambda's client: of three
    functions of the zip, and of one that only creates two clients."""
    if importlib.util.find_spec("awslambdaric") is None:
        say("a cold start under AWS's runtime client: not available for this platform\n")
        return
    with ExitStack() as rest:
        running = rest.enter_context(stack(aws_port=0, api_port=0))
        tokens = sample_data.create_sample_data(running)
        slack = rest.enter_context(stand_in(running.aws, running.api_url))
        link_alice(running, slack, tokens["alice"])
        headers = {"Cookie": sign_in(running, tokens["lena"])}

        def cold(name: str, build_event: Callable[[], Any], status: int = 200) -> Any:
            environment = function_environment(running, name)
            return lambda: cold_start(
                function, "app.app", json.dumps(build_event()).encode(), environment, status=status
            )

        def list_in_slack() -> Any:
            """Sign the command anew, because Slack's signatures expire."""
            command = slack.command("list", PEOPLE["alice"])
            return event("POST", command.path, headers=command.headers, body=command.body.decode())

        vend = event("POST", "/v1/engagements/acme-prod/sessions", body="{}")
        page = event("GET", "/web/engagements", headers=headers)
        print_beside(
            "a cold start under AWS's runtime client, to the first response",
            {
                "the zip: a vend without a token": cold("Enter", lambda: vend, 401),
                "the zip: /daypass list": cold("Slack", list_in_slack),
                "the zip: the console's engagements": cold("Web", lambda: page),
                "a function with boto3 and two clients": lambda: cold_start(
                    minimal, "minimal.handler"
                ),
            },
        )
    say(f"  Slack waits {SLACK_TIMEOUT} ms.\n")


def function_environment(running: RunningStack, name: str) -> dict[str, str]:
    """Return the environment of this function of the zip, on the local AWS."""
    credentials = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    rest = {key: value for key, value in ENVIRONMENT.items() if key not in credentials}
    return (
        rest
        | running.functions.credentials(name)
        | {
            "DAYPASS_FUNCTION": name,
            "DAYPASS_STATE_TABLE": running.foundation.state_table,
            "DAYPASS_TRAIL_TABLE": running.foundation.trail_table,
            "DAYPASS_SLACK_SIGNING": "/daypass/slack/signing",
            "AWS_ENDPOINT_URL": running.aws.url,
        }
    )


def link_alice(running: RunningStack, slack: SlackStandIn, token: str) -> None:
    response = slack.deliver(slack.command("link", PEOPLE["alice"]), patience=30)
    code = text_of(response.message or {}).partition("Your code is `")[2].partition("`")[0]
    sample_data.Api(running.api_url, token)("POST", "/v1/me/slack", code=code)


def print_beside(title: str, actions: dict[str, Callable[[], float]], rounds: int = ROUNDS) -> None:
    """Print each action's median and its median ratio to the last action, pair by pair."""
    measured = [[action() for action in actions.values()] for _ in range(rounds + 1)][1:]
    say(title)
    for name, times in zip(actions, zip(*measured, strict=True), strict=True):
        ratio = statistics.median(t / r[-1] for t, r in zip(times, measured, strict=True))
        say(f"  {name:42} {statistics.median(times):5.0f} ms   ratio {ratio:.2f}")
    say("")


def cold_start(
    folder: Path,
    handler: str,
    event: bytes = b"{}",
    environment: Mapping[str, str] = ENVIRONMENT,
    *,
    status: int = 200,
) -> float:
    """Return the milliseconds from the start of the process to its first response."""
    environment = {**environment, "PYTHONPATH": str(folder)}
    with RuntimeApi([event]) as api:
        began = time.perf_counter()
        with api.container(sys.executable, folder, handler, environment):
            answered = api.all_answered.wait(timeout=30)
    if not answered or json.loads(api.answers[0])["statusCode"] != status:
        raise SystemExit(f"{handler} gave no response with status {status}")
    return (api.at - began) * 1000
