"""Any lead freezes everything, and two leads lift the freeze."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, DaypassError
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.blocks import Block
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.vending.blocks.freezing import find_freeze, freeze, thaw
from tests.builders import Scene, a_block, a_scene, a_token, leads
from tests.fakes import NOON, Killed
from tests.rows import every
from tests.usecases.lost_answers import LOST, loses_answer
from tests.usecases.refusals import reason_of

DAY = timedelta(hours=24)


def three_leads() -> Scene:
    scene = a_scene()
    scene.world.add(*leads("luis", "lara"))
    return scene


def frozen_by(scene: Scene, lead: str = "lena") -> Block:
    return freeze(scene.ports, scene.caller(lead), why="stolen laptop")


def thawed_by(scene: Scene, lead: str) -> Block:
    return thaw(scene.ports, scene.caller(lead), why="found it")


def is_frozen(scene: Scene) -> bool:
    return reason_of(scene.vend) is Reason.FROZEN


def test_a_freeze_refuses_everyone_and_is_on_the_trail() -> None:
    scene = three_leads()
    block = frozen_by(scene)
    assert (block.began_at, block.began_by, block.reason) == (NOON, "lena", "stolen laptop")
    assert block.no_session_after == NOON + timedelta(seconds=5 + 30)
    assert is_frozen(scene)
    assert scene.story() == ["freeze.begin done", "vend refused frozen"]
    assert scene.world.entries[0].details == {"said": "stolen laptop"}
    assert [alert.alert for alert in scene.world.alerts] == ["frozen"]
    assert find_freeze(scene.ports) == block
    scene.world.later(minutes=1)
    items = dict(scene.world.items)
    assert frozen_by(scene, "luis") == block
    assert scene.world.items == items


def test_a_freeze_that_is_stored_late_says_so() -> None:
    scene = three_leads()
    scene.world.just_before("save", lambda: scene.world.later(seconds=9))
    block = frozen_by(scene)
    assert block.began_at == NOON
    assert block.no_session_after == NOON + timedelta(seconds=9 + 30)
    assert find_freeze(scene.ports) == block


def test_two_leads_lift_a_freeze() -> None:
    scene = three_leads()
    frozen_by(scene)
    first = thawed_by(scene, "lena")
    assert first.is_in_force
    assert first.lift_request is not None
    assert (first.lift_request.lead, first.lift_request.at) == ("lena", NOON)
    scene.world.later(hours=1)
    items = dict(scene.world.items)
    assert thawed_by(scene, "lena") == first
    assert scene.world.items == items
    assert is_frozen(scene)
    second = thawed_by(scene, "luis")
    assert (second.lifted_at, second.lifted_by) == (NOON + timedelta(hours=1), "luis")
    assert not is_frozen(scene)
    story = [line for line in scene.story() if "vend" not in line]
    assert story == ["freeze.begin done", "freeze.lift-request done", "freeze.lift done"]
    lift = scene.world.entries[-3]
    assert lift.details == {"said": "found it", "requested_by": "lena"}
    assert [alert.alert for alert in scene.world.alerts] == ["frozen"] * 3


@every("hours, is_lifted", [(23.999, True), (24, False)])
def test_a_request_counts_for_a_day(hours: float, *, is_lifted: bool) -> None:
    scene = three_leads()
    frozen_by(scene)
    thawed_by(scene, "lena")
    scene.world.later(hours=hours)
    block = thawed_by(scene, "luis")
    assert block.is_in_force is not is_lifted
    if not is_lifted:  # then it is the first request again
        assert block.lift_request is not None
        assert block.lift_request.lead == "luis"
        assert not thawed_by(scene, "lena").is_in_force


def suspend(scene: Scene) -> None:
    revoke_member(scene.ports, scene.caller("lara"), "lena", why="gone bad")


def suspend_and_reinstate(scene: Scene) -> None:
    suspend(scene)
    scene.world.later(minutes=1)
    reinstate_member(scene.ports, scene.caller("lara"), "lena")


@every("end", [suspend, suspend_and_reinstate])
def test_the_request_of_a_lead_who_was_suspended_does_not_count(
    end: Callable[[Scene], None],
) -> None:
    scene = three_leads()
    frozen_by(scene)
    thawed_by(scene, "lena")
    scene.world.later(minutes=1)
    end(scene)
    block = thawed_by(scene, "luis")
    assert block.is_in_force
    assert block.lift_request is not None
    assert block.lift_request.lead == "luis"


def test_a_lead_who_is_revoked_meanwhile_neither_thaws_nor_freezes() -> None:
    scene = three_leads()
    frozen_by(scene)
    thawed_by(scene, "lara")
    luis = scene.caller("luis")
    revoke_token(scene.ports, scene.caller("lena"), "luis", a_token("luis").id, why="stolen")
    for change in (thaw, freeze):
        with pytest.raises(Conflict):
            change(scene.ports, luis, why="mine")
        thawed_by(scene, "lena")
    assert not is_frozen(scene)


def test_nothing_is_lifted_that_is_not_frozen() -> None:
    scene = three_leads()
    for block in ((), (a_block(lifted_at=NOON, lifted_by="lena"),)):
        scene.world.add(*block)
        with pytest.raises(Conflict, match="not frozen"):
            thawed_by(scene, "luis")
    assert scene.story() == []


Change = Callable[[Scene], Any]
# Each change, from a world in which it is the next one.
CHANGES: dict[str, tuple[Change, Change]] = {
    "freeze": (lambda _: None, frozen_by),
    "request": (frozen_by, lambda scene: thawed_by(scene, "lena")),
    "lift": (
        lambda scene: (frozen_by(scene), thawed_by(scene, "lara")),
        lambda scene: thawed_by(scene, "lena"),
    ),
}
every_change = every("prepare, change", CHANGES.values())


def settled(scene: Scene) -> tuple[Any, list[str]]:
    """Return the block without its time and version, and the trail."""
    block = find_freeze(scene.ports)
    request = block.lift_request.lead if block and block.lift_request else ""
    facts = block and (block.is_in_force, request, block.lifted_by, block.is_recorded)
    return facts, [line for line in scene.story() if "freeze" in line]


def scenes(prepare: Change, change: Change) -> tuple[Scene, Scene]:
    """Return a prepared scene, and one in which the change was made undisturbed."""
    scene, undisturbed = three_leads(), three_leads()
    prepare(scene)
    prepare(undisturbed)
    change(undisturbed)
    return scene, undisturbed


@every_change
@every("nth", range(8))
def test_a_change_that_is_killed_anywhere_can_be_repeated(
    prepare: Change, change: Change, nth: int
) -> None:
    scene, undisturbed = scenes(prepare, change)
    scene.world.killed_after(nth)
    try:
        change(scene)
    except Killed:
        scene.world.before = None
        change(scene)
    scene.world.before = None
    assert settled(scene) == settled(undisturbed)


@every_change
@every("nth", [1, 2])
@every("error, has_effect", LOST)
def test_a_write_without_an_answer_is_completed(
    prepare: Change,
    change: Change,
    nth: int,
    error: DaypassError,
    *,
    has_effect: bool,
) -> None:
    scene, undisturbed = scenes(prepare, change)
    with loses_answer(scene, "save", error, nth=nth, has_effect=has_effect):
        change(scene)
    facts, story = settled(scene)
    expected_facts, expected_story = settled(undisturbed)
    assert facts[:3] == expected_facts[:3]
    assert story == expected_story
