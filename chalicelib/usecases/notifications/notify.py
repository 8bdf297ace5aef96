"""Notify people of what is on the trail.

A change and its entry are one step, so that no notification can be lost between them, and no change
waits for one. Daypass remembers what it has sent, and sends what failed again, in its order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.usecases.notifications.channel_run import ChannelRun, Ended
from chalicelib.usecases.notifications.ports import NotifyPorts
from chalicelib.usecases.notifications.trail_reader import RunClock, TrailReader

T = TypeVar("T")


class Notifying(Struct, kw_only=True):
    """What one run did. `told` counts sent notifications, `failed` those that could not be sent,
    and `given_up` those of them that will not be tried again; `late` counts the channels that did
    not reach the end in time. `ended` is how the worst channel ended."""

    told: int = 0
    failed: int = 0
    given_up: int = 0
    late: int = 0
    ended: Ended = Ended.ALL_DONE


def notify(
    notify_ports: NotifyPorts,
    *,
    time_left: Callable[[], float],
    failed: Callable[[Exception], None],
) -> Notifying:
    """Send what is due on each channel, whatever becomes of the others.

    `time_left` gives seconds. `failed` gets the errors of records that do not answer.
    """
    numbers = Notifying()
    clock = RunClock(time_left)
    ports = notify_ports.ports
    trail = TrailReader(ports, clock)
    for opened in _by_turns(notify_ports.channels, ports.now()):
        run = None
        try:
            channel = opened()
            if channel is None:
                continue
            run = ChannelRun(ports, channel, clock, trail)
            ended = run.run()
        except FactsChanged:
            ended = Ended.ANOTHER_RUN
        except Unavailable as error:
            failed(error)
            ended = Ended.RECORDS_UNAVAILABLE
        if run is not None:
            numbers.told += run.told
            numbers.failed += run.failed
            numbers.given_up += run.given_up
        numbers.late += ended is Ended.OUT_OF_TIME
        numbers.ended = max(numbers.ended, ended, key=list(Ended).index)
    return numbers


def _by_turns(channels: Sequence[T], now: datetime) -> Sequence[T]:
    """Return the channels in an order that starts with another one each minute.

    Where one of them uses up the time, the next run starts with the next.
    """
    first = int(now.timestamp() // 60) % len(channels) if channels else 0
    return [*channels[first:], *channels[:first]]
