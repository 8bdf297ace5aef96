"""A scene in which alice may request `readonly` at acme-prod, and several people may approve."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import Caller, Kind, Leads, Member
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import (
    AccessRequest,
    ApproveRequest,
    CreateAccessRequest,
    RequestStatus,
)
from chalicelib.domain.requests.view import RequestRow, RequestView
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.requests.ask import create_request
from chalicelib.usecases.requests.decide import approve_request, deny_request
from chalicelib.usecases.requests.listing import RequestFilters, RequestPart, list_requests
from chalicelib.usecases.selections import ROWS
from tests.builders import (
    APPROVER_TEXT,
    Scene,
    a_client_approver,
    a_grant_on_request,
    a_member,
    a_request,
    a_request_id,
    a_scene,
    a_token,
    an_approval_policy,
    an_approver_link,
    decide_at_client,
)
from tests.fakes import NOON

BY_BOB_OR_LEADS = an_approval_policy(members=frozenset({"bob"}))


def a_scene_of_requests(policy: ApprovalPolicy = BY_BOB_OR_LEADS) -> Scene:
    """Return the usual scene, in which alice needs an approval, with lena and mia as leads, jo as
    the client's approver, and carol, who has nothing to do with acme-prod."""
    return a_scene(
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


REQUEST = a_request_id()


def a_scene_that_waits(**policy: Any) -> Scene:
    """Return the scene in which alice's request waits, for access until 14:00, under the usual
    policy with these changes."""
    rules = {"members": frozenset({"bob"})} | policy
    scene = a_scene_of_requests(an_approval_policy(**rules))
    scene.add(a_request(ends_at=at(hours=2)))
    return scene


def ask(
    scene: Scene, by: str = "alice", engagement: str = "acme-prod", **fields: Any
) -> RequestView:
    """Request access. By default, an hour of `readonly` from its first use."""
    defaults: dict[str, Any] = {"role": "readonly", "reason": "INC-7"}
    if not {"duration", "starts_at", "ends_at"} & fields.keys():
        defaults["duration"] = 3600
    body = CreateAccessRequest(**(defaults | fields))
    return scene.do(create_request, engagement, body, by=by)


def approve(scene: Scene, request: str, by: str = "lena", **fields: Any) -> RequestView:
    return scene.do(approve_request, request, ApproveRequest(**fields), by=by)


def deny(scene: Scene, request: str, by: str = "lena", why: str = "not today") -> RequestView:
    return scene.do(deny_request, request, why=why, by=by)


def client_approves(scene: Scene, request: str, **form: Any) -> RequestStatus:
    address = "198.51.100.9"
    decide_at_client(scene.ports, APPROVER_TEXT, request, address=address, **form)
    return stored(scene, request).status


def client_denies(scene: Scene, request: str, why: str = "not today") -> None:
    decide_at_client(scene.ports, APPROVER_TEXT, request, "deny", words=why)


def list_whole(
    scene: Scene, by: str = "lena", part: RequestPart = RequestPart.UNDECIDED, **query: Any
) -> list[RequestRow]:
    """Return all pages of the list. None has more rows than asked for."""
    rows: list[RequestRow] = []
    cursor = ""
    while True:
        page = scene.do(list_requests, RequestFilters(part=part, cursor=cursor, **query), by=by)
        assert len(page.items) <= query.get("limit", ROWS)
        rows += page.items
        if not page.cursor:
            return rows
        cursor = page.cursor


def redeem(scene: Scene, code: str) -> Caller:
    """Return the member with the token that this enrolment code gives."""
    token = enrol(scene.ports, Enrol(code=code, label="laptop"), address="198.51.100.9").token
    return Caller(scene.stored(Member, token.member), token, "198.51.100.9")


def stored(scene: Scene, request: str) -> AccessRequest:
    (item,) = scene.find(AccessRequest, where=lambda each: each.id == request)
    assert isinstance(item, AccessRequest)
    return item


def opened(scene: Scene) -> list[ApprovedGrant]:
    """Return the approved grants, by number."""
    return sorted(scene.find(ApprovedGrant), key=lambda each: each.key)


def at(**after_noon: float) -> Any:
    """Return this time after noon."""
    return NOON + timedelta(**after_noon)
