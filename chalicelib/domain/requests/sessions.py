"""The sessions that a member got under an approved request, as the trail shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.values import Value
from chalicelib.domain.vending.intents import Vend, group_by_vend, latest_session_end


class RequestSession(Value, frozen=True, kw_only=True):
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
