"""From a revocation to the end of the live sessions, with the adapters and AWS's own decisions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.engagements.grants import CreateGrant
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.policies.brake import CutOffNames, build_brake_permissions
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.cut_off.cut_offs import CutOffProblem, CutOffStatus, RoleCutOffs
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.grants import create_grant, revoke_grant
from chalicelib.usecases.ports import RequestOrigin
from chalicelib.usecases.vending.cut_offs.work import work_cut_offs
from chalicelib.usecases.vending.vend import vend
from tests.adapters.scene import Aws, entry, trail_of
from tests.adapters.vending.cut_offs.client_accounts import (
    CUT_OFF_ID,
    EXTERNAL_ID,
    LocalClientAccount,
)
from tests.adapters.vending.cut_offs.live_sessions import LiveSession
from tests.builders import (
    a_grant,
    a_member,
    a_role,
    a_token,
    a_verification,
    an_engagement,
    presented_by,
)

READONLY = SessionRequest(role="readonly")


@dataclass(frozen=True, slots=True)
class Scene:
    """An engagement with alice, bob and a lead, and the client's role with its cut-off."""

    account: LocalClientAccount
    names: CutOffNames
    id: str
    lead: Caller

    @property
    def aws(self) -> Aws:
        return self.account.aws

    def member(self, name: str) -> str:
        return f"{name}-{self.id}"

    def vend(self, name: str) -> LiveSession:
        origin = RequestOrigin(presented_by(self.member(name)))
        vended = vend(self.aws.ports, origin, self.id, READONLY)
        return LiveSession.of(self.account, vended.credentials, vended.session_name)

    def grant(self, name: str) -> None:
        """Give the member access again."""
        request = CreateGrant(
            member=self.member(name),
            roles=frozenset({"readonly"}),
            ends_at=self.aws.ports.now() + timedelta(days=1),
        )
        create_grant(self.aws.ports, self.lead, self.id, request)

    def revoke(self, name: str) -> Revocation:
        """Revoke the member's grant."""
        member = self.member(name)
        return revoke_grant(self.aws.ports, self.lead, self.id, member, why="lost laptop")

    def run_job(self, *, seconds: int = 180) -> None:
        """Run the job of the function CutOff for as long as it has something to do soon, and has
        time for a step."""
        end = self.aws.ports.now() + timedelta(seconds=seconds)
        work_cut_offs(
            self.aws.ports,
            time_left=lambda: (end - self.aws.ports.now()).total_seconds(),
            report_failure=lambda _: None,  # it may be about another test's cut-off
        )

    @property
    def stored(self) -> RoleCutOffs:
        item = self.aws.ports.state.get(RoleCutOffs, self.id, "readonly")
        assert item is not None
        return item

    @property
    def status(self) -> tuple[CutOffStatus, CutOffProblem | None]:
        (cut_off,) = self.stored.cut_offs
        return cut_off.status, cut_off.problem

    def list_entries(self) -> list[tuple[Action, Outcome]]:
        """Return the entries about cut-offs, oldest first."""
        return [
            (each.action, each.outcome)
            for each in trail_of(self.aws, self.id)
            if each.action.startswith("cut-off.")
        ]


@pytest.fixture
def create(aws: Aws, name: str) -> Callable[[CutOffMethod], Scene]:
    """Return a function that creates an engagement with this method for cut-offs."""

    def create_scene(method: CutOffMethod) -> Scene:
        account = LocalClientAccount(aws)
        names = account.create(name, method)
        now = aws.ports.now()
        dates = {"starts_at": now - timedelta(1), "ends_at": now + timedelta(1)}
        proof = a_verification(role_arn=names.role_arn, external_id=EXTERNAL_ID)
        lead, token = a_member(f"lead-{name}", kind=Kind.LEAD), a_token(f"lead-{name}")
        scene = Scene(account, names, name, Caller(lead, token))
        members = [scene.member("alice"), scene.member("bob")]
        aws.ports.state.change(
            [
                lead,
                token,
                an_engagement(
                    name,
                    external_id=EXTERNAL_ID,
                    cut_off=method,
                    cut_off_external_id=None if method is CutOffMethod.NONE else CUT_OFF_ID,
                    **dates,
                ),
                a_role(engagement=name, arn=names.role_arn, verification=proof),
                *(a_member(member) for member in members),
                *(a_token(member, expires_at=now + timedelta(1)) for member in members),
                *(a_grant(member, engagement=name, **dates) for member in members),
            ],
            entry(name),
        )
        return scene

    return create_scene


def test_a_members_live_session_ends_with_the_brake(create: Callable[..., Scene]) -> None:
    scene = create(CutOffMethod.BRAKE)
    alice, bob = scene.vend("alice"), scene.vend("bob")

    revocation = scene.revoke("alice")

    (requested,) = revocation.cut_offs
    assert (requested.status, requested.problem) == (CutOffStatus.REQUESTED, None)
    assert alice.works  # until the job has run
    scene.run_job()
    assert (alice.works, bob.works) == (False, True)
    assert scene.status == (CutOffStatus.SEEN, None)
    while scene.aws.ports.now() < revocation.cut_off_at + timedelta(seconds=1):
        scene.aws.ports.pause(10)
    scene.grant("alice")
    assert scene.vend("alice").works
    assert not alice.works
    assert scene.list_entries() == [
        (Action.CUT_OFF_REQUEST, Outcome.DONE),
        (Action.CUT_OFF_WRITE, Outcome.INTENDED),
        (Action.CUT_OFF_WRITE, Outcome.DONE),
        (Action.CUT_OFF_SEE, Outcome.DONE),
    ]


def test_a_cut_off_that_is_not_in_force_yet_is_written_and_not_seen(
    create: Callable[..., Scene],
) -> None:
    scene = create(CutOffMethod.BRAKE)
    alice = scene.vend("alice")
    scene.revoke("alice")
    with scene.aws.endpoint.policy_versions_taking(milliseconds=4_000):
        scene.run_job()
    assert not alice.works
    assert scene.status == (CutOffStatus.SEEN, None)


def test_a_cut_off_role_without_its_permission_is_reported_and_tried_again(
    create: Callable[..., Scene],
) -> None:
    scene = create(CutOffMethod.BRAKE)
    alice = scene.vend("alice")
    iam, role = scene.account.iam, scene.names.cut_off_role_name
    iam.delete_role_policy(RoleName=role, PolicyName="cut-off")
    scene.revoke("alice")
    scene.run_job(seconds=90)
    assert scene.status == (CutOffStatus.REQUESTED, CutOffProblem.NOT_PERMITTED)
    assert alice.works
    text = json.dumps(build_brake_permissions(scene.names))
    iam.put_role_policy(RoleName=role, PolicyName="cut-off", PolicyDocument=text)
    scene.run_job()
    assert scene.status == (CutOffStatus.SEEN, None)
    assert not alice.works


def test_a_narrow_cut_off_of_a_role_that_can_only_be_frozen_is_left_to_the_client(
    create: Callable[..., Scene],
) -> None:
    scene = create(CutOffMethod.FREEZE)
    alice, bob = scene.vend("alice"), scene.vend("bob")
    (requested,) = scene.revoke("alice").cut_offs
    assert requested.problem is CutOffProblem.WHOLE_ROLE_ONLY
    scene.run_job()
    assert alice.works
    scene.account.put_policy(scene.names, json.loads(requested.policy))
    assert (alice.works, bob.works) == (False, True)
    scene.run_job()
    assert scene.status[0] is CutOffStatus.SEEN
