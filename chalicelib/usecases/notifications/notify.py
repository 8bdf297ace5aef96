"""Notify people of what is on the trail.

A change and its entry are one step, so that no notification can be lost between them, and no change
waits for one. Daypass remembers what it has sent, and sends what failed again, in its order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.usecases.notifications.channel_run import ChannelRun, Ended, Notifying
from chalicelib.usecases.notifications.ports import NotifyPorts
from chalicelib.usecases.notifications.reading import TIME_FOR_ONE, NoTimeLeft, trail_reader

T = TypeVar("T")


def notify(
    notify_ports: NotifyPorts,
    *,
    time_left: Callable[[], float],
    failed: Callable[[Exception], None],
) -> Notifying:
    """Send what is due on each channel, whatever becomes of the others. `time_left` gives seconds;
    `failed` gets the errors of records that do not answer."""
    numbers = Notifying()
    ports = notify_ports.ports

    def check() -> None:
        if time_left() < TIME_FOR_ONE:
            raise NoTimeLeft

    trail = trail_reader(ports, check)
    for opened in _by_turns(notify_ports.channels, ports.now()):
        try:
            channel = opened()
            if channel is None:
                continue
            ended = ChannelRun(ports, channel, check, trail, numbers).run()
        except FactsChanged:
            ended = Ended.ANOTHER_RUN
        except Unavailable as error:
            failed(error)
            ended = Ended.RECORDS_UNAVAILABLE
        numbers.late += ended is Ended.OUT_OF_TIME
        numbers.ended = max(numbers.ended, ended, key=list(Ended).index)
    return numbers


def _by_turns(channels: Sequence[T], now: datetime) -> Sequence[T]:
    """Return the channels, each minute beginning with another, so that none starves the others."""
    first = int(now.timestamp() // 60) % len(channels) if channels else 0
    return [*channels[first:], *channels[:first]]
