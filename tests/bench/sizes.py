"""Compare a vend with 10 and with 10,000 engagements and grants in the tables."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from chalicelib.adapters.dynamodb.rows import build_row
from chalicelib.domain.identifiers import EXTERNAL_ID_PREFIX
from chalicelib.domain.values import Item
from local import sample_accounts, sample_data
from local.processes import RunningStack, stack
from tests.bench.reporting import REPORT, say
from tests.bench.vend import request
from tests.builders import NOON, a_grant, a_role, an_engagement


def print_size() -> None:
    """Print the time of a vend with small and with large tables, and their ratio."""
    small, large = Worker(10), Worker(10_000)
    pairs = [(small.milliseconds(), large.milliseconds()) for _ in range(15)][1:]
    small.stop()
    large.stop()
    say("the same vend with small and large tables, DynamoDB and STS on this machine")
    for size, times in ((10, [p[0] for p in pairs]), (10_000, [p[1] for p in pairs])):
        say(f"  {size:6,} engagements and grants  {statistics.median(times):6.2f} ms")
    say(f"  ratio                            {statistics.median(b / a for a, b in pairs):6.2f}\n")


class Worker:
    """A separate process with a local AWS whose tables hold this many engagements and grants."""

    def __init__(self, size: int) -> None:
        print(f"  … filling the tables with {size:,}", file=sys.stderr)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.sizes", str(size)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._requests, self._results = self._process.stdin, self._process.stdout
        self._results.readline()

    def milliseconds(self) -> float:
        print("go", file=self._requests, flush=True)
        return float(self._results.readline())

    def stop(self) -> None:
        self._requests.close()
        self._process.wait()


def work(size: int) -> None:
    """Print the milliseconds of one vend, averaged over 20, for each line of standard input."""
    with stack(aws_port=0, api_port=0) as running:
        token = sample_data.create_sample_data(running)["alice"]
        fill(running, size)
        print("ready", file=REPORT, flush=True)
        for _ in sys.stdin:
            began = time.perf_counter()
            with running.functions.running("Enter"):
                for _ in range(20):
                    request(running, token)
            print((time.perf_counter() - began) * 1000 / 20, file=REPORT, flush=True)


def fill(running: RunningStack, size: int) -> None:
    """Store this many engagements, each with a role and a grant for alice."""
    client = running.aws.as_root(sample_accounts.FIRM, "dynamodb")
    rows = (
        build_row(item).get_save_kwargs_from_instance()["Item"]
        for number in range(size)
        for item in engagement_items(f"client-{number}")
    )
    for batch in batches(rows, 25):
        puts = [{"PutRequest": {"Item": row}} for row in batch]
        client.batch_write_item(RequestItems={running.foundation.state_table: puts})


def engagement_items(name: str) -> tuple[Item, ...]:
    earlier, later = NOON - timedelta(days=60), NOON + timedelta(days=3650)
    return (
        an_engagement(name, external_id=EXTERNAL_ID_PREFIX + name, ends_at=later),
        a_role(engagement=name),
        a_grant("alice", engagement=name, created_at=earlier, starts_at=earlier, ends_at=later),
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


if __name__ == "__main__":
    work(int(sys.argv[1]))
