"""An emergency while something fails, or while someone else acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from chalicelib.domain.engagements.emergencies import EmergencyLock, EmergencyRecord
from chalicelib.domain.engagements.grants import CreateGrant
from chalicelib.domain.errors import Conflict, DaypassError, FactsChanged, Unavailable
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action
from chalicelib.usecases.engagements.engagements import (
    close_engagement,
    reopen_engagement,
    revoke_engagement,
)
from chalicelib.usecases.engagements.grants import create_grant, revoke_grant
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.people.members import change_member, reinstate_member, revoke_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.requests.emergencies import open_emergency, review_emergency
from chalicelib.usecases.vending.blocks.freezing import freeze
from tests.builders import Scene, a_token
from tests.fakes import Killed
from tests.usecases.requests.emergency_scene import (
    REVIEW,
    an_emergency_scene,
    count_of,
    entries_of,
    lock_of,
    open_it,
    opened_grants,
    review_it,
    vended,
)

DOWN = Unavailable(Reason.RECORDS_UNAVAILABLE)
LOST = {
    "throttled before the effect": (DOWN, False),
    "no answer after the effect": (DOWN, True),
    "the SDK meets its own item": (FactsChanged(), True),
}
every_lost_answer = pytest.mark.parametrize(("error", "has_effect"), LOST.values(), ids=LOST)


@contextmanager
def loses_answer(
    scene: Scene, error: DaypassError, *, has_effect: bool, times: int = 1
) -> Iterator[None]:
    """Let the next transactions raise the error, before or after their effect."""
    state, count = scene.ports.state, 0
    write = state.change

    def change(*arguments: Any, **preconditions: Any) -> None:
        nonlocal count
        count += 1
        if count > times or has_effect:
            write(*arguments, **preconditions)
        if count <= times:
            raise error

    state.change = change  # type: ignore[method-assign]
    yield
    state.change = write  # type: ignore[method-assign]


@contextmanager
def loses_read(scene: Scene, nth: int) -> Iterator[None]:
    """Let the nth read of an item from now on fail."""
    state, count = scene.ports.state, 0
    names = ("get", "get_many", "get_together")
    reads = {name: getattr(state, name) for name in names}

    def fail_once(read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*arguments: Any) -> Any:
            nonlocal count
            count += 1
            if count == nth:
                raise DOWN
            return read(*arguments)

        return reading

    for name, read in reads.items():
        setattr(state, name, fail_once(read))
    yield
    for name, read in reads.items():
        setattr(state, name, read)


def open_as(scene: Scene, caller: Caller) -> RequestView:
    opening = OpenEmergency(reason="INC-7")
    return open_emergency(scene.ports, caller, "acme-prod", "readonly", opening)


def reinstate_with_token(scene: Scene) -> None:
    reinstate_member(scene.ports, scene.caller(), "alice")
    scene.world.add(a_token("alice", created_at=scene.world.clock))


def check_one(scene: Scene, request: str) -> None:
    """Check that exactly this emergency exists, and that it opens the role."""
    assert [grant.request for grant in opened_grants(scene)] == [request]
    assert (lock_of(scene), count_of(scene)) == (request, 1)
    assert len(entries_of(scene, Action.EMERGENCY_BEGIN)) == 1
    assert vended(scene) is None


@every_lost_answer
def test_a_lost_answer_opens_the_role_once(error: DaypassError, *, has_effect: bool) -> None:
    scene = an_emergency_scene()
    with loses_answer(scene, error, has_effect=has_effect):
        view = open_it(scene)
    check_one(scene, view.id)


@every_lost_answer
def test_a_lost_answer_writes_one_review(error: DaypassError, *, has_effect: bool) -> None:
    scene = an_emergency_scene()
    view = open_it(scene)
    with loses_answer(scene, error, has_effect=has_effect):
        reviewed = review_it(scene, view.id)
    assert (reviewed.reviewed_by, reviewed.review) == ("lena", REVIEW)
    assert len(entries_of(scene, Action.EMERGENCY_REVIEW)) == 1
    assert lock_of(scene) is None


@pytest.mark.parametrize("has_effect", [False, True])
def test_asking_again_after_no_answer_at_all_finds_the_role_open_or_opens_it(
    *, has_effect: bool
) -> None:
    scene = an_emergency_scene()
    caller = scene.caller("alice")
    scene.world.fails_at("token_and_member", DOWN)  # so the function does not try again
    with loses_answer(scene, DOWN, has_effect=has_effect), pytest.raises(Unavailable):
        open_as(scene, caller)
    scene.world.before = None
    assert lock_of(scene) is not None if has_effect else lock_of(scene) is None
    check_one(scene, open_it(scene).id)


def test_while_dynamodb_is_down_nothing_is_opened() -> None:
    scene = an_emergency_scene()
    with loses_answer(scene, DOWN, has_effect=False, times=1000), pytest.raises(Unavailable):
        open_it(scene)
    assert (opened_grants(scene), lock_of(scene), count_of(scene)) == ([], None, 0)
    assert entries_of(scene, Action.EMERGENCY_BEGIN) == []
    check_one(scene, open_it(scene).id)


@pytest.mark.parametrize("nth", range(1, 10))
def test_a_read_that_fails_is_repeated(nth: int) -> None:
    scene = an_emergency_scene()
    alice, lena = scene.caller("alice"), scene.caller("lena")
    with loses_read(scene, nth):
        view = open_as(scene, alice)
    check_one(scene, view.id)
    with loses_read(scene, nth):
        review_emergency(scene.ports, lena, view.id, why=REVIEW)
    assert len(entries_of(scene, Action.EMERGENCY_REVIEW)) == 1


@pytest.mark.parametrize("count", range(5))
def test_a_function_that_is_killed_anywhere_leaves_all_or_nothing(count: int) -> None:
    scene = an_emergency_scene()
    caller = scene.caller("alice")
    scene.world.killed_after(count)
    with suppress(Killed):
        open_as(scene, caller)
    scene.world.before = None
    written = {
        kind: len(scene.world.find(kind))
        for kind in (AccessRequest, EmergencyLock, EmergencyRecord)
    }
    assert set(written.values()) in ({0}, {1})
    assert len(opened_grants(scene)) == written[AccessRequest]
    assert len(entries_of(scene, Action.EMERGENCY_BEGIN)) == written[AccessRequest]
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


@pytest.mark.parametrize("changed", ["suspended", "demoted"])
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


REVOCATIONS: dict[str, tuple[Callable[[Scene], Any], Callable[[Scene], Any]]] = {
    "member": (
        lambda s: revoke_member(s.ports, s.caller(), "alice", why="w"),
        reinstate_with_token,
    ),
    "grant": (
        lambda s: revoke_grant(s.ports, s.caller(), "acme-prod", "alice", why="w"),
        lambda s: create_grant(
            s.ports,
            s.caller(),
            "acme-prod",
            CreateGrant(
                member="alice",
                roles=frozenset({"readonly"}),
                on_request=frozenset({"readonly"}),
            ),
        ),
    ),
    "engagement closed": (
        lambda s: close_engagement(s.ports, s.caller(), "acme-prod", why="w"),
        lambda s: reopen_engagement(s.ports, s.caller(), "acme-prod", why="w"),
    ),
    "engagement revoked": (
        lambda s: revoke_engagement(s.ports, s.caller(), "acme-prod", why="w"),
        lambda s: reopen_engagement(s.ports, s.caller(), "acme-prod", why="w"),
    ),
    "role": (
        lambda s: end_role(s.ports, s.caller(), "acme-prod", "readonly", why="w"),
        lambda _: None,
    ),
}
GIVEN_BACK = {"role": Reason.ROLE_NOT_GRANTED}
"""Why there is no session after the access was given back. An ended role never comes back."""


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
