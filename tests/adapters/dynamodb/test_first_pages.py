"""Now, Live sessions and Health cost few calls, however much there is: counted on DynamoDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.requests.requests import Approval
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.health import read_health
from chalicelib.usecases.web.now import (
    FROZEN_SHOWN,
    REQUESTS_READ,
    SESSIONS_PER_PAGE,
    SESSIONS_SHOWN,
    read_now,
    read_sessions,
)
from tests.adapters.dynamodb.listing import recorded_calls, written
from tests.adapters.scene import Aws
from tests.builders import (
    a_grant_on_request,
    a_member,
    a_request,
    a_request_id,
    a_role,
    a_token,
    an_approval_policy,
    an_engagement,
    an_intent,
    role_cut_offs,
)

MOST_CALLS = 7
"""Three more authenticate the request, if its use of the browser's session is stored."""
LENA = Caller(a_member("lena", kind=Kind.LEAD), a_token("lena"))


@pytest.fixture(scope="module")
def full(crowd: Aws) -> None:
    """Store more live sessions and requests than a page shows, each of another member and
    engagement, with as many approvals as a request can need.

    These requests expire before those of other tests, so that the page shows these."""
    now = crowd.ports.now()
    dates: dict[str, Any] = {"starts_at": now, "ends_at": now + timedelta(days=90)}
    approvals = tuple(Approval(by=by, at=now, is_client=by == "jo") for by in ("bob", "lena", "jo"))
    items: list[Any] = []
    for number in range(40):
        name = f"busy-{number}"
        items += [
            an_engagement(name, external_id=f"daypass-{name}", **dates),
            a_role(engagement=name),
            an_approval_policy(engagement=name, people=2, client=True, leads=True),
            a_grant_on_request(name, engagement=name, **dates),
            a_member(name),
            a_request(
                name,
                id=a_request_id(name),
                engagement=name,
                expires_at=now + timedelta(minutes=10),
                approvals=approvals,
                stops=("", "", "", ""),
            ),
        ]
    items += [
        role_cut_offs(engagement=f"frozen-{number}", frozen_at=now, method=CutOffMethod.FREEZE)
        for number in range(FROZEN_SHOWN + 1)
    ]
    written(crowd.ports, "busy", items)
    for number in range(120):
        entry = an_intent(f"busy-{number}", f"{number:016x}", at=now, engagement=f"busy-{number}")
        crowd.ports.trail.record(entry)


def _now(ports: Ports) -> None:
    page = read_now(ports, LENA)
    assert page.sessions is not None
    assert page.requests is not None
    assert len(page.sessions) == SESSIONS_SHOWN
    assert len(page.requests) == REQUESTS_READ
    assert page.has_more_sessions
    assert page.has_more_requests
    assert len(page.frozen) == FROZEN_SHOWN


def _sessions(ports: Ports) -> None:
    page = read_sessions(ports, "")
    assert page.sessions is not None
    assert len(page.sessions) == SESSIONS_PER_PAGE
    assert page.cursor


def _health(ports: Ports) -> None:
    assert read_health(ports) is not None


@pytest.mark.parametrize("read", [_now, _sessions, _health])
@pytest.mark.usefixtures("full")
def test_a_page_costs_few_calls_however_much_there_is(
    crowd: Aws, dynamodb: Any, read: Callable[[Ports], None]
) -> None:
    with recorded_calls(dynamodb) as calls:
        read(crowd.ports)
    assert len(calls) <= MOST_CALLS, [operation for operation, _ in calls]
