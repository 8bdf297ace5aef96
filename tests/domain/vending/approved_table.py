"""Access decisions about roles that need an approved grant: one row for each condition."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import SessionRequest, decide_access
from tests.builders import (
    a_block,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request_id,
    an_approved_grant,
    an_engagement,
    presented_by,
    some_facts,
)
from tests.domain.rows import Row
from tests.domain.vending.access_links_table import BY_LINK
from tests.domain.vending.access_table import DECIDED
from tests.fakes import NOON

TICK = timedelta(microseconds=1)
APPROVED = an_approved_grant()
OTHER = an_approved_grant(
    number="2", request=a_request_id(number=1), ends_at=NOON + timedelta(hours=3)
)
CLIENT_APPROVES = {"requires_client_approval": True}


def approved(
    name: str,
    expected: object,
    /,
    *grants: Any,
    now: Any = NOON,
    request: SessionRequest | None = None,
    first_request: str = "",
    **facts: Any,
) -> Row:
    """Return a row in which alice requests `readonly` with these approved grants. Her grant gives
    access only on request. Arguments replace the valid facts."""
    request = request or SessionRequest(role="readonly")
    valid = {"grant": a_grant_on_request(), "approved_grants": grants}
    keywords: dict[str, Any] = {"approved_request": first_request} if first_request else {}
    arguments = (some_facts(**(valid | facts)), presented_by(), request, now)
    return Row(name, expected, *arguments, **keywords)


BY_APPROVAL = [
    approved("an approved grant", {"duration": 3600, "approved": APPROVED}, APPROVED),
    approved("the second decision stays with the first request", {"approved": APPROVED},
             APPROVED, OTHER, first_request=APPROVED.request),
    approved("the second decision does not change to another request", Reason.APPROVAL_REQUIRED,
             OTHER, first_request=APPROVED.request),
    approved("no approved grant", Reason.APPROVAL_REQUIRED),
    approved("the approved grant ends first",
             {"duration": 1795, "deadline": NOON + timedelta(seconds=1800)},
             an_approved_grant(ends_at=NOON + timedelta(seconds=1800))),
    approved("the grant ends first",
             {"duration": 1795, "deadline": NOON + timedelta(seconds=1800)}, APPROVED,
             grant=a_grant_on_request(ends_at=NOON + timedelta(seconds=1800))),
    approved("the approved grant ends too soon", Reason.ENDS_TOO_SOON,
             an_approved_grant(ends_at=NOON + timedelta(seconds=904))),
    approved("not started", Reason.ACCESS_NOT_STARTED, an_approved_grant(duration=3600)),
    approved("revoked", Reason.APPROVAL_REVOKED, an_approved_grant(revoked_at=NOON)),
    approved("where the client approves all access", Reason.CLIENT_APPROVAL_REQUIRED,
             grant=a_grant(), engagement=an_engagement(**CLIENT_APPROVES)),
    # The order of reasons: outsiders learn nothing, and an approved grant replaces no condition.
    approved("a role that is not granted any more", Reason.ROLE_NOT_GRANTED, APPROVED,
             grant=a_grant_on_request(roles=frozenset({"deploy"}))),
    approved("a suspended member", Reason.MEMBER_SUSPENDED, APPROVED,
             member=a_member(suspended_at=NOON)),
    approved("a freeze", Reason.FROZEN, APPROVED, freeze=a_block()),
    approved("the client's pause", Reason.PAUSED_BY_CLIENT, APPROVED, pause=a_block("acme-prod")),
]  # fmt: skip

ACCESS = DECIDED + BY_LINK + BY_APPROVAL
RULES = [
    (decide_access, ACCESS, 63),
    (decide_access, ACCESS, 3, "_choose_session_policy"),
    (decide_access, ACCESS, 8, "_find_link_problem"),
]
