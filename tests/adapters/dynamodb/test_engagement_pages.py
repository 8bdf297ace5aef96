"""The pages about engagements cost few calls, however much there is: counted on DynamoDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.values import Item
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.engagements.approvals import read_approvals
from chalicelib.usecases.web.engagements.client import read_client_side
from chalicelib.usecases.web.engagements.listing import list_engagements
from chalicelib.usecases.web.engagements.page import read_engagement_page
from chalicelib.usecases.web.engagements.role import read_role_page
from tests.adapters.dynamodb.listing import recorded_calls, written
from tests.adapters.scene import Aws
from tests.builders import (
    a_client_approver,
    a_grant,
    a_link,
    a_request,
    a_request_id,
    a_role,
    an_approval_policy,
    an_engagement,
    an_intent,
    role_cut_offs,
)

MOST_CALLS = 7
"""Two or three more authenticate the request."""
ROLES = [f"role-{letter}" for letter in "abcdefghijklmnopqrst"]

PAGES: dict[str, Callable[[Ports, str], Any]] = {
    "engagement": read_engagement_page,
    "client": read_client_side,
    "approvals": read_approvals,
    "role": lambda ports, engagement: read_role_page(ports, engagement, "role-a"),
    "list": lambda ports, engagement: list_engagements(ports, prefix=engagement),
}


@pytest.fixture(scope="module")
def full(crowd: Aws) -> str:
    """Return the ID of an engagement with as much of everything as there can be, or more than one
    page has. Further engagements, whose IDs begin with its ID, have twenty roles each."""
    name, now = "full", crowd.ports.now()
    dates: dict[str, Any] = {"starts_at": now, "ends_at": now + timedelta(days=90)}
    engagement = an_engagement(
        name, cut_off=CutOffMethod.BRAKE, external_id="daypass-full", **dates
    )
    items: list[Item] = [engagement]
    for role in ROLES:
        items += [a_role(role, engagement=name), an_approval_policy(role, engagement=name)]
        items.append(replace(role_cut_offs(), engagement=name, role=role))
    items += [a_grant(f"m-{n}", engagement=name, **dates) for n in range(130)]
    items += [
        a_link(f"{n}".rjust(52, "a"), engagement=name, created_at=now, created_by=f"m-{n}")
        for n in range(40)
    ]
    items += [a_client_approver(f"c-{n}", engagement=name) for n in range(60)]
    items += [
        a_request(
            f"m-{n}",
            id=a_request_id(f"m-{n}"),
            engagement=name,
            expires_at=now + timedelta(hours=1),
        )
        for n in range(60)
    ]
    for number in range(30):
        other = f"{name}-{number:02}"
        items.append(an_engagement(other, external_id=f"daypass-{other}", **dates))
        for role in ROLES:
            frozen = replace(role_cut_offs(), engagement=other, role=role, frozen_at=now)
            # An ended role may still be frozen.
            ended_at = None if role == ROLES[0] else now
            items += [a_role(role, engagement=other, ended_at=ended_at), frozen]
    written(crowd.ports, "full", items)
    for number in range(160):
        crowd.ports.trail.record(an_intent("m-1", f"{number:016x}", at=now, engagement=name))
    return name


@pytest.mark.parametrize("page", PAGES)
def test_a_page_costs_few_calls_however_much_there_is(
    crowd: Aws, dynamodb: Any, full: str, page: str
) -> None:
    with recorded_calls(dynamodb) as calls:
        shown = PAGES[page](crowd.ports, full)
    assert shown
    assert len(calls) <= MOST_CALLS, [operation for operation, _ in calls]


def test_the_list_has_the_frozen_roles_of_the_engagements_whose_roles_it_read(
    crowd: Aws, full: str
) -> None:
    rows = list_engagements(crowd.ports, prefix=f"{full}-").rows
    counts = [None if row.frozen is None else len(row.frozen) for row in rows]
    assert counts == [20] * 8 + [None] * 17
