"""Run calls to AWS concurrently in threads (the SideBySide port)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from operator import call
from typing import TypeVar

T = TypeVar("T")

# Fewer than the 10 connections of a botocore client, and few enough that a check does not use up
# the account's rate limit of AWS STS.
AT_ONCE = 8


def side_by_side(calls: Iterable[Callable[[], T]]) -> Generator[T, None, None]:
    from concurrent.futures import ThreadPoolExecutor  # a vend must not wait for this import

    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield from threads.map(call, calls)
