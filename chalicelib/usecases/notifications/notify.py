"""Notify people of trail entries.

A change and its entry are one transaction, so no notification is lost, and no change waits for one.
Daypass stores what it has sent, and retries failed notifications in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.usecases.notifications.channel_run import ChannelRun, RunEnd, RunSummary
from chalicelib.usecases.notifications.ports import NotifyPorts
from chalicelib.usecases.notifications.trail_reader import (
    SECONDS_FOR_ONE_NOTIFICATION,
    NoTimeLeft,
    build_trail_reader,
)

T = TypeVar("T")


def notify(
    notify_ports: NotifyPorts,
    *,
    time_left: Callable[[], float],
    failed: Callable[[Exception], None],
) -> RunSummary:
    """Send what is due on each channel. A channel's failure does not affect the others. `time_left`
    returns seconds; `failed` gets errors of the records."""
    summary = RunSummary()
    ports = notify_ports.ports

    def check() -> None:
        if time_left() < SECONDS_FOR_ONE_NOTIFICATION:
            raise NoTimeLeft

    trail = build_trail_reader(ports, check)
    for open_channel in _rotate_channels(notify_ports.channels, ports.now()):
        try:
            channel = open_channel()
            if channel is None:
                continue
            ended = ChannelRun(ports, channel, check, trail, summary).run()
        except FactsChanged:
            ended = RunEnd.ANOTHER_RUN
        except Unavailable as error:
            failed(error)
            ended = RunEnd.RECORDS_UNAVAILABLE
        summary.late += ended is RunEnd.OUT_OF_TIME
        summary.ended = max(summary.ended, ended, key=list(RunEnd).index)
    return summary


def _rotate_channels(channels: Sequence[T], now: datetime) -> Sequence[T]:
    """Return the channels, starting with another one each minute, so that none starves the
    others."""
    first = int(now.timestamp() // 60) % len(channels) if channels else 0
    return [*channels[first:], *channels[:first]]
