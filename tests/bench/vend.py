"""What a vend costs: its calls to AWS, and its CPU beside that of the bare SDK calls."""

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
from local.processes import Running
from tests.bench.reporting import say
from tests.entrypoints.driver import event


def calls_of_a_vend(running: Running, token: str) -> list[str]:
    """The operations of one warm vend, in order, as the SDK sends them."""
    request(running, token)
    items: list[str] = []

    def note(model: Any, **_: Any) -> None:
        items.append(model.name)

    for client in clients(bootstrap.ports()):
        client.meta.events.register("before-call.*.*", note)
    request(running, token)
    for client in clients(bootstrap.ports()):
        client.meta.events.unregister("before-call.*.*", note)
    return items


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
        for _ in range(60):
            for name, action in actions.items():
                slices[name].append(cpu(action, 25))
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


def request(running: Running, token: str) -> None:
    """One vend through the Lambda handler."""
    existing = vend_event(token)
    fresh = existing | {"requestContext": dict(existing["requestContext"])}
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
    return ports.state._tables.client, ports.sts._client()  # type: ignore[attr-defined]


def cpu(action: Callable[[], None], times: int) -> float:
    """Microseconds of CPU of one run of the action."""
    began = time.process_time_ns()
    for _ in range(times):
        action()
    return (time.process_time_ns() - began) / times / 1000
