"""The SideBySide port on threads: what is waited for is AWS."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from operator import call
from typing import TypeVar

T = TypeVar("T")

# Fewer than the connections that a client of botocore keeps, which is 10; and few enough that a
# check does not eat up what AWS STS lets one account ask for in a second.
AT_ONCE = 8


def side_by_side(calls: Iterable[Callable[[], T]]) -> Generator[T, None, None]:
    from concurrent.futures import ThreadPoolExecutor  # no vend should wait for it

    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield from threads.map(call, calls)
