"""Say how requests ended, how long their decisions took, and which sessions followed: from
requests, and from trail entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.requests.requests import AccessRequest, RequestStatus, moment_of_request
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Value
from chalicelib.domain.vending.vends import Vend, group_by_vend, latest_session_end


class RequestOutcome(StrEnum):
    """How a request ended, as the metric `RequestDecided` counts it."""

    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """No one decided it in time. No entry records that."""
    EMERGENCY = "emergency"
    """The member opened the access themself."""


class DecidedRequest(Value, kw_only=False):
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
    """Return the outcome of the request that the entry decides and, if others decided it, how long
    they took. Return None for another entry, and for an approval that is not the last one that the
    request needs."""
    outcome = _OUTCOMES.get(entry.action)
    if outcome is None or entry.outcome is not Outcome.DONE:
        return None
    if outcome is RequestOutcome.APPROVED and entry.detail("waiting_for"):
        return None
    asked_at = moment_of_request(entry.detail("request"))
    if outcome not in _DECIDED_BY_OTHERS or asked_at is None:
        return DecidedRequest(outcome, seconds=None)
    # The ID has whole seconds, and clocks differ.
    return DecidedRequest(outcome, max((entry.at - asked_at).total_seconds(), 0.0))


def find_outcome(request: AccessRequest, now: datetime) -> RequestOutcome | None:
    """Return how the request ended, or None if it has not."""
    if request.is_emergency:
        return RequestOutcome.EMERGENCY
    status = request.status_at(now)
    return None if status is RequestStatus.WAITING else RequestOutcome(status)


def count_seconds_to_decision(request: AccessRequest, now: datetime) -> int | None:
    """Return how many seconds others took to decide the request. None if no one else decided it."""
    if find_outcome(request, now) not in _DECIDED_BY_OTHERS or request.decided_at is None:
        return None
    # The functions' clocks differ.
    return max(int((request.decided_at - request.created_at).total_seconds()), 0)


class RequestSession(Value):
    """One attempt to get a session under an approved request."""

    vend: str
    """The session's ID on the trail."""
    began_at: datetime
    session_name: str
    """The name that the client's CloudTrail shows."""
    outcome: Outcome | None
    """ISSUED, WITHHELD or FAILED. None if the trail has no outcome: treat it as issued."""
    ends_by: datetime
    """The latest time at which the session can end."""
    given_back_at: datetime | None
    revoked_at: datetime | None
    said: str
    """The member's reason for the session. Empty if they gave none."""

    def may_be_alive(self, now: datetime) -> bool:
        """Return whether the session's credentials may work now."""
        return self.outcome is not Outcome.FAILED and now < self.ends_by


def list_request_sessions(entries: Iterable[Entry], request: str) -> tuple[RequestSession, ...]:
    """Return the sessions whose intents name this request, the latest first."""
    vends = group_by_vend(entries)
    sessions = (_build_session(vend) for vend in vends if vend.intent.detail("request") == request)
    return tuple(sorted(sessions, key=lambda each: each.began_at, reverse=True))


def _build_session(vend: Vend) -> RequestSession:
    intent, outcome = vend.intent, vend.outcome
    expires_at = outcome.detail("expires_at") if outcome is not None else ""
    return RequestSession(
        vend=intent.vend,
        began_at=intent.at,
        session_name=intent.detail("session_name"),
        outcome=outcome.outcome if outcome is not None else None,
        ends_by=datetime.fromisoformat(expires_at) if expires_at else latest_session_end(intent),
        given_back_at=vend.given_back.at if vend.given_back is not None else None,
        revoked_at=vend.revoked.at if vend.revoked is not None else None,
        said=intent.detail("said"),
    )
