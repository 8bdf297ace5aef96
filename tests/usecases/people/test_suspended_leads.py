"""Nothing that a suspended lead set up is forgotten: it ends, waits, or is listed."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import chalicelib.domain
from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.people.members import Kind
from chalicelib.domain.requests.policies import ChangeApprovalPolicy
from chalicelib.domain.values import Item
from chalicelib.usecases.people.lead_change_rules import ChangeKind
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.members import reinstate_member
from chalicelib.usecases.people.suspended_leads import (
    AFTER_SUSPENSION,
    LETS_IN,
    LETS_NO_ONE_IN,
    AfterSuspension,
    select_kinds,
)
from chalicelib.usecases.requests.policies import change_policy
from tests.builders import Scene, a_member, a_token, an_approval_policy
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, refused


def list_stored_types() -> Iterator[type[Item]]:
    """Yield every class of items that are stored."""
    for module in pkgutil.walk_packages(chalicelib.domain.__path__, "chalicelib.domain."):
        importlib.import_module(module.name)
    waiting: list[type[Item]] = [Item]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if "STORED_AS" in vars(kind) and kind.__module__.startswith("chalicelib."):
                yield kind


def test_every_stored_item_is_declared() -> None:
    """A new kind of item fails here until someone says what becomes of a lead's."""
    stored = {kind.STORED_AS for kind in list_stored_types()}
    assert LETS_IN.keys() | LETS_NO_ONE_IN.keys() == stored
    assert not LETS_IN.keys() & LETS_NO_ONE_IN.keys()


def test_every_kind_of_change_has_an_effect_and_an_item() -> None:
    assert AFTER_SUSPENSION.keys() == set(ChangeKind)
    assert {kind for kinds in LETS_IN.values() for kind in kinds} == set(ChangeKind)


def test_what_waits_is_shown_to_wait() -> None:
    """Each kind that waits has a test of its own: of approvers, test_people.py has it."""
    assert select_kinds(AfterSuspension.WAITS) == {ChangeKind.APPROVER, ChangeKind.APPROVALS}
    assert select_kinds(AfterSuspension.ENDS) == {ChangeKind.LINK, ChangeKind.CODE}


@pytest.fixture
def scene() -> Scene:
    """Return a scene in which lena has changed who approves, and was then suspended."""
    scene = a_scene_of_requests(an_approval_policy(leads=False, members=frozenset({"bob"})))
    change(scene, "lena", longest=7200)
    scene.do(suspend_member, "lena", why="stolen", by="mia")
    scene.world.later(minutes=1)
    return scene


def change(scene: Scene, by: str, **fields: int) -> None:
    scene.do(change_policy, "acme-prod", "", ChangeApprovalPolicy(**fields), by=by)


def test_a_policy_that_a_suspended_lead_changed_waits_for_another_lead(scene: Scene) -> None:
    request = ask(scene)
    error = refused(approve, scene, request.id, "bob")
    assert error.reason == "lead-suspended"
    assert "save the approval policy again" in error.detail
    change(scene, "mia", longest=7200)
    scene.world.later(minutes=1)
    approve(scene, request.id, "bob")


@pytest.mark.parametrize("role", ["", "readonly"])
def test_a_new_lead_does_not_confirm_a_policy(scene: Scene, role: str) -> None:
    scene.world.add(a_member("quinn", kind=Kind.LEAD, kind_set_at=scene.world.clock))
    scene.world.add(a_token("quinn"))
    with pytest.raises(AccessDenied) as too_new:
        change(scene, "quinn", role, longest=7200)
    assert too_new.value.reason == "right-too-new"
    scene.world.later(hours=24)
    change(scene, "quinn", role, longest=7200)


def test_a_reinstatement_confirms_what_the_lead_set_up(scene: Scene) -> None:
    scene.do(reinstate_member, "lena", by="mia")
    scene.world.later(minutes=1)
    approve(scene, ask(scene).id, "bob")
