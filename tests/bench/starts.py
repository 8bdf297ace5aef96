"""How long a container takes to start, from the zip, beside the least that the AWS SDK takes.

All of it runs on the Python that runs this, with compiled files in place.
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
LEAST = (
    "import botocore.session as b; s = b.Session();"
    "s.create_client('sts', 'us-east-1'); s.create_client('dynamodb', 'us-east-1')"
)
BARE = f"{TWO_CLIENTS}\n\n\ndef handler(event, context):\n    return {{'statusCode': 200}}\n"
VENDING = ENVIRONMENT | {"DAYPASS_FUNCTION": "Enter"}
# Refused before anything is asked of AWS, which there is none of here.
WITHOUT_A_TOKEN = (
    b'{"requestContext": {"resourcePath": "/v1/engagements/{engagement}/sessions",'
    b' "httpMethod": "POST", "requestId": "r"}, "headers": {},'
    b' "pathParameters": {"engagement": "acme-prod"}, "multiValueQueryStringParameters": null,'
    b' "body": "{}", "stageVariables": null}'
)
ROUNDS = 20


def print_starts(*others: Callable[[Path, Path], None]) -> None:
    """Those of the vend, and others: each is given the zip's folder and a bare function's."""
    with tempfile.TemporaryDirectory() as folder:
        function = built(Path(folder) / "build")
        print_imports(function)
        bare = Path(folder) / "bare"
        bare.mkdir()
        (bare / "bare.py").write_text(BARE, encoding="utf-8")
        subprocess.run([sys.executable, "-m", "compileall", "-q", bare], check=True)
        print_cold_starts(function, bare)
        for other in others:
            other(function, bare)


def built(build: Path) -> Path:
    """The deployment for this machine and this Python; where its files are."""
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
    """Until they are ready: each process then ends at once, without taking anything down."""
    path = f"import sys; sys.path.insert(0, {str(function)!r}); "
    programs = {
        "the zip: import app, ready to vend": (["-S"], path + "import app"),
        "the checkout: import app, ready to vend": ([], "import app"),
        "botocore and the two clients alone": ([], LEAST),
        "import boto3 and two clients": ([], TWO_CLIENTS),
    }

    def one(flags: list[str], program: str) -> float:
        began = time.perf_counter()
        ended = f"{program}; import os; os._exit(0)"
        subprocess.run([sys.executable, *flags, "-c", ended], env=VENDING, check=True)
        return (time.perf_counter() - began) * 1000

    print_beside(
        "start of a process, compiled files in place",
        {name: lambda given=given: one(*given) for name, given in programs.items()},  # type: ignore[misc]
        before="0.82 to 0.91",
    )


def print_cold_starts(function: Path, bare: Path) -> None:
    """From the start of the process to its first answer, under the client that Lambda runs."""
    if importlib.util.find_spec("awslambdaric") is None:
        say("a cold start under AWS's runtime client: there is none for this platform\n")
        return
    print_beside(
        "a cold start under AWS's runtime client, to the first answer",
        {
            "the zip: a vend without a token": lambda: cold_start(
                function, "app.app", WITHOUT_A_TOKEN, VENDING, status=401
            ),
            "a function with boto3 and two clients": lambda: cold_start(bare, "bare.handler"),
        },
        before="0.82 to 0.93",
    )


def print_beside(title: str, actions: dict[str, Callable[[], float]], before: str) -> None:
    """The medians, the ratio to the last of them, pair by pair, and what the first's was `before`
    a function loaded only what it serves."""
    rounds = [[action() for action in actions.values()] for _ in range(ROUNDS + 1)][1:]
    say(title)
    for name, times in zip(actions, zip(*rounds, strict=True), strict=True):
        ratio = statistics.median(t / r[-1] for t, r in zip(times, rounds, strict=True))
        say(f"  {name:42} {statistics.median(times):5.0f} ms   ratio {ratio:.2f}")
    say(f"  {'before each function loaded only its own':42}            ratio {before}\n")


def cold_start(
    folder: Path,
    handler: str,
    event: bytes = b"{}",
    environment: Mapping[str, str] = ENVIRONMENT,
    *,
    status: int = 200,
) -> float:
    """Milliseconds from the start of the process until its first answer has come in."""
    environment = {**environment, "PYTHONPATH": str(folder)}
    with RuntimeApi([event]) as api:
        began = time.perf_counter()
        with api.container(sys.executable, folder, handler, environment):
            answered = api.all_answered.wait(timeout=30)
    if not answered or json.loads(api.answers[0])["statusCode"] != status:
        raise SystemExit(f"{handler} gave no answer")
    return (api.at - began) * 1000
