"""A lead or the client requires the client's approval for all. Only the client lifts that."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.usecases.requests.client.requirement import (
    require_client_approval,
    set_client_approval,
)
from tests.builders import APPROVER_TEXT, Scene, a_scene, an_approver_link
from tests.fakes import NOON, Killed
from tests.rows import every
from tests.usecases.lost_answers import loses_answer
from tests.usecases.refusals import reason_of
from tests.usecases.requests.client.approving import OTHER_TEXT, PHONE, ApprovalScene
from tests.usecases.requests.client.scene import an_approver
from tests.usecases.telling import Telling


def required(scene: Scene) -> Engagement:
    return require_client_approval(scene.ports, scene.caller(), "acme-prod", why="the contract")


@every("changes", [{"is_contact": True}, {"revoked_at": NOON}])
def test_the_clients_approval_cannot_be_required_without_an_approver(
    changes: dict[str, Any],
) -> None:
    scene = a_scene()
    scene.world.add(an_approver(**changes))
    assert reason_of(required, scene) is Reason.NO_CLIENT_APPROVER


def test_a_vend_in_progress_is_withheld_when_the_approval_becomes_required() -> None:
    scene = a_scene()
    scene.world.add(an_approver())
    scene.world.just_before("issue", lambda: required(scene))
    assert reason_of(scene.vend) is Reason.CLIENT_APPROVAL_REQUIRED


def engagement_of(scene: ApprovalScene) -> Engagement:
    return scene.scene.stored(Engagement, "acme-prod")


def set_rule(scene: ApprovalScene, *, is_required: bool, text: str = APPROVER_TEXT) -> None:
    set_client_approval(scene.ports, text, is_required=is_required, address=PHONE)


@pytest.mark.golden
def test_each_change_of_the_requirement_is_as_the_file_says() -> None:
    story = Telling()
    scene = story.begin("A lead requires it, and no one gets in without it", a_scene())
    scene.add(an_approver())
    for _ in range(2):
        story.do(required, scene)
    story.do(scene.vend)
    client = story.begin("The client requires it, and lifts that", ApprovalScene())
    for is_required in (True, True, False, False):
        story.do(set_rule, client, is_required=is_required)
        assert client.page().requires_approval is is_required
    story.hold("requests/requirement")


def test_only_someone_who_counts_lifts_the_requirement() -> None:
    """A lead could name themself as an approver, lift the requirement, and enter."""
    scene = ApprovalScene()
    set_rule(scene, is_required=True)
    scene.world.add(an_approver(named_at=scene.world.clock, named_by="lena"))
    scene.world.add(an_approver_link(created_at=scene.world.clock))
    scene.world.later(hours=23, minutes=59)
    assert reason_of(set_rule, scene, is_required=False) is Reason.NOT_CONFIRMED
    assert engagement_of(scene).requires_client_approval
    assert scene.scene.story()[-1] == "client-approval.lift refused not-confirmed"
    set_rule(scene, is_required=False, text=OTHER_TEXT)
    assert not engagement_of(scene).requires_client_approval


@every("steps", range(4))
def test_a_killed_function_leaves_the_rule_as_it_was_or_as_it_is_to_be(steps: int) -> None:
    scene = ApprovalScene()
    scene.world.killed_after(steps)
    try:
        set_rule(scene, is_required=True)
    except Killed:
        scene.world.before = None
        set_rule(scene, is_required=True)
    assert engagement_of(scene).requires_client_approval
    actions = [entry.action for entry in scene.world.entries]
    assert actions == [Action.CLIENT_APPROVAL_REQUIRE]


@every("is_required", [True, False])
def test_a_lost_answer_is_tried_again(is_required: bool) -> None:  # noqa: FBT001
    scene = ApprovalScene()
    set_rule(scene, is_required=not is_required)
    with loses_answer(scene.scene, "change", has_effect=False):
        set_rule(scene, is_required=is_required)
    assert engagement_of(scene).requires_client_approval is is_required
