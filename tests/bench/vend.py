"""Measure a vend: its calls to AWS, its write units, and its CPU beside that of the SDK alone."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.awsrequest import AWSResponse

from chalicelib import bootstrap
from chalicelib.entrypoints.http import observability
from chalicelib.usecases.ports import Ports
from local.processes import RunningStack
from tests.bench.reporting import say
from tests.entrypoints.driver import event

# One attribute for each index of the trail: an item with the attribute is in the index.
INDEXED_BY = ("day", "engagement", "actor", "subject")
UNIT = 1024  # bytes


def calls_of_a_vend(running: RunningStack, token: str) -> tuple[list[str], list[int]]:
    """Return the AWS operations of one warm vend, in the SDK's order, and the write units of each
    put.

    A put costs 1 unit for each KB begun, in the table and again in every index that has the item.
    Sources: "DynamoDB item sizes and formats", "Managing throughput capacity".
    """
    request(running, token)
    with recorded_calls(*clients(bootstrap.ports())) as calls:
        request(running, token)
    names = [name for name, _ in calls]
    assert not [name for name in names if "Transact" in name], "a transaction costs twice as much"
    return names, [units_of(params["Item"]) for name, params in calls if name == "PutItem"]


@contextmanager
def recorded_calls(*clients: Any) -> Iterator[list[tuple[str, Any]]]:
    """Yield the operations that these clients call in the block, each with its parameters."""
    calls: list[tuple[str, Any]] = []

    def record(params: Any, model: Any, **_: Any) -> None:
        calls.append((model.name, params))

    for client in clients:
        client.meta.events.register("provide-client-params.*.*", record)
    yield calls
    for client in clients:
        client.meta.events.unregister("provide-client-params.*.*", record)


def units_of(item: dict[str, Any]) -> int:
    copies = 1 + sum(name in item for name in INDEXED_BY)
    return copies * -(-size({"M": item}) // UNIT)


def size(tagged: dict[str, Any]) -> int:
    """Return the bytes of a value: text, or a map, which adds 3 bytes and 1 for each element."""
    ((tag, value),) = tagged.items()
    if tag == "S":
        return len(value.encode())
    return 3 + sum(1 + len(name.encode()) + size(item) for name, item in value.items())


def cpu_of_a_vend(running: RunningStack, token: str) -> dict[str, list[float]]:
    """Return slices of CPU time in microseconds for three actions: the Lambda handler, the handler
    without its log line and metrics, and the SDK calls alone.

    The actions alternate. All get the same recorded responses from the same clients, without a
    network.
    """
    log = observability._log_request

    def silent() -> None:
        observability._log_request = lambda *_: None
        try:
            request(running, token)
        finally:
            observability._log_request = log

    with replayed(running, token) as sdk_calls:
        actions = {"whole": lambda: request(running, token), "silent": silent, "sdk": sdk_calls}
        for action in actions.values():
            cpu(action, 200)
        slices: dict[str, list[float]] = {name: [] for name in actions}
        for _ in range(60):
            for name, action in actions.items():
                slices[name].append(cpu(action, 25))
    return slices


@contextmanager
def replayed(running: RunningStack, token: str) -> Iterator[Callable[[], None]]:
    """Record one vend, then replay its responses. Yield an action that makes its SDK calls."""
    dynamodb, sts = clients(bootstrap.ports())
    requests: list[tuple[Callable[..., Any], Any]] = []
    responses: dict[str, AWSResponse] = {}
    sends = {}
    for client in (dynamodb, sts):
        session = client._endpoint.http_session
        sends[client] = session.send

        def record_response(sent: Any, send: Any = session.send) -> Any:
            response = send(sent)
            target = sent.headers.get("X-Amz-Target", b"AssumeRole")
            text = target.decode() if isinstance(target, bytes) else target
            content = response.content
            operation = text.rpartition(".")[2]
            responses[operation] = (response.status_code, dict(response.headers), content)
            return response

        session.send = record_response

        def record_request(params: Any, model: Any, client: Any = client, **_: Any) -> None:
            method = {v: k for k, v in client.meta.method_to_api_mapping.items()}[model.name]
            requests.append((getattr(client, method), json.loads(json.dumps(params))))

        client.meta.events.register_first(
            "provide-client-params.*.*", record_request, unique_id="bench"
        )
    request(running, token)
    for client in (dynamodb, sts):
        client.meta.events.unregister("provide-client-params.*.*", unique_id="bench")
        client._endpoint.http_session.send = lambda sent: replay(sent, responses)

    def sdk_calls() -> None:
        for method, params in requests:
            method(**params)

    try:
        yield sdk_calls
    finally:
        for client, send in sends.items():
            client._endpoint.http_session.send = send


def replay(sent: Any, responses: dict[str, Any]) -> AWSResponse:
    target = sent.headers.get("X-Amz-Target", b"AssumeRole")
    text = target.decode() if isinstance(target, bytes) else target
    status, headers, content = responses[text.rpartition(".")[2]]
    response = AWSResponse(sent.url, status, headers, None)
    response._content = content
    return response


def print_cpu(slices: dict[str, list[float]]) -> None:
    whole, silent, sdk = (statistics.median(slices[name]) for name in ("whole", "silent", "sdk"))
    pairs = zip(slices["whole"], slices["sdk"], strict=True)
    ratio = statistics.median(a / b for a, b in pairs)
    say("CPU of a vend, from the Lambda event to the response, without the network")
    say(f"  whole vend                {whole:6.0f} µs")
    say(f"  its SDK calls alone       {sdk:6.0f} µs   ratio {ratio:.2f}")
    say(f"  everything but the SDK    {whole - sdk:6.0f} µs")
    say(f"    log line and metrics    {whole - silent:6.0f} µs")
    say(f"    Chalice and Daypass     {silent - sdk:6.0f} µs\n")


def request(running: RunningStack, token: str) -> Any:
    """Vend once through the Lambda handler, and return the response."""
    template = vend_event(token)
    fresh = template | {"requestContext": dict(template["requestContext"])}
    response = running.app(fresh, None)
    if response["statusCode"] != 201:
        raise SystemExit(response["body"])
    return response


@cache
def vend_event(token: str) -> dict[str, Any]:
    """Return API Gateway's event. It is cached, because building it is not part of the vend."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    path = "/v1/engagements/acme-prod/sessions"
    return event("POST", path, headers=headers, body='{"role": "readonly"}')


def clients(ports: Ports) -> tuple[Any, Any]:
    return ports.state._tables.client, ports.sts._get_sts_client()  # type: ignore[attr-defined]


def cpu(action: Callable[[], None], times: int) -> float:
    """Return the CPU time of one run of the action in microseconds."""
    began = time.process_time_ns()
    for _ in range(times):
        action()
    return (time.process_time_ns() - began) / times / 1000
