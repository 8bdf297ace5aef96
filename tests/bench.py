"""What a vend costs, measured side by side in one run: `make bench`. Figures, not verdicts.

Ratios hold on any machine; the times beside them are of the machine that ran this.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from botocore.awsrequest import AWSResponse

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb.state import row_of
from chalicelib.domain.identifiers import EXTERNAL_ID_PREFIX
from chalicelib.domain.things import Item
from chalicelib.entrypoints.http import observability
from chalicelib.usecases.ports import Ports
from local import firm, world
from local.processes import Running, stack
from tests.builders import NOON, a_grant, a_role, an_engagement
from tests.entrypoints.driver import event


def say(text: str) -> None:
    print(text, file=REPORT, flush=True)


def main() -> None:
    say("\nDaypass bench: the vend, beside what it is made of\n")
    with stack(aws_port=0, api_port=0) as running:
        token = firm.settle_in(running)["alice"]
        calls = calls_of_a_vend(running, token)
        cpu = cpu_of_a_vend(running, token)
    say("calls to AWS in one vend")
    say(f"  {' · '.join(calls)}")
    say(f"  STS {calls.count('AssumeRole')} (at most 1), DynamoDB {len(calls) - 1} (at most 4)\n")
    print_cpu(cpu)
    print_import_time()
    print_size()


def calls_of_a_vend(running: Running, token: str) -> list[str]:
    """The operations of one warm vend, in order, as the SDK sends them."""
    request(running, token)
    asked: list[str] = []

    def note(model: Any, **_: Any) -> None:
        asked.append(model.name)

    for client in clients(bootstrap.ports()):
        client.meta.events.register("before-call.*.*", note)
    request(running, token)
    for client in clients(bootstrap.ports()):
        client.meta.events.unregister("before-call.*.*", note)
    return asked


def cpu_of_a_vend(running: Running, token: str) -> dict[str, list[float]]:
    """CPU in microseconds, slice by slice in turn: the whole Lambda handler, the same without its
    log line and metrics, and the bare SDK calls.

    All get the same recorded answers without a network, through the same clients.
    """
    log = observability._log

    def silent() -> None:
        observability._log = lambda *_: None
        try:
            request(running, token)
        finally:
            observability._log = log

    with replayed(running, token) as bare:
        actions = {"whole": lambda: request(running, token), "silent": silent, "bare": bare}
        for action in actions.values():
            cpu(action, 200)
        slices: dict[str, list[float]] = {name: [] for name in actions}
        for _ in range(15):
            for name, action in actions.items():
                slices[name].append(cpu(action, 100))
    return slices


@contextmanager
def replayed(running: Running, token: str) -> Iterator[Callable[[], None]]:
    """Record one vend's calls and answers, then answer from the record; give the bare calls."""
    dynamodb, sts = clients(bootstrap.ports())
    requests: list[tuple[Callable[..., Any], Any]] = []
    answers: dict[str, AWSResponse] = {}
    sends = {}
    for client in (dynamodb, sts):
        session = client._endpoint.http_session
        sends[client] = session.send

        def record(sent: Any, send: Any = session.send) -> Any:
            answer = send(sent)
            target = sent.headers.get("X-Amz-Target", b"AssumeRole")
            text = target.decode() if isinstance(target, bytes) else target
            content = answer.content
            answers[text.rpartition(".")[2]] = (answer.status_code, dict(answer.headers), content)
            return answer

        session.send = record

        def note(params: Any, model: Any, client: Any = client, **_: Any) -> None:
            method = {v: k for k, v in client.meta.method_to_api_mapping.items()}[model.name]
            requests.append((getattr(client, method), json.loads(json.dumps(params))))

        client.meta.events.register_first("provide-client-params.*.*", note, unique_id="bench")
    request(running, token)
    for client in (dynamodb, sts):
        client.meta.events.unregister("provide-client-params.*.*", unique_id="bench")
        client._endpoint.http_session.send = lambda sent: replay(sent, answers)

    def bare() -> None:
        for method, params in requests:
            method(**params)

    try:
        yield bare
    finally:
        for client, send in sends.items():
            client._endpoint.http_session.send = send


def replay(sent: Any, answers: dict[str, Any]) -> AWSResponse:
    target = sent.headers.get("X-Amz-Target", b"AssumeRole")
    text = target.decode() if isinstance(target, bytes) else target
    status, headers, content = answers[text.rpartition(".")[2]]
    response = AWSResponse(sent.url, status, headers, None)
    response._content = content
    return response


def print_cpu(slices: dict[str, list[float]]) -> None:
    whole, silent, bare = (statistics.median(slices[name]) for name in ("whole", "silent", "bare"))
    pairs = zip(slices["whole"], slices["bare"], strict=True)
    ratio = statistics.median(a / b for a, b in pairs)
    say("CPU of a vend, from the Lambda event to the answer, without the network")
    say(f"  whole vend                {whole:6.0f} µs")
    say(f"  its bare SDK calls        {bare:6.0f} µs   ratio {ratio:.2f}")
    say(f"  all that is not the SDK   {whole - bare:6.0f} µs")
    say(f"    log line and metrics    {whole - silent:6.0f} µs")
    say(f"    Chalice and our code    {silent - bare:6.0f} µs\n")


