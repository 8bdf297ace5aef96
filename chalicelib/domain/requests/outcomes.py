"""Say how requests ended, and how long their decisions took: from requests, and from trail
entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.requests.requests import AccessRequest, RequestStatus, moment_of_request
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Value


class RequestOutcome(StrEnum):
    """How a request ended, as the metric `RequestDecided` counts it."""

    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """No one decided it in time. No entry records that."""
    EMERGENCY = "emergency"
    """The member opened the access themself."""


class DecidedRequest(Value, frozen=True):
    """The outcome of a request."""

    outcome: RequestOutcome
    seconds: float | None
    """How long it took others to decide, in seconds. None if no one else decided, or the entry does
    not show it."""


_OUTCOMES: Mapping[Action, RequestOutcome] = {
    Action.REQUEST_APPROVE: RequestOutcome.APPROVED,
    Action.REQUEST_DENY: RequestOutcome.DENIED,
    Action.REQUEST_WITHDRAW: RequestOutcome.WITHDRAWN,
    Action.EMERGENCY_BEGIN: RequestOutcome.EMERGENCY,
}
_DECIDED_BY_OTHERS = (RequestOutcome.APPROVED, RequestOutcome.DENIED)


def find_decided_request(entry: Entry) -> DecidedRequest | None:
    """Return the outcome of the request that the entry decides. Return None for another entry, and
    for an approval that is not the last one that the request needs."""
    outcome = _OUTCOMES.get(entry.action)
    if outcome is None or entry.outcome is not Outcome.DONE:
        return None
    if outcome is RequestOutcome.APPROVED and entry.detail("waiting_for"):
        return None
    asked_at = moment_of_request(entry.detail("request"))
    if outcome not in _DECIDED_BY_OTHERS or asked_at is None:
        return DecidedRequest(outcome, None)
    # The ID has whole seconds, and clocks differ.
    return DecidedRequest(outcome, max((entry.at - asked_at).total_seconds(), 0.0))


def find_outcome(request: AccessRequest, now: datetime) -> RequestOutcome | None:
    """Return how the request ended, or None if it has not."""
    if request.is_emergency:
        return RequestOutcome.EMERGENCY
    status = request.status_at(now)
    return None if status is RequestStatus.PENDING else RequestOutcome(status)


def count_seconds_to_decision(request: AccessRequest, now: datetime) -> int | None:
    """Return how many seconds others took to decide the request. None if no one else decided it."""
    if find_outcome(request, now) not in _DECIDED_BY_OTHERS or request.decided_at is None:
        return None
    # The functions' clocks differ.
    return max(int((request.decided_at - request.created_at).total_seconds()), 0)
