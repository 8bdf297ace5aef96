"""Two leads lift a client's pause without its code, after the client was asked for a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, DaypassError, NotFound, Unavailable
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.domain.values import Item
from chalicelib.domain.vending.blocks import MAX_LOCKS, Block
from chalicelib.domain.vending.pause_status import PauseStatus
from chalicelib.usecases.onboarding.client_pause import pause_by_client
from chalicelib.usecases.people.members import change_member, revoke_member
from chalicelib.usecases.requests.client.pause import find_pause, keep_pause, lift_pause_as_leads
from tests.builders import (
    APPROVER_TEXT,
    LIFT_CODE,
    LINK_TEXT,
    Scene,
    a_block,
    a_member,
    a_scene,
    an_approver_link,
    leads,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.lost_answers import LOST, loses_answer
from tests.usecases.refusals import reason_of
from tests.usecases.requests.client.scene import an_approver

DAY = timedelta(hours=24)
PHONE = "198.51.100.9"
OTHER_CODE = "2345-2345-2345-2345"


def a_paused_scene(**pause: Any) -> Scene:
    """Return three leads, an engagement that is paused, and its client's approver jo."""
    scene = a_scene()
    scene.world.add(*leads("luis", "lara"))
    scene.world.add(an_approver(), an_approver_link(expires_at=NOON + 30 * DAY))
    scene.world.add(a_block("acme-prod", **pause))
    return scene


def lifted_by(scene: Scene, lead: str) -> Block:
    return lift_pause_as_leads(scene.ports, scene.caller(lead), "acme-prod", why="lost the code")


def kept(scene: Scene, text: str = APPROVER_TEXT) -> None:
    keep_pause(scene.ports, text, address=PHONE)


def stored(scene: Scene) -> Block:
    block = find_pause(scene.ports, "acme-prod")
    assert block is not None
    return block


def is_paused(scene: Scene) -> bool:
    return reason_of(scene.vend) is Reason.PAUSED_BY_CLIENT


def test_a_second_lead_lifts_the_pause_a_day_after_the_first_asked() -> None:
    for changes in ({}, {"locks": (), "is_sealed": True}):
        scene = a_paused_scene(**changes)
        assert lifted_by(scene, "lena").is_in_force
        assert lifted_by(scene, "lena").is_in_force  # the same lead asks once
        scene.world.later(hours=23.999)
        assert reason_of(lifted_by, scene, "luis") is Reason.LIFT_TOO_SOON
        assert is_paused(scene)
        scene.world.later(hours=0.001)
        assert lifted_by(scene, "lena").is_in_force
        block = lifted_by(scene, "luis")
        assert (block.is_in_force, block.lifted_by, block.locks) == (False, "luis", ())
        assert lifted_by(scene, "luis") == block  # the answer may have been lost
        assert not is_paused(scene)
        request, lift = (e for e in scene.world.entries if e.action.startswith("pause."))
        assert (request.action, request.actor) == (Action.PAUSE_LIFT_REQUEST, "lena")
        assert request.details["refuse_until"] == "2026-11-25T12:00:00Z"
        assert (lift.action, lift.actor, lift.engagement) == ("pause.lift", "luis", "acme-prod")
        assert lift.details == {"said": "lost the code", "requested_by": "lena"}


def test_a_lead_does_not_confirm_with_a_lead_that_they_have_just_made() -> None:
    scene = a_paused_scene()
    lifted_by(scene, "lena")
    scene.world.later(hours=24)
    scene.world.add(a_member("luis", kind=Kind.LEAD, kind_set_at=scene.world.clock))
    assert reason_of(lifted_by, scene, "luis") is Reason.RIGHT_TOO_NEW
    scene.world.later(hours=24)
    assert not lifted_by(scene, "luis").is_in_force


def test_the_request_of_a_suspended_lead_hinders_no_new_one() -> None:
    scene = a_paused_scene()
    lifted_by(scene, "luis")
    scene.world.later(minutes=1)
    revoke_member(scene.ports, scene.caller("lena"), "luis", why="stolen")
    # This approver counts after that request, and before the next.
    scene.world.add(an_approver(named_at=scene.world.clock - DAY))
    request = lifted_by(scene, "lena").lift_request
    assert request is not None
    assert request.lead == "lena"


def test_a_request_lapses_three_days_after_it_counts() -> None:
    scene = a_paused_scene()
    lifted_by(scene, "lena")
    scene.world.later(hours=96)
    assert lifted_by(scene, "luis").lift_request.lead == "luis"  # type: ignore[union-attr]
    assert is_paused(scene)


def press_again(scene: Scene) -> None:
    pause_by_client(scene.ports, LINK_TEXT, OTHER_CODE, address=PHONE)


def press_with_the_same_code(scene: Scene) -> None:
    pause_by_client(scene.ports, LINK_TEXT, LIFT_CODE, address=PHONE)


