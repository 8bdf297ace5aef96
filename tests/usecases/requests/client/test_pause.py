"""Two leads lift a client's pause without its code, after the client was asked for a day."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT
from chalicelib.domain.vending.blocks import MAX_LOCKS, Block
from chalicelib.usecases.onboarding.client_pause import pause_by_client
from chalicelib.usecases.people.members import change_member, revoke_member
from chalicelib.usecases.requests.client.rules import find_pause, keep_pause, lift_pause_as_leads
from tests.builders import (
    APPROVER_TEXT,
    LIFT_CODE,
    LINK_TEXT,
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
from tests.usecases.telling import Telling

DAY = timedelta(hours=24)
PHONE = "198.51.100.9"
OTHER_CODE = "2345-2345-2345-2345"


def a_paused_scene(**pause):
    """Return three leads, an engagement that is paused, and its client's approver jo."""
    scene = a_scene(*leads("luis", "lara"))
    scene.add(an_approver(), an_approver_link(expires_at=NOON + 30 * DAY))
    scene.add(a_block("acme-prod", **pause))
    return scene


def lifted_by(scene, lead):
    return scene.do(lift_pause_as_leads, "acme-prod", why="lost the code", by=lead)


def kept(scene, text=APPROVER_TEXT):
    keep_pause(scene.ports, text, address=PHONE)


def stored(scene):
    block = scene.get(Block, "acme-prod")
    assert block is not None
    return block


def is_paused(scene):
    return reason_of(scene.vend) is Reason.PAUSED_BY_CLIENT


def status(scene):
    shown = find_pause(scene.ports, "acme-prod")
    return {"status": shown, "message": shown.message}


def make_member(scene, lead):
    scene.do(change_member, lead, ChangeMember(kind=Kind.MEMBER))


@every("name, changes", [("lifted", {}), ("sealed", {"locks": (), "is_sealed": True})])
def test_a_second_lead_lifts_the_pause_a_day_after_the_first(name, changes):
    story = Telling()
    story.do(status, a_scene())
    scene = story.begin(f"A pause that is {name}", a_paused_scene(**changes))
    story.do(status, scene)
    story.do(kept, scene)  # no one wants to lift it
    for _ in range(2):
        story.do(lifted_by, scene, "lena")
    story.do(status, scene)
    scene.later(hours=23.999)
    story.do(lifted_by, scene, "luis")
    assert is_paused(scene)
    scene.later(hours=0.001)
    story.do(lifted_by, scene, "lena")
    for _ in range(2):  # the answer may have been lost
        story.do(lifted_by, scene, "luis")
    assert not is_paused(scene)
    story.do(status, scene)
    story.do(kept, scene)
    story.hold(f"requests/pause-{name}")


def test_whose_request_to_lift_a_pause_counts_is_as_the_file_says():
    story = Telling()
    scene = story.begin("A lead does not confirm with one they have just made", a_paused_scene())
    lifted_by(scene, "lena")
    scene.later(hours=24)
    scene.add(a_member("luis", kind=Kind.LEAD, kind_set_at=scene.clock))
    story.do(lifted_by, scene, "luis")
    scene.later(hours=24)
    story.do(lifted_by, scene, "luis")
    scene = story.begin("The request of a suspended lead hinders no new one", a_paused_scene())
    lifted_by(scene, "luis")
    scene.later(minutes=1)
    scene.do(revoke_member, "luis")
    # This approver counts after that request, and before the next.
    scene.add(an_approver(named_at=scene.clock - DAY))
    story.do(lifted_by, scene, "lena")
    scene = story.begin("A request lapses three days after it counts", a_paused_scene())
    lifted_by(scene, "lena")
    scene.later(hours=96)
    story.do(status, scene)
    story.do(lifted_by, scene, "luis")
    assert is_paused(scene)
    scene = story.begin("Only a lead who has led ever since counts", a_paused_scene())
    for lead, leave, other in (
        ("luis", lambda: scene.do(revoke_member, "luis"), "lara"),
        ("lara", lambda: make_member(scene, "lara"), "lena"),
    ):
        lifted_by(scene, lead)
        leave()
        scene.later(hours=25)
        story.do(lifted_by, scene, other)
    assert is_paused(scene)
    scene = story.begin("Jo refuses the request", a_paused_scene())
    lifted_by(scene, "lena")
    for _ in range(2):
        story.do(kept, scene)
    story.hold("requests/pause-requests")


def press_again(scene):
    pause_by_client(scene.ports, LINK_TEXT, OTHER_CODE, address=PHONE)


def press_with_the_same_code(scene):
    pause_by_client(scene.ports, LINK_TEXT, LIFT_CODE, address=PHONE)


@every("refuse", [press_again, press_with_the_same_code, kept])
@every("is_sealed", [True, False])
def test_anyone_at_the_client_refuses_the_request(refuse, *, is_sealed):
    scene = a_paused_scene(
        locks=a_block("acme-prod").locks * (MAX_LOCKS if is_sealed else 1), is_sealed=is_sealed
    )
    lifted_by(scene, "lena")
    scene.later(hours=25)
    refuse(scene)
    assert scene.entries[-1].details["refused"] == "lena"
    assert scene.entries[-1].actor == CLIENT
    assert lifted_by(scene, "luis").paused  # a new request, for another day
    assert reason_of(lifted_by, scene, "lena") is Reason.LIFT_TOO_SOON
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
def test_a_pause_is_not_lifted_without_asking_the_client(item, reason):
    scene = a_paused_scene()
    scene.add(item)
    assert reason_of(lifted_by, scene, "lena") is reason
    assert scene.entries == []


def test_an_approver_who_was_replaced_meanwhile_does_not_count():
    """A lead removes the client's approver, and names one who is asked nothing."""
    scene = a_paused_scene()
    lifted_by(scene, "lena")
    scene.add(an_approver(named_at=NOON - timedelta(hours=23)))
    scene.later(hours=95)
    assert reason_of(lifted_by, scene, "luis") is Reason.NO_ONE_TO_ASK


def test_an_unknown_engagement_or_link_gives_nothing_away():
    scene = a_paused_scene()
    with pytest.raises(NotFound):
        scene.do(lift_pause_as_leads, "none")
    with pytest.raises(NotFound):
        find_pause(scene.ports, "none")
    for text in ("x", "z" * 52):
        with pytest.raises(NotFound):
            kept(scene, text)


@every("error, has_effect", LOST)
@every("change", ["ask", "confirm", "keep"])
def test_a_write_without_an_answer_is_completed(change, error, *, has_effect):
    scene = a_paused_scene()
    if change != "ask":
        lifted_by(scene, "lena")
        scene.later(hours=25)
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
