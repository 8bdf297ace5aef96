"""A scene in which alice may request `readonly` at acme-prod, and several people may approve."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, GivenApproval
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import (
    AccessRequest,
    ApproveRequest,
    CreateAccessRequest,
)
from chalicelib.domain.requests.view import RequestRow, RequestView
from chalicelib.usecases.questions import ROWS
from chalicelib.usecases.requests.ask import create_request
from chalicelib.usecases.requests.decide import (
    approve_as_client,
    approve_request,
    deny_as_client,
    deny_request,
)
from chalicelib.usecases.requests.listing import RequestPart, list_requests
from tests.builders import (
    Scene,
    a_client_approver,
    a_grant_on_request,
    a_member,
    a_scene,
    a_token,
    an_approval_policy,
    an_approver_link,
)
from tests.fakes import NOON

HOUR = timedelta(hours=1)
BY_BOB_OR_LEADS = an_approval_policy(members=frozenset({"bob"}))


def a_scene_of_requests(policy: ApprovalPolicy = BY_BOB_OR_LEADS) -> Scene:
    """Return the usual scene, in which alice needs an approval, with lena and mia as leads, jo as
    the client's approver, and carol, who has nothing to do with acme-prod."""
    scene = a_scene()
    scene.world.add(
        a_grant_on_request("alice"),
        a_member("mia", kind=Kind.LEAD),
        a_token("mia"),
        a_member("carol"),
        a_token("carol"),
        Leads(members=frozenset({"lena", "mia"})),
        policy,
        a_client_approver(),
        an_approver_link(),
    )
    return scene


def ask(
    scene: Scene, by: str = "alice", engagement: str = "acme-prod", **fields: Any
) -> RequestView:
    """Request access. By default, an hour of `readonly` from its first use."""
    defaults: dict[str, Any] = {"role": "readonly", "reason": "INC-7"}
    if not {"duration", "starts_at", "ends_at"} & fields.keys():
        defaults["duration"] = 3600
    body = CreateAccessRequest(**(defaults | fields))
    return create_request(scene.ports, scene.caller(by), engagement, body)


def approve(scene: Scene, request: str, by: str = "lena", **fields: Any) -> RequestView:
    return approve_request(scene.ports, scene.caller(by), request, ApproveRequest(**fields))


def deny(scene: Scene, request: str, by: str = "lena", why: str = "not today") -> RequestView:
    return deny_request(scene.ports, scene.caller(by), request, why=why)


def client_approves(scene: Scene, request: str, **fields: Any) -> RequestView:
    return approve_as_client(
        scene.ports,
        an_approver_link(),
        a_client_approver(),
        request,
        ApproveRequest(**fields),
        address="198.51.100.9",
    )


def client_denies(scene: Scene, request: str, why: str = "not today") -> RequestView:
    return deny_as_client(scene.ports, an_approver_link(), a_client_approver(), request, why=why)


def list_whole(
    scene: Scene, by: str = "lena", part: RequestPart = RequestPart.UNDECIDED, **query: Any
) -> list[RequestRow]:
    """Return all pages of the list. None has more rows than asked for."""
    rows: list[RequestRow] = []
    cursor = ""
    while True:
        page = scene.do(list_requests, part, by=by, cursor=cursor, **query)
        assert len(page.items) <= query.get("limit", ROWS)
        rows += page.items
        if not page.cursor:
            return rows
        cursor = page.cursor


def stored(scene: Scene, request: str) -> AccessRequest:
    (item,) = scene.world.find(AccessRequest, where=lambda each: each.id == request)
    assert isinstance(item, AccessRequest)
    return item


def opened(scene: Scene) -> list[ApprovedGrant]:
    """Return the approved grants, by number."""
    grants = scene.world.find(ApprovedGrant)
    return sorted(grants, key=lambda each: each.key)


def at(**after_noon: float) -> Any:
    """Return this time after noon."""
    return NOON + timedelta(**after_noon)


def refused(decide: Callable[..., Any], *arguments: Any, **keywords: Any) -> DaypassError:
    """Return the error that this call raises."""
    with pytest.raises(DaypassError) as error:
        decide(*arguments, **keywords)
    return error.value


def approvers_of_access(scene: Scene) -> list[tuple[str, str]]:
    """Return the approver and the request of each record of a given approval."""
    records = scene.world.find(GivenApproval)
    return sorted((each.approver, each.request) for each in records)