@every("refuse", [press_again, press_with_the_same_code, kept])
@every("is_sealed", [True, False])
def test_anyone_at_the_client_refuses_the_request(
    refuse: Callable[[Scene], None], *, is_sealed: bool
) -> None:
    scene = a_paused_scene(
        locks=a_block("acme-prod").locks * (MAX_LOCKS if is_sealed else 1), is_sealed=is_sealed
    )
    lifted_by(scene, "lena")
    scene.world.later(hours=25)
    refuse(scene)
    assert scene.world.entries[-1].details["refused"] == "lena"
    assert scene.world.entries[-1].actor == CLIENT
    assert lifted_by(scene, "luis").is_in_force  # a new request, for another day
    assert reason_of(lifted_by, scene, "lena") is Reason.LIFT_TOO_SOON
    assert is_paused(scene)


def test_keeping_a_pause_that_no_one_wants_to_lift_changes_nothing() -> None:
    scene = a_paused_scene()
    kept(scene)
    assert scene.world.entries == []
    lifted_by(scene, "lena")
    kept(scene)
    kept(scene)
    assert [entry.action for entry in scene.world.entries] == ["pause.lift-request", "pause.keep"]
    assert scene.world.entries[-1].details["approver"] == "jo"


def test_only_a_lead_who_has_led_ever_since_counts() -> None:
    scene = a_paused_scene()
    lifted_by(scene, "luis")
    revoke_member(scene.ports, scene.caller(), "luis", why="left")
    scene.world.later(hours=25)
    assert lifted_by(scene, "lara").lift_request.lead == "lara"  # type: ignore[union-attr]
    change = ChangeMember(kind=Kind.MEMBER)
    change_member(scene.ports, scene.caller(), "lara", change)
    scene.world.later(hours=25)
    assert lifted_by(scene, "lena").lift_request.lead == "lena"  # type: ignore[union-attr]
    assert is_paused(scene)


@every(
    "item, reason",
    [
        (an_approver(revoked_at=NOON), Reason.NO_ONE_TO_ASK),
        (an_approver(is_contact=True), Reason.NO_ONE_TO_ASK),
        (an_approver(named_at=NOON), Reason.NO_ONE_TO_ASK),
        (a_block("acme-prod", lifted_at=NOON), Reason.NOT_PAUSED),
    ],
)
def test_a_pause_is_not_lifted_without_asking_the_client(item: Item, reason: Reason) -> None:
    scene = a_paused_scene()
    scene.world.add(item)
    assert reason_of(lifted_by, scene, "lena") is reason
    assert scene.world.entries == []


def test_an_approver_who_was_replaced_meanwhile_does_not_count() -> None:
    """A lead removes the client's approver, and names one who is asked nothing."""
    scene = a_paused_scene()
    lifted_by(scene, "lena")
    scene.world.add(an_approver(named_at=NOON - timedelta(hours=23)))
    scene.world.later(hours=95)
    assert reason_of(lifted_by, scene, "luis") is Reason.NO_ONE_TO_ASK


def test_an_unknown_engagement_or_link_gives_nothing_away() -> None:
    scene = a_paused_scene()
    with pytest.raises(NotFound):
        lift_pause_as_leads(scene.ports, scene.caller(), "none", why="r")
    with pytest.raises(NotFound):
        find_pause(scene.ports, "none")
    for text in ("x", "z" * 52):
        with pytest.raises(NotFound):
            kept(scene, text)
    scene.world.add(a_block("acme-prod", lifted_at=NOON))
    with pytest.raises(Conflict, match="not paused"):
        kept(scene)


@every("error, has_effect", LOST)
@every("change", ["ask", "confirm", "keep"])
def test_a_write_without_an_answer_is_completed(
    change: str, error: DaypassError, *, has_effect: bool
) -> None:
    scene = a_paused_scene()
    if change != "ask":
        lifted_by(scene, "lena")
        scene.world.later(hours=25)
    with loses_answer(scene, "save", error, has_effect=has_effect):
        try:
            kept(scene) if change == "keep" else lifted_by(scene, "luis")
        except Unavailable:
            kept(scene) if change == "keep" else lifted_by(scene, "luis")
    block = stored(scene)
    assert block.is_in_force is (change != "confirm")
    assert (block.lift_request is not None) is (change == "ask")
    last = {"ask": "pause.lift-request", "confirm": "pause.lift", "keep": "pause.keep"}[change]
    assert scene.story().count(f"{last} done") == 1


def test_the_status_says_who_asked_and_until_when_the_client_can_refuse() -> None:
    scene = a_paused_scene()
    now = NOON
    assert not PauseStatus.from_block(None, now).paused
    assert "not paused" in PauseStatus.from_block(None, now).message
    assert "two leads can lift it" in PauseStatus.from_block(stored(scene), now).message
    lifted_by(scene, "lena")
    status = PauseStatus.from_block(stored(scene), now)
    assert (status.paused, status.lift_requested_by) == (True, "lena")
    assert (status.refuse_until, status.lift_request_ends_at) == (now + DAY, now + 4 * DAY)
    assert "lena has asked to lift the pause" in status.message
    assert PauseStatus.from_block(stored(scene), now + 4 * DAY).lift_requested_by == ""
    scene.world.later(hours=24)
    lifted = PauseStatus.from_block(lifted_by(scene, "luis"), now)
    assert (lifted.paused, lifted.lifted_by) == (False, "luis")
    assert "was lifted" in lifted.message
