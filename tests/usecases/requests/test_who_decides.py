"""The right to approve and to deny a request."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import (
    AccessDenied,
    NotFound,
)
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ChangeApprovalPolicy
from chalicelib.domain.requests.requests import ApproveRequest, RequestStatus
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access import CallerKind
from chalicelib.usecases.people.members import change_member, reinstate_member, revoke_member
from chalicelib.usecases.requests.decide import approve_request
from chalicelib.usecases.requests.policies import change_policy
from tests.builders import (
    Scene,
    a_grant_on_request,
    a_token,
    an_approval_policy,
    bound,
)
from tests.fakes import NOON
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    deny,
    refused,
)

PENDING, APPROVED = RequestStatus.PENDING, RequestStatus.APPROVED


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def test_someone_who_may_not_know_of_it_gets_the_answer_for_no_request(scene: Scene) -> None:
    request = ask(scene)
    errors = [
        refused(decide, scene, each, "carol")
        for each in (request.id, "alice.0000000000000000", "zoe.0000000000000000")
        for decide in (approve, deny)
    ]
    assert {type(error) for error in errors} == {NotFound}
    assert {str(error) for error in errors} == {str(errors[0])}
    assert errors[0].reason is Reason.NO_SUCH_REQUEST


def test_the_refusal_of_a_decision_is_on_the_trail(scene: Scene) -> None:
    request = ask(scene)
    for by, reason in (("carol", Reason.NO_SUCH_REQUEST), ("alice", Reason.OWN_REQUEST)):
        refused(approve, scene, request.id, by)
        entry = scene.world.entries[-1]
        assert (entry.actor, entry.outcome, entry.reason) == (by, Outcome.REFUSED, reason)
        assert (entry.action, entry.engagement, entry.role) == (
            "request.approve",
            "acme-prod",
            "readonly",
        )
        assert entry.details == {"request": request.id}


@pytest.mark.parametrize("decide", [approve, deny])
@pytest.mark.parametrize(
    ("by", "reason"), [("alice", Reason.OWN_REQUEST), ("ada", Reason.NOT_AN_APPROVER)]
)
def test_neither_the_asker_nor_an_auditor_decides(
    scene: Scene, decide: Any, by: str, reason: Reason
) -> None:
    request = ask(scene)
    error = refused(decide, scene, request.id, by)
    assert (type(error), error.reason) == (AccessDenied, reason)


def test_a_lead_whom_the_policy_leaves_out_sees_it_and_does_not_decide() -> None:
    scene = a_scene_of_requests(an_approval_policy(leads=False, members=frozenset({"bob"})))
    request = ask(scene)
    assert refused(approve, scene, request.id).reason is Reason.NOT_AN_APPROVER
    assert refused(deny, scene, request.id).reason is Reason.NOT_AN_APPROVER


def test_an_agent_decides_nothing(scene: Scene) -> None:
    request = ask(scene)
    error = refused(approve, scene, request.id, caller=CallerKind.AGENT)
    assert error.reason is Reason.AGENT_CANNOT_DECIDE


def test_a_lead_who_was_reinstated_today_does_not_approve(scene: Scene) -> None:
    scene.world.add(a_grant_on_request("mia"))
    revoke_member(scene.ports, scene.caller("mia"), "lena", why="w")
    reinstate_member(scene.ports, scene.caller("mia"), "lena")
    scene.world.later(minutes=1)
    scene.world.add(replace(a_token("lena"), created_at=scene.world.clock))
    request = ask(scene, "mia")

    assert refused(approve, scene, request.id).reason is Reason.RIGHT_TOO_NEW
    assert deny(scene, request.id).status is RequestStatus.DENIED  # it only takes access away


def test_a_member_who_was_made_a_lead_today_does_not_approve() -> None:
    scene = a_scene_of_requests(an_approval_policy(answer_within=604800))
    scene.world.add(a_grant_on_request("mia"))
    change_member(scene.ports, scene.caller("mia"), "bob", ChangeMember(kind=Kind.LEAD))
    request = ask(scene, "mia")
    assert refused(approve, scene, request.id, "bob").reason is Reason.RIGHT_TOO_NEW
    scene.world.later(hours=24)
    assert approve(scene, request.id, "bob").status is APPROVED


def test_a_token_that_someone_else_gave_them_today_does_not_approve(scene: Scene) -> None:
    scene.world.add(a_grant_on_request("mia"))
    request = ask(scene, "mia")
    token = replace(a_token("lena"), given_at=NOON)
    caller = replace(scene.caller("lena"), token=token)
    scene.world.add(token)
    error = refused(approve_request, scene.ports, caller, request.id, ApproveRequest())
    assert error.reason is Reason.RIGHT_TOO_NEW


def test_an_approver_who_was_named_today_does_not_approve() -> None:
    scene = a_scene_of_requests(an_approval_policy(leads=False, people=0))
    scene.world.add(a_grant_on_request("mia"))
    body = ChangeApprovalPolicy(people=1, leads=True, members=frozenset({"bob"}))
    change_policy(scene.ports, scene.caller("mia"), "acme-prod", "", body)
    requests = [ask(scene, by) for by in ("mia", "alice")]
    for request in requests:
        for approver in ("lena", "bob"):
            assert refused(approve, scene, request.id, approver).reason is Reason.RIGHT_TOO_NEW
    scene.world.later(hours=24)
    for request in (ask(scene, by) for by in ("mia", "alice")):
        assert approve(scene, request.id, "bob").status is APPROVED


def in_slack(scene: Scene, member: str) -> Any:
    token, identity = bound(member)
    scene.world.add(token, identity)
    return replace(scene.caller(member), token=token)


def test_a_button_in_slack_does_not_approve_a_sensitive_role() -> None:
    scene = a_scene_of_requests(an_approval_policy(sensitive=True))
    request = ask(scene)
    lena = in_slack(scene, "lena")
    error = refused(approve_request, scene.ports, lena, request.id, ApproveRequest())
    assert error.reason is Reason.SENSITIVE_ROLE
    assert approve(scene, request.id).status is APPROVED
