"""The pages about requests, the review and one's own access cost few calls, however much there is:
counted on DynamoDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.requests.requests import Approval, new_request_id
from chalicelib.domain.values import Item
from chalicelib.domain.web.overview.unused import UnusedGrant, UnusedGrants
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.requests.my_access import read_my_access
from chalicelib.usecases.web.requests.request_page import read_request_page
from chalicelib.usecases.web.requests.requests_page import RequestsPart, read_requests_page
from chalicelib.usecases.web.requests.review_page import (
    ROWS,
    UnusedPage,
    read_engagement_review,
    read_member_review,
    read_unused_review,
)
from tests.adapters.dynamodb.listing import recorded_calls, written
from tests.adapters.scene import Aws
from tests.builders import (
    NOON,
    a_client_approver,
    a_grant,
    a_member,
    a_request,
    a_role,
    a_token,
    an_approval_policy,
    an_approved_grant,
    an_engagement,
    an_intent,
    presented_by,
)

MOST_CALLS = 7
"""Two or three more authenticate the request."""
ROLES = [f"role-{letter}" for letter in "abcdefghijklmnopqrst"]
LEAD, MEMBER = "rq-lead", "rq-member"
ENGAGEMENT, BUSY = "rq-000", "rq-busy"
OLD = NOON - timedelta(days=365)


def caller(ports: Ports, name: str) -> Caller:
    token, member = ports.state.token_and_member(presented_by(name))
    assert token is not None
    assert member is not None
    return Caller(member, token)


@pytest.fixture(scope="module")
def full(crowd: Aws) -> str:
    """Write more than any page has: 150 undecided requests, each of an engagement with a policy of
    its own and approvals, 60 of the member and 60 decided ones; and 120 grants in one engagement,
    40 of the member, two of them of twenty roles on request. Return the ID of an approved
    request."""
    now = crowd.ports.now()
    dates: dict[str, Any] = {"starts_at": now, "ends_at": now + timedelta(days=90)}
    items: list[Item] = [
        a_member(LEAD, kind=Kind.LEAD),
        a_token(LEAD, expires_at=now + timedelta(days=1)),
        a_member(MEMBER),
        a_token(MEMBER, expires_at=now + timedelta(days=1)),
    ]
    approvals = (
        Approval(by=LEAD, at=now),
        Approval(by="rq-other", at=now),
        Approval(by="jo", at=now, is_client=True),
    )
    for n in range(150):
        name = f"rq-{n:03}"
        asker = MEMBER if n % 5 == 0 else f"rq-asker-{n:03}"
        items += [
            an_engagement(name, external_id=f"daypass-{name}", **dates),
            a_role(engagement=name),
            a_client_approver(engagement=name),
            an_approval_policy("readonly", engagement=name, client=True),
            an_approval_policy(engagement=name),
            request(now, asker, n, engagement=name, approvals=approvals[: n % 4]),
        ]
        if n < 60:
            items.append(decided(now, asker, n + 500, engagement=name))
            items.append(an_approved_grant(asker, engagement=name))
        if n < 40:
            roles = frozenset(ROLES if n < 2 else ["readonly"])
            items.append(a_grant(MEMBER, engagement=name, roles=roles, on_request=roles, **dates))
            items += [a_role(role, engagement=name) for role in (ROLES if n < 2 else ())]
    items.append(an_engagement(BUSY, external_id="daypass-busy", **dates))
    items += [a_grant(f"rq-m-{n:03}", engagement=BUSY, **dates) for n in range(120)]
    items += [
        a_grant(f"rq-asker-{n:03}", engagement=f"rq-{n:03}", **(dates | {"starts_at": OLD}))
        for n in range(150)
    ]
    written(crowd.ports, "rq", items)
    stored = crowd.ports.state.get(UnusedGrants)
    unused = UnusedGrants(
        taken_at=now - timedelta(hours=23),
        searched_from=OLD,
        count=150,
        rows=tuple(
            UnusedGrant(engagement=f"rq-{n:03}", member=f"rq-asker-{n:03}") for n in range(150)
        ),
        version=stored.version + 1 if stored else 1,
    )
    crowd.ports.state.save(unused)
    for n in range(150):
        intent = an_intent(
            MEMBER, f"{n:016x}", at=now, engagement=BUSY,
            details={"deadline": rfc3339(now), "duration": "3600", "role_arn": "a",
                     "session_name": "s"},
        )  # fmt: skip
        crowd.ports.trail.record(intent)
    return new_request_id(MEMBER, now, lambda size: (500).to_bytes(size, "big"))


def request(now: Any, asker: str, n: int, **changes: Any) -> Item:
    return a_request(
        asker,
        id=new_request_id(asker, now, lambda size: n.to_bytes(size, "big")),
        created_at=now,
        expires_at=now + timedelta(hours=1, seconds=n),
        **changes,
    )


def decided(now: Any, asker: str, n: int, **changes: Any) -> Item:
    fields = {"status": "approved", "decided_at": now, "decided_by": LEAD, "number": "1"}
    return request(now, asker, n, **(fields | changes))


PAGES: dict[str, Callable[[Ports, str], Any]] = {
    **{
        f"requests of a {kind}, {part}": lambda ports, _, kind=kind, part=part: read_requests_page(
            ports, caller(ports, f"rq-{kind}"), part
        )
        for kind in ("lead", "member")
        for part in RequestsPart
    },
    "request": lambda ports, request: read_request_page(ports, caller(ports, LEAD), request),
    "own request": lambda ports, request: read_request_page(ports, caller(ports, MEMBER), request),
    "review": lambda ports, _: read_engagement_review(ports),
    "review of unused grants": lambda ports, _: read_unused_review(ports),
    "review of one": lambda ports, _: read_engagement_review(ports, engagement=BUSY),
    "review of a member": lambda ports, _: read_member_review(ports, MEMBER),
    "own access": lambda ports, _: read_my_access(
        ports, caller(ports, MEMBER), presented_by(MEMBER)
    ),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_costs_few_calls_however_much_there_is(
    crowd: Aws, dynamodb: Any, full: str, page: str
) -> None:
    with recorded_calls(dynamodb) as calls:
        shown = PAGES[page](crowd.ports, full)
    assert shown
    if isinstance(shown, UnusedPage):
        assert len(shown.rows) == ROWS
    admitting = 1 if "review" not in page else 0  # it reads the caller, for the test
    operations = [operation for operation, _ in calls]
    assert len(calls) - admitting <= MOST_CALLS, operations
