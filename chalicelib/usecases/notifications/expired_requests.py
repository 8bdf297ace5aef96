"""Count the requests for access that no one decided in time.

No one writes anything when a request expires. So each run counts those of one minute, and no two
runs count the same minute.
"""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.moments import format_sortable
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.usecases.lists import iterate_list, read_again
from chalicelib.usecases.ports import Ports

BETWEEN_RUNS = timedelta(minutes=1)
"""Notify runs once a minute. If a run is missed, its minute is not counted."""

READ_SIZE = 50
"""The list goes on with requests that expire later, which no run needs to read."""


def count_expired_requests(ports: Ports) -> int:
    """Return how many requests expired in the last whole minute.

    The list of undecided requests may lag, so read each request again.
    """
    until = ports.now().replace(second=0, microsecond=0)
    cursor = format_sortable(until - BETWEEN_RUNS)
    keys = []
    for listed in iterate_list(ports.state, AccessRequest, READ_SIZE, cursor):
        if listed.expires_at >= until:
            break
        keys.append(listed.key)
    requests = read_again(ports.state, AccessRequest, keys)
    return sum(request.status_at(until) is RequestStatus.EXPIRED for request in requests)
