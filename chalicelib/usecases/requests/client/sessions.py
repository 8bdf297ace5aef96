"""Count the sessions that members got under the client's approval."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.values import Value
from chalicelib.domain.vending.intents import group_by_vend
from chalicelib.usecases.ports import Ports

_MAX_VEND_ENTRIES = 2000
"""The most entries that are read of one member's vends."""


class SessionUse(Value, frozen=True, kw_only=True):
    """The sessions that a member got under one request."""

    count: int = 0
    last_at: datetime | None = None
    is_complete: bool = True
    """False if there were too many entries to count them all."""


def count_sessions(ports: Ports, requests: list[AccessRequest]) -> dict[str, SessionUse]:
    """Return, by request, the sessions that Daypass may have handed over under it."""
    approved = [each for each in requests if each.decided_at is not None and each.number]
    since: dict[str, datetime] = {}
    for request in approved:
        decided_at = request.decided_at or request.created_at
        since[request.member] = min(since.get(request.member, decided_at), decided_at)
    uses: dict[str, SessionUse] = {}
    for member, moment in since.items():
        entries = list(islice(ports.trail.vends(member, moment), _MAX_VEND_ENTRIES))
        is_complete = len(entries) < _MAX_VEND_ENTRIES
        for request in (each for each in approved if each.member == member):
            uses[request.id] = _count_vends(entries, request.id, is_complete=is_complete)
    return uses


def _count_vends(entries: list[Entry], request: str, *, is_complete: bool) -> SessionUse:
    """Return the sessions of these vends under the request. A vend without an outcome counts,
    because AWS may have issued its session."""
    begun = [
        vend.intent.at
        for vend in group_by_vend(entries)
        if vend.intent.detail("request") == request
        and (vend.outcome is None or vend.outcome.outcome is Outcome.ISSUED)
    ]
    return SessionUse(count=len(begun), last_at=max(begun, default=None), is_complete=is_complete)
