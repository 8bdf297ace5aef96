"""An emergency while something fails, or while someone else acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action
from chalicelib.usecases.people.members import change_member, revoke_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.requests.emergencies import open_emergency, review_emergency
from chalicelib.usecases.vending.blocks.freezing import freeze
from tests.builders import Scene, a_token
from tests.fakes import Killed
from tests.rows import every
from tests.usecases.lost_answers import DOWN, loses_answer
from tests.usecases.requests.emergency_scene import (
    REVIEW,
    an_emergency_scene,
    count_of,
    entries_of,
    lock_of,
    open_it,
    opened_grants,
    reinstate_with_token,
    review_it,
    vended,
)


def open_as(scene: Scene, caller: Caller) -> RequestView:
    opening = OpenEmergency(reason="INC-7")
    return open_emergency(scene.ports, caller, "acme-prod", "readonly", opening)


def check_one(scene: Scene, request: str) -> None:
    """Check that exactly this emergency exists, and that it opens the role."""
    assert [grant.request for grant in opened_grants(scene)] == [request]
    assert (lock_of(scene), count_of(scene)) == (request, 1)
    assert len(entries_of(scene, Action.EMERGENCY_BEGIN)) == 1
    assert vended(scene) is None


@every("has_effect", [False, True])
def test_asking_again_after_no_answer_at_all_finds_the_role_open_or_opens_it(
    *, has_effect: bool
) -> None:
    scene = an_emergency_scene()
    caller = scene.caller("alice")
    scene.world.fails_at("token_and_member", DOWN)  # so the function does not try again
    with loses_answer(scene, "change", has_effect=has_effect), pytest.raises(Unavailable):
        open_as(scene, caller)
    scene.world.before = None
    assert lock_of(scene) is not None if has_effect else lock_of(scene) is None
    check_one(scene, open_it(scene).id)


def test_of_two_reviews_at_once_one_is_written_and_the_other_learns_by_whom() -> None:
    scene = an_emergency_scene()
    view = open_it(scene)
    scene.world.just_before("change", lambda: review_it(scene, view.id, "luis", "Fine."))
    with pytest.raises(Conflict, match="luis reviewed this emergency") as refused:
        review_it(scene, view.id)
    assert refused.value.reason is Reason.EMERGENCY_REVIEWED
    stored = scene.stored(AccessRequest, "alice", view.id)
    assert (stored.reviewed_by, stored.review) == ("luis", "Fine.")


@every("changed", ["suspended", "demoted"])
def test_a_lead_who_may_no_longer_review_writes_no_review(changed: str) -> None:
    scene = an_emergency_scene()
    view = open_it(scene)
    lena = scene.caller("lena")
    ends: dict[str, Callable[[], Any]] = {
        "suspended": lambda: revoke_member(scene.ports, scene.caller("luis"), "lena", why="w"),
        "demoted": lambda: change_member(
            scene.ports, scene.caller("luis"), "lena", ChangeMember(kind=Kind.MEMBER)
        ),
    }
    scene.world.just_before("change", ends[changed])
    with pytest.raises(Conflict):
        review_emergency(scene.ports, lena, view.id, why=REVIEW)
    assert lock_of(scene) == view.id


def test_a_revocation_whose_item_is_not_updated_yet_ends_it_too() -> None:
    """The stop is stored before the item changes. A transaction does not see it."""
    scene = an_emergency_scene()

    def suspend_and_be_killed() -> None:
        scene.world.fails_at("apply", Killed())
        with pytest.raises(Killed):
            revoke_member(scene.ports, scene.caller(), "alice", why="w")
        scene.world.before = None

    scene.world.just_before("change", suspend_and_be_killed)
    open_it(scene)
    revoke_member(scene.ports, scene.caller(), "alice", why="w")
    reinstate_with_token(scene)
    assert vended(scene) is Reason.APPROVAL_REQUIRED


def test_a_token_that_is_revoked_meanwhile_opens_nothing() -> None:
    scene = an_emergency_scene()
    scene.world.just_before(
        "change",
        lambda: revoke_token(scene.ports, scene.caller(), "alice", a_token("alice").id, why="w"),
    )
    with pytest.raises(Conflict):
        open_it(scene)
    assert opened_grants(scene) == []


def test_a_freeze_meanwhile_refuses_each_session() -> None:
    scene = an_emergency_scene()
    scene.world.just_before("change", lambda: freeze(scene.ports, scene.caller(), why="w"))
    open_it(scene)
    assert vended(scene) is Reason.FROZEN