def print_import_time() -> None:
    """`import app` with its clients made, beside `import boto3` with two clients.

    Until they are ready: the process then ends at once, without taking anything down.
    """
    environment = {
        "PATH": os.defpath,
        "AWS_LAMBDA_FUNCTION_NAME": "daypass-bench",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "DAYPASS_STATE_TABLE": "state",
        "DAYPASS_TRAIL_TABLE": "trail",
        "DAYPASS_ACCOUNT_ID": world.FIRM,
        "DAYPASS_PARTITION": "aws",
        "DAYPASS_FIRM_NAME": world.FIRM_NAME,
    }
    with tempfile.TemporaryDirectory() as folder:
        build = Path(folder) / "build"
        subprocess.run([sys.executable, ".chalice/package.py", build], check=True, stdout=2)
        path = f"import sys; sys.path.insert(0, {str(build / 'function')!r}); "
        programs = {
            "the package: import app, ready to vend": (["-S"], path + "import app"),
            "the checkout: import app, ready to vend": ([], "import app"),
            "import boto3 and two clients": (
                [],
                "import boto3; boto3.client('sts'); boto3.client('dynamodb')",
            ),
        }
        rounds = [
            [
                wall([*flags, "-c", f"{program}; import os; os._exit(0)"], environment)
                for flags, program in programs.values()
            ]
            for _ in range(16)
        ][1:]  # the first warms the page cache
    say("start of a process, compiled files in place")
    for name, times in zip(programs, zip(*rounds, strict=True), strict=True):
        ratio = statistics.median(t / r[-1] for t, r in zip(times, rounds, strict=True))
        say(f"  {name:42} {statistics.median(times):5.0f} ms   ratio {ratio:.2f}")
    say("")


def print_size() -> None:
    """The same vend with 10 and with 10,000 engagements and grants in the tables."""
    small, large = Worker(10), Worker(10_000)
    pairs = [(small.milliseconds(), large.milliseconds()) for _ in range(15)][1:]
    small.stop()
    large.stop()
    say("the same vend, DynamoDB and STS on this machine, by what the tables hold")
    for size, times in ((10, [p[0] for p in pairs]), (10_000, [p[1] for p in pairs])):
        say(f"  {size:6,} engagements and grants  {statistics.median(times):6.2f} ms")
    say(f"  ratio                            {statistics.median(b / a for a, b in pairs):6.2f}\n")


class Worker:
    """A process of its own, with a local AWS that holds this many engagements and grants."""

    def __init__(self, size: int) -> None:
        print(f"  … filling the tables with {size:,}", file=sys.stderr)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench", str(size)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._ask, self._answer = self._process.stdin, self._process.stdout
        self._answer.readline()

    def milliseconds(self) -> float:
        print("go", file=self._ask, flush=True)
        return float(self._answer.readline())

    def stop(self) -> None:
        self._ask.close()
        self._process.wait()


def work(size: int) -> None:
    with stack(aws_port=0, api_port=0) as running:
        token = firm.settle_in(running)["alice"]
        fill(running, size)
        print("ready", file=REPORT, flush=True)
        for _ in sys.stdin:
            began = time.perf_counter()
            for _ in range(20):
                request(running, token)
            print((time.perf_counter() - began) * 1000 / 20, file=REPORT, flush=True)


def fill(running: Running, size: int) -> None:
    """Engagements that alice has a grant for, each with a role."""
    client = running.aws.as_root(world.FIRM, "dynamodb")
    rows = (
        row_of(item).get_save_kwargs_from_instance()["Item"]
        for number in range(size)
        for item in engagement_items(f"client-{number}")
    )
    for batch in batches(rows, 25):
        puts = [{"PutRequest": {"Item": row}} for row in batch]
        client.batch_write_item(RequestItems={running.foundation.state_table: puts})


def engagement_items(name: str) -> tuple[Item, ...]:
    later = NOON + timedelta(days=3650)
    return (
        an_engagement(name, external_id=EXTERNAL_ID_PREFIX + name, ends_at=later),
        a_role(engagement=name),
        a_grant("alice", engagement=name, ends_at=later),
    )


def batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def request(running: Running, token: str) -> None:
    """One vend through the Lambda handler."""
    known = vend_event(token)
    fresh = known | {"requestContext": dict(known["requestContext"])}
    answer = running.app(fresh, None)
    if answer["statusCode"] != 201:
        raise SystemExit(answer["body"])


@cache
def vend_event(token: str) -> dict[str, Any]:
    """What API Gateway hands over; made once, since making it is not the vend's work."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    path = "/v1/engagements/acme-prod/sessions"
    return event("POST", path, headers=headers, body='{"role": "readonly"}')


def clients(ports: Ports) -> tuple[Any, Any]:
    return ports.state._connection.client, ports.sts._client  # type: ignore[attr-defined]


def cpu(action: Callable[[], None], times: int) -> float:
    """Microseconds of CPU of one run of the action."""
    began = time.process_time_ns()
    for _ in range(times):
        action()
    return (time.process_time_ns() - began) / times / 1000


def wall(arguments: list[str], environment: dict[str, str]) -> float:
    """Milliseconds of a fresh interpreter."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, check=True)
    return (time.perf_counter() - began) * 1000


def report_apart() -> TextIO:
    """Our own output; from here on the function's log lines are written, and not shown."""
    report = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return report


if __name__ == "__main__":
    REPORT = report_apart()
    main() if len(sys.argv) == 1 else work(int(sys.argv[1]))
