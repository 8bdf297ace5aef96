"""Notify people of trail entries.

A change and its trail entry are written in one transaction. Notifications are sent afterwards, from
the entries, so that none is lost and no change waits for one. Daypass stores which notifications it
has sent, and retries failed ones in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.values import Value
from chalicelib.usecases.lists import iterate_list, read_again
from chalicelib.usecases.notifications.channel_run import Channel, ChannelRun, RequestNotices
from chalicelib.usecases.notifications.trail_run import (
    SECONDS_FOR_ONE_NOTIFICATION,
    NoTimeLeft,
    RunContext,
    RunEnd,
    RunSummary,
    build_trail_reader,
)
from chalicelib.usecases.ports import Ports

T = TypeVar("T")


class NotifyPorts(Value):
    """All ports of notifying."""

    ports: Ports
    channels: tuple[Callable[[], Channel | None], ...]
    """Functions that open one channel each: None if it is not set up, Unavailable if that is
    unknown."""
    client_mail: Callable[[RunContext], RunEnd] | None = None
    """Runs the mails to people at clients once. None if this deployment sends none."""
    requests: RequestNotices | None = None
    """The notices of requests that wait or have expired. None if no one is notified of these."""


def notify(
    notify_ports: NotifyPorts,
    *,
    time_left: Callable[[], float],
    report_failure: Callable[[Exception], None],
) -> RunSummary:
    """Send the due notifications on each channel, and return the result of the run.

    A channel's failure does not affect the others. `time_left` returns the seconds that the run
    has left. `report_failure` gets the error if Daypass's tables or a channel are unavailable.
    """
    summary = RunSummary()
    ports = notify_ports.ports

    def require_time() -> None:
        if time_left() < SECONDS_FOR_ONE_NOTIFICATION:
            raise NoTimeLeft

    # Without both, this deployment has no one to notify, and reads nothing.
    if notify_ports.channels or notify_ports.client_mail is not None:
        try:
            summary.expired = count_expired_requests(ports)
        except Unavailable as error:
            report_failure(error)
    context = RunContext(
        ports=ports,
        require_time=require_time,
        read_events=build_trail_reader(ports, require_time),
        summary=summary,
    )

    def run_channel(open_channel: Callable[[], Channel | None]) -> RunEnd:
        """Open the channel and run it once. A channel that is not set up has nothing to do."""
        channel = open_channel()
        if channel is None:
            return RunEnd.ALL_DONE
        return ChannelRun(context, channel, notify_ports.requests).run()

    runs = [partial(run_channel, open_channel) for open_channel in notify_ports.channels]
    if notify_ports.client_mail is not None:
        runs.append(partial(notify_ports.client_mail, context))
    for run in _rotate_channels(runs, ports.now()):
        try:
            channel_end = run()
        except FactsChanged:
            channel_end = RunEnd.ANOTHER_RUN
        except Unavailable as error:
            report_failure(error)
            channel_end = RunEnd.RECORDS_UNAVAILABLE
        summary.late += channel_end is RunEnd.OUT_OF_TIME
        # RunEnd lists the ends from best to worst. Keep the worst.
        summary.ended = max(summary.ended, channel_end, key=list(RunEnd).index)
    return summary


def _rotate_channels(channels: Sequence[T], now: datetime) -> Sequence[T]:
    """Return the channels, starting with another one each minute, so that none starves the
    others."""
    first = int(now.timestamp() // 60) % len(channels) if channels else 0
    return [*channels[first:], *channels[:first]]


BETWEEN_RUNS = timedelta(minutes=1)
"""Notify runs once a minute, and each run counts one minute. If a run is missed, its minute is not
counted."""

READ_SIZE = 50
"""The list goes on with requests that expire later, which no run needs to read."""


def count_expired_requests(ports: Ports) -> int:
    """Return how many requests expired in the last whole minute. BETWEEN_RUNS is a minute.

    The list of undecided requests may lag, so read each request again.
    """
    # The list is sorted by expiry. Its keys begin with the time, so a time can be the cursor.
    until = ports.now().replace(second=0, microsecond=0)
    cursor = format_sortable(until - BETWEEN_RUNS)
    keys = []
    for listed in iterate_list(ports.state, AccessRequest, READ_SIZE, cursor):
        if listed.expires_at >= until:
            break
        keys.append(listed.key)
    requests = read_again(ports.state, AccessRequest, keys)
    return sum(request.status_at(until) is RequestStatus.EXPIRED for request in requests)
