"""The sample firm's sessions of the last two months, which the trail and the web console show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from local.functions import Functions

if TYPE_CHECKING:
    from chalicelib.domain.vending.access import Terms
    from chalicelib.domain.vending.vends import Credentials
    from chalicelib.usecases.ports import Sts

HISTORY = timedelta(days=60)
"""How long ago the firm began to use Daypass."""
_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY, _FRIDAY = range(5)
_ADDRESS = "203.0.113.24"


@dataclass(frozen=True, slots=True)
class Routine:
    """Work that a member does in a client's account on some days of the week."""

    member: str
    engagement: str
    role: str
    at: time
    weekdays: tuple[int, ...]
    reason: str
    last_day: int = 1
    """How many days ago the work ended."""


ROUTINES = (
    Routine("alice", "acme-prod", "readonly", time(9, 10), (_MONDAY, _TUESDAY, _THURSDAY),
            "look into the slow checkout"),
    Routine("alice", "acme-prod", "deploy", time(14, 30), (_WEDNESDAY,), "weekly release"),
    Routine("bob", "globex", "readonly", time(10, 40), (_TUESDAY, _FRIDAY),
            "nightly report failed", last_day=35),
)  # fmt: skip
"""The access review proposes to end two grants: Bob has not used his for 35 days, and Alice has
never used hers for hooli."""


class _EarlierSts:
    """AWS STS, as if it had issued its sessions at this moment."""

    def __init__(self, sts: Sts, moment: datetime) -> None:
        self._sts, self._moment = sts, moment

    def issue(self, terms: Terms, session_name: str) -> Credentials:
        credentials = self._sts.issue(terms, session_name)
        expires_at = self._moment + timedelta(seconds=terms.duration)
        return replace(credentials, expires_at=expires_at)


def create_history(functions: Functions, tokens: Mapping[str, str]) -> None:
    """Vend the routines' sessions of each day since the firm began, up to yesterday."""
    now = datetime.now(UTC)
    for days in range(HISTORY.days - 1, 0, -1):
        day = (now - timedelta(days=days)).date()
        for routine in ROUTINES:
            if days >= routine.last_day and day.weekday() in routine.weekdays:
                moment = datetime.combine(day, routine.at, UTC)
                vend_at(functions, routine, tokens[routine.member], moment)


def vend_at(functions: Functions, routine: Routine, token: str, moment: datetime) -> None:
    """Vend a session as the member, at this moment. Other functions that run in the meantime keep
    the present time."""
    from chalicelib.domain.people.tokens import parse_token
    from chalicelib.domain.vending.access import SessionRequest
    from chalicelib.usecases.ports import RequestOrigin
    from chalicelib.usecases.vending.vend import vend

    presented = parse_token(token)
    if presented is None:
        raise ValueError(f"the token of {routine.member} is malformed")
    request = SessionRequest(role=routine.role, reason=routine.reason)
    with functions.running("Enter"):
        ports = functions.ports("Enter")
        ports = replace(ports, now=lambda: moment, sts=_EarlierSts(ports.sts, moment))
        vend(ports, RequestOrigin(presented, _ADDRESS), routine.engagement, request)
