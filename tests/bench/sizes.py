"""Measure a vend and the pages of the web console with 10, 60 and 10,000 engagements and grants in
the tables: calls to AWS, bytes and milliseconds."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb.rows import build_row
from chalicelib.domain.identifiers import EXTERNAL_ID_PREFIX
from chalicelib.domain.text import join_words
from chalicelib.domain.values import Item
from chalicelib.entrypoints.web.request import SESSION
from local import sample_accounts, sample_data
from local.functions import function_for_route
from local.processes import RunningStack, stack
from tests.bench.reporting import REPORT, say
from tests.bench.vend import clients, recorded_calls, request
from tests.builders import NOON, a_grant, a_role, an_engagement
from tests.e2e.web.pages import LEADS_PAGES, create_more
from tests.entrypoints.driver import event

SIZES = (10, 60, 10_000)
ROUNDS = 9
MOST_CALLS = 50
MATRIX = "/web/matrix"  # makes a call for each of 80 engagements


def print_sizes() -> None:
    """Print what a vend and each page take with few and with many engagements."""
    measured = [measure_in_process(size) for size in SIZES]
    sizes = join_words([f"{size:,}" for size in SIZES])
    say(f"a vend, and a lead's pages, with {sizes} engagements and grants")
    say(f"  {'':48} {'calls':>17} {'KB':>17} {'ms':>23}")
    for name in measured[0]:
        calls, bytes_, milliseconds = zip(*(each[name] for each in measured), strict=True)
        say(
            f"  {name:48} {''.join(f'{each:6}' for each in calls)}"
            f" {''.join(f'{each / 1000:6.0f}' for each in bytes_)}"
            f" {''.join(f'{each:8.1f}' for each in milliseconds)}"
        )
    most = max(each[name][0] for each in measured for name in each if name != MATRIX)
    matrix = measured[-1][MATRIX][0]
    say(f"  at most {most} calls (the limit is {MOST_CALLS}), and {matrix} for {MATRIX}\n")


def measure_in_process(size: int) -> dict[str, tuple[int, int, float]]:
    """Return the calls, bytes and milliseconds of each action, from a process of its own."""
    print(f"  … filling the tables with {size:,}", file=sys.stderr)
    command = [sys.executable, "-m", "tests.bench.sizes", str(size)]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    measured: dict[str, tuple[int, int, float]] = json.loads(output)
    return measured


def measure(size: int) -> dict[str, tuple[int, int, float]]:
    """Return the calls, bytes and milliseconds of each action with so many engagements."""
    from chalicelib.entrypoints.engagements.overview_job import overview
    from tests.e2e.roles.story import Context

    with stack(aws_port=0, api_port=0) as running:
        tokens = sample_data.create_sample_data(running)
        names = create_more(lambda person: sample_data.Api(running.api_url, tokens[person]))
        fill(running, size)
        with running.functions.running("Overview"):
            assert overview({}, Context())["ended"] == "all-done"
        with running.functions.running("Enter"):
            vend = measure_action(
                lambda: request(running, tokens["alice"]),
                *clients(running.functions.ports("Enter")),
            )
        headers = {"Cookie": sign_in(running, tokens["lena"])}
        client, _ = clients(running.functions.ports("Web"))
        pages = {page: f"/web/{page.format_map(names)}".rstrip("/") for page in LEADS_PAGES}
        return {"a vend": vend} | {
            f"/web/{page}": measure_action(partial(open_page, running, path, headers), client)
            for page, path in pages.items()
        }


def sign_in(running: RunningStack, token: str) -> str:
    """Return the cookie of a browser in which the token's member is signed in."""
    url: str = sample_data.Api(running.api_url, token)("POST", "/v1/me/web-links")["url"]
    path = "/web/" + url.partition("/web/")[2]
    response = send(
        running, "POST", path, "", {"Content-Type": "application/x-www-form-urlencoded"}
    )
    cookie: str = response["headers"]["Set-Cookie"].partition(";")[0]
    assert cookie.startswith(SESSION)
    return cookie


def open_page(running: RunningStack, path: str, headers: dict[str, str]) -> Any:
    path, _, query = path.partition("?")
    response = send(running, "GET", path, None, headers, dict(urllib.parse.parse_qsl(query)))
    if response["statusCode"] not in (200, 303):
        raise SystemExit(f"{path}: {response['statusCode']} {response['body']}")
    return response


def measure_action(action: Callable[[], Any], *clients: Any) -> tuple[int, int, float]:
    """Return the calls of these clients, and the bytes of the response; and the median time."""
    action()
    with recorded_calls(*clients) as calls:
        size = len(action()["body"].encode())
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        action()
        times.append((time.perf_counter() - began) * 1000)
    return len(calls), size, statistics.median(times)


def send(
    running: RunningStack,
    method: str,
    path: str,
    body: str | None,
    headers: dict[str, str],
    query: dict[str, str] | None = None,
) -> Any:
    """Send a request to the function of its route."""
    request = event(method, path, headers=headers, query=query, body=body)
    request["requestContext"]["domainName"] = "127.0.0.1"
    with running.functions.running(function_for_route(method, request["resource"])):
        return running.app(request, None)


def fill(running: RunningStack, size: int) -> None:
    """Store this many engagements, each with a role and a grant for alice."""
    client = running.aws.as_root(sample_accounts.FIRM, "dynamodb")
    puts = [
        {"PutRequest": {"Item": build_row(item).get_save_kwargs_from_instance()["Item"]}}
        for number in range(size)
        for item in engagement_items(f"client-{number}")
    ]
    for start in range(0, len(puts), 25):
        batch = {running.foundation.state_table: puts[start : start + 25]}
        client.batch_write_item(RequestItems=batch)


def engagement_items(name: str) -> tuple[Item, ...]:
    earlier, later = NOON - timedelta(days=60), NOON + timedelta(days=3650)
    return (
        an_engagement(name, external_id=EXTERNAL_ID_PREFIX + name, ends_at=later),
        a_role(engagement=name),
        a_grant("alice", engagement=name, created_at=earlier, starts_at=earlier, ends_at=later),
    )


if __name__ == "__main__":
    assert bootstrap
    print(json.dumps(measure(int(sys.argv[1]))), file=REPORT, flush=True)
