"""How requests for access ended, and how long their decisions took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from statistics import median

from chalicelib.domain.requests.outcomes import RequestOutcome
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.values import Value

_OUTCOMES = {
    RequestStatus.APPROVED: RequestOutcome.APPROVED,
    RequestStatus.DENIED: RequestOutcome.DENIED,
    RequestStatus.WITHDRAWN: RequestOutcome.WITHDRAWN,
    RequestStatus.EXPIRED: RequestOutcome.EXPIRED,
}
_DECIDED_BY_OTHERS = (RequestOutcome.APPROVED, RequestOutcome.DENIED)


class HistorySummary(Value, frozen=True, kw_only=True):
    """The outcomes of some requests, and the time that others took to decide them."""

    counts: Mapping[RequestOutcome, int]
    """The number of requests by outcome, without outcomes that none has."""
    median_seconds: float | None
    """The median time from a request to its approval or denial. None if no one else decided any."""


def find_outcome(request: AccessRequest, now: datetime) -> RequestOutcome | None:
    """Return how the request ended, or None if it has not."""
    if request.is_emergency:
        return RequestOutcome.EMERGENCY
    return _OUTCOMES.get(request.status_at(now))


def count_seconds_to_decision(request: AccessRequest, now: datetime) -> float | None:
    """Return how many seconds others took to decide the request. None if no one else decided it."""
    if find_outcome(request, now) not in _DECIDED_BY_OTHERS or request.decided_at is None:
        return None
    # The functions' clocks differ.
    return max((request.decided_at - request.created_at).total_seconds(), 0.0)


def summarise(requests: Iterable[AccessRequest], now: datetime) -> HistorySummary:
    """Return the outcomes of the requests that have ended."""
    requests = tuple(requests)
    outcomes = Counter(filter(None, (find_outcome(request, now) for request in requests)))
    seconds = [count_seconds_to_decision(request, now) for request in requests]
    decided_in = [each for each in seconds if each is not None]
    return HistorySummary(
        counts={outcome: outcomes[outcome] for outcome in RequestOutcome if outcomes[outcome]},
        median_seconds=median(decided_in) if decided_in else None,
    )
