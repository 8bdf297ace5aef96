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
from pathlib import Path

from tests.bench.reporting import say
from tests.running import ROOT
from tests.runtime_api import ENVIRONMENT, RuntimeApi

TWO_CLIENTS = "import boto3; boto3.client('sts'); boto3.client('dynamodb')"
BOTOCORE_ONLY = (
    "import botocore.session as b; s = b.Session();"
    "s.create_client('sts', 'us-east-1'); s.create_client('dynamodb', 'us-east-1')"
)
MINIMAL = f"{TWO_CLIENTS}\n\n\ndef handler(event, context):\n    return {{'statusCode': 200}}\n"
VENDING = ENVIRONMENT | {"DAYPASS_FUNCTION": "Enter"}
# Daypass refuses this request before it calls AWS: no AWS is running here.
WITHOUT_A_TOKEN = (
    b'{"requestContext": {"resourcePath": "/v1/engagements/{engagement}/sessions",'
    b' "httpMethod": "POST", "requestId": "r"}, "headers": {},'
    b' "pathParameters": {"engagement": "acme-prod"}, "multiValueQueryStringParameters": null,'
    b' "body": "{}", "stageVariables": null}'
)
ROUNDS = 20


def print_starts(*reports: Callable[[Path, Path], None]) -> None:
    """Print the starts of the vend, then run each report on the folders of the zip and of a
    function that only creates two clients."""
    with tempfile.TemporaryDirectory() as folder:
        function = built(Path(folder) / "build")
        print_imports(function)
        minimal = Path(folder) / "minimal"
        minimal.mkdir()
        (minimal / "minimal.py").write_text(MINIMAL, encoding="utf-8")
        subprocess.run([sys.executable, "-m", "compileall", "-q", minimal], check=True)
        print_cold_starts(function, minimal)
        for report in reports:
            report(function, minimal)


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
        before="0.82 to 0.91",
    )


def print_cold_starts(function: Path, minimal: Path) -> None:
    """Print the time from the start of a process to its response, under Lambda's client."""
    if importlib.util.find_spec("awslambdaric") is None:
        say("a cold start under AWS's runtime client: not available for this platform\n")
        return
    print_beside(
        "a cold start under AWS's runtime client, to the first response",
        {
            "the zip: a vend without a token": lambda: cold_start(
                function, "app.app", WITHOUT_A_TOKEN, VENDING, status=401
            ),
            "a function with boto3 and two clients": lambda: cold_start(minimal, "minimal.handler"),
        },
        before="0.82 to 0.93",
    )


def print_beside(
    title: str, actions: dict[str, Callable[[], float]], before: str = "", rounds: int = ROUNDS
) -> None:
    """Print each action's median and its median ratio to the last action, pair by pair.

    `before` is the first action's ratio when every function still loaded the whole application.
    """
    measured = [[action() for action in actions.values()] for _ in range(rounds + 1)][1:]
    say(title)
    for name, times in zip(actions, zip(*measured, strict=True), strict=True):
        ratio = statistics.median(t / r[-1] for t, r in zip(times, measured, strict=True))
        say(f"  {name:42} {statistics.median(times):5.0f} ms   ratio {ratio:.2f}")
    if before:
        say(f"  {'before functions loaded only their routes':42}            ratio {before}")
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
