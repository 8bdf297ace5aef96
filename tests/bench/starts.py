"""Measure how long a container takes to start from the zip, beside the AWS SDK's minimum.

Everything runs on the current Python, with compiled files.
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
from functools import partial
from pathlib import Path

from tests.bench.reporting import say
from tests.running import ROOT
from tests.runtime_api import ENVIRONMENT, RuntimeApi

TWO_CLIENTS = "import boto3; boto3.client('sts'); boto3.client('dynamodb')"
SDK_MINIMUM = (
    "import botocore.session as b; s = b.Session();"
    "s.create_client('sts', 'us-east-1'); s.create_client('dynamodb', 'us-east-1')"
)
BASELINE = f"{TWO_CLIENTS}\n\n\ndef handler(event, context):\n    return {{'statusCode': 200}}\n"
VENDING = ENVIRONMENT | {"DAYPASS_FUNCTION": "Enter"}
# Refused before any call to AWS, which is absent here.
WITHOUT_A_TOKEN = (
    b'{"requestContext": {"resourcePath": "/v1/engagements/{engagement}/sessions",'
    b' "httpMethod": "POST", "requestId": "r"}, "headers": {},'
    b' "pathParameters": {"engagement": "acme-prod"}, "multiValueQueryStringParameters": null,'
    b' "body": "{}", "stageVariables": null}'
)
ROUNDS = 20


def print_starts(*printers: Callable[[Path, Path], None]) -> None:
    """Print the starts of the vend's function, then call the printers.

    Each printer gets the folders of the zip's function and of the baseline function.
    """
    with tempfile.TemporaryDirectory() as folder:
        function = build_function(Path(folder) / "build")
        print_imports(function)
        baseline = Path(folder) / "baseline"
        baseline.mkdir()
        (baseline / "baseline.py").write_text(BASELINE, encoding="utf-8")
        subprocess.run([sys.executable, "-m", "compileall", "-q", baseline], check=True)
        print_cold_starts(function, baseline)
        for printer in printers:
            printer(function, baseline)


def build_function(build: Path) -> Path:
    """Build the deployment for this machine and this Python, and return the folder of its files."""
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
    """Print the time until the imports are done. Each process then exits without cleaning up."""
    path = f"import sys; sys.path.insert(0, {str(function)!r}); "
    programs = {
        "the zip: import app, ready to vend": (["-S"], path + "import app"),
        "the checkout: import app, ready to vend": ([], "import app"),
        "botocore and the two clients alone": ([], SDK_MINIMUM),
        "import boto3 and two clients": ([], TWO_CLIENTS),
    }

    def run(flags: list[str], program: str) -> float:
        began = time.perf_counter()
        program_with_exit = f"{program}; import os; os._exit(0)"
        subprocess.run([sys.executable, *flags, "-c", program_with_exit], env=VENDING, check=True)
        return (time.perf_counter() - began) * 1000

    print_beside(
        "start of a process, with compiled files",
        {name: partial(run, *arguments) for name, arguments in programs.items()},
        before="0.82 to 0.91",
    )


def print_cold_starts(function: Path, baseline: Path) -> None:
    """Print the time from a process's start to its first response, under Lambda's runtime
    client."""
    if importlib.util.find_spec("awslambdaric") is None:
        say("no cold starts: AWS's runtime client does not exist for this platform\n")
        return
    print_beside(
        "a cold start under AWS's runtime client, until the first response",
        {
            "the zip: a vend without a token": lambda: cold_start(
                function, "app.app", WITHOUT_A_TOKEN, VENDING, status=401
            ),
            "a function with boto3 and two clients": lambda: cold_start(
                baseline, "baseline.handler"
            ),
        },
        before="0.82 to 0.93",
    )


def print_beside(title: str, actions: dict[str, Callable[[], float]], before: str) -> None:
    """Print the median times, and the medians of their ratios to the last action's times.

    `before` is the first action's ratio before each function loaded only its own routes.
    """
    rounds = [[action() for action in actions.values()] for _ in range(ROUNDS + 1)][1:]
    say(title)
    for name, times in zip(actions, zip(*rounds, strict=True), strict=True):
        ratio = statistics.median(t / r[-1] for t, r in zip(times, rounds, strict=True))
        say(f"  {name:42} {statistics.median(times):5.0f} ms   ratio {ratio:.2f}")
    say(f"  {'before each function loaded only its routes':42}            ratio {before}\n")


def cold_start(
    folder: Path,
    handler: str,
    event: bytes = b"{}",
    environment: Mapping[str, str] = ENVIRONMENT,
    *,
    status: int = 200,
) -> float:
    """Return the milliseconds from the process's start to its first response."""
    environment = {**environment, "PYTHONPATH": str(folder)}
    with RuntimeApi([event]) as api:
        began = time.perf_counter()
        with api.container(sys.executable, folder, handler, environment):
            responded = api.all_answered.wait(timeout=30)
    if not responded or json.loads(api.answers[0])["statusCode"] != status:
        raise SystemExit(f"{handler} did not respond as expected")
    return (api.at - began) * 1000
