"""Measure the pages of the web console with 10 and with 10,000 engagements: bytes, calls to AWS and
milliseconds; and how long the first page takes if no container is running."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from chalicelib import bootstrap
from chalicelib.entrypoints.web.cookies import SESSION
from local import sample_data
from local.functions import function_for_route
from local.processes import RunningStack, stack
from tests.bench.reporting import REPORT, say
from tests.bench.sizes import fill
from tests.bench.starts import cold_start, print_beside
from tests.e2e.web.pages import LEADS_PAGES, create_more
from tests.entrypoints.driver import event
from tests.runtime_api import ENVIRONMENT

SIZES = (10, 10_000)
ROUNDS = 5
MOST_CALLS = 40


def print_pages() -> None:
    """Print what each page takes with few and with many engagements."""
    few, many = (measure_in_process(size) for size in SIZES)
    say("pages of the web console, for a lead, with 10 and with 10,000 engagements and grants")
    say(f"  {'':56} {'calls':>11} {'KB':>11} {'ms':>13}")
    for page, (calls, size, milliseconds) in few.items():
        more_calls, more_size, longer = many[page]
        say(
            f"  /web/{page:51} {calls:4} {more_calls:6} {size / 1000:5.0f} {more_size / 1000:5.0f}"
            f" {milliseconds:6.0f} {longer:6.0f}"
        )
    most = max(calls for calls, _, _ in many.values())
    say(f"  at most {most} calls (the limit is {MOST_CALLS})\n")


def measure_in_process(size: int) -> dict[str, tuple[int, int, float]]:
    """Return the calls, bytes and milliseconds of each page, from a process of its own."""
    print(f"  … filling the tables with {size:,}", file=sys.stderr)
    command = [sys.executable, "-m", "tests.bench.pages", str(size)]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    measured: dict[str, tuple[int, int, float]] = json.loads(output)
    return measured


def measure(size: int) -> dict[str, tuple[int, int, float]]:
    """Return the calls, bytes and milliseconds of each page with so many engagements."""
    from chalicelib.entrypoints.web.overview_job import overview
    from tests.e2e.roles.story import Context

    with stack(aws_port=0, api_port=0) as running:
        tokens = sample_data.create_sample_data(running)
        names = create_more(lambda person: sample_data.Api(running.api_url, tokens[person]))
        fill(running, size)
        with running.functions.running("Overview"):
            assert overview({}, Context())["ended"] == "all-done"
        cookie = sign_in(running, tokens["lena"])
        return {page: measure_page(running, page.format_map(names), cookie) for page in LEADS_PAGES}


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


def measure_page(running: RunningStack, page: str, cookie: str) -> tuple[int, int, float]:
    path, _, text = f"/web/{page}".partition("?")
    query = dict(urllib.parse.parse_qsl(text))

    def open_page() -> dict[str, Any]:
        response = send(running, "GET", path.rstrip("/"), None, {"Cookie": cookie}, query)
        if response["statusCode"] not in (200, 303):
            raise SystemExit(f"{page}: {response['statusCode']} {response['body']}")
        return response

    open_page()
    with counted_calls(running) as calls:
        size = len(open_page()["body"].encode())
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        open_page()
        times.append((time.perf_counter() - began) * 1000)
    return len(calls), size, statistics.median(times)


@contextmanager
def counted_calls(running: RunningStack) -> Iterator[list[str]]:
    """Yield the list of the operations that the console's function calls in the block."""
    client = running.functions.ports("Web").state._tables.client  # type: ignore[attr-defined]
    operations: list[str] = []

    def record(model: Any, **_: Any) -> None:
        operations.append(model.name)

    client.meta.events.register("before-call.*.*", record)
    yield operations
    client.meta.events.unregister("before-call.*.*", record)


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


def print_first_page(function: Path, minimal: Path) -> None:
    """Print the time to a page if no container is running, beside a function that only creates two
    clients."""
    with ExitStack() as rest:
        running = rest.enter_context(stack(aws_port=0, api_port=0))
        cookie = sign_in(running, sample_data.create_sample_data(running)["lena"])
        environment = {
            name: value
            for name, value in ENVIRONMENT.items()
            if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        } | running.functions.credentials("Web")
        environment |= {
            "DAYPASS_FUNCTION": "Web",
            "DAYPASS_STATE_TABLE": running.foundation.state_table,
            "DAYPASS_TRAIL_TABLE": running.foundation.trail_table,
            "AWS_ENDPOINT_URL": running.aws.url,
        }
        page = json.dumps(event("GET", "/web/engagements", headers={"Cookie": cookie})).encode()
        print_beside(
            "a page of the web console while no container runs, to the response",
            {
                "the zip: the page of engagements": lambda: cold_start(
                    function, "app.app", page, environment
                ),
                "a function with boto3 and two clients": lambda: cold_start(
                    minimal, "minimal.handler"
                ),
            },
        )


if __name__ == "__main__":
    assert bootstrap
    print(json.dumps(measure(int(sys.argv[1]))), file=REPORT, flush=True)
