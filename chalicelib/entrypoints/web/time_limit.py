"""Limit the time in which a page reads, so that it answers before its function is ended.

API Gateway would answer in its place, without a page. A page begins no read after this time, and
says which parts it could not read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.ports import Ports

TIME_TO_BEGIN = 10.0
"""Seconds. One read takes 13 at most (three attempts, each with 1 s to connect and 3 to read), and
the function has 25."""


class TimeLimited:
    """A port that begins no call after the time is up. It raises Unavailable instead."""

    def __init__(self, port: object, ends_at: float) -> None:
        self._port, self._ends_at = port, ends_at

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._port, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if time.monotonic() >= self._ends_at:
                raise Unavailable(Reason.RECORDS_UNAVAILABLE)
            return method(*args, **kwargs)

        return call


def limit_time(ports: Ports) -> Ports:
    """Return the ports for a page, which begin no read of a table ten seconds from now."""
    ends_at = time.monotonic() + TIME_TO_BEGIN
    state, trail = (cast("Any", TimeLimited(port, ends_at)) for port in (ports.state, ports.trail))
    return replace(ports, state=state, trail=trail)
