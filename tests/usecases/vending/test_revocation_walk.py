"""Revoked means revoked: every kind of revocation, before every step of a vend."""

from __future__ import annotations

import pytest

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access import Wish
from chalicelib.domain.vending.sessions import Standing
from chalicelib.usecases.vending.sessions import Revocation
from chalicelib.usecases.vending.vend import Vended, vend
from tests.builders import Scene
from tests.usecases.vending.revocations import (
    CHANGES,
    REVOCATIONS,
    VEND_STEPS,
    End,
    a_scene_with_two_roles,
    replace_role,
)

every_end = pytest.mark.parametrize(
    "end", [pytest.param(end, id=name) for name, end in (REVOCATIONS | CHANGES).items()]
)
every_revocation = pytest.mark.parametrize(
    "revoke", [pytest.param(revoke, id=name) for name, revoke in REVOCATIONS.items()]
)
every_step = pytest.mark.parametrize("step", VEND_STEPS)


def vended(scene: Scene) -> Vended:
    return vend(scene.ports, scene.asking(), "acme-prod", Wish(role="readonly", duration=3600))


def refused_with(scene: Scene, step: str, end: End) -> list[Revocation]:
    """What the revocation said that came before this step; the vend has to be refused."""
    said: list[Revocation] = []
    scene.world.just_before(step, lambda: said.append(end(scene)))
    with pytest.raises(DaypassError):
        vended(scene)
    assert len(said) == 1
    return said


def test_the_walk_goes_through_every_step_of_a_vend() -> None:
    scene = a_scene_with_two_roles()
    vended(scene)
    assert scene.world.steps == VEND_STEPS


@every_step
@every_end
def test_nothing_is_handed_over_once_a_revocation_is_done(end: End, step: str) -> None:
    scene = a_scene_with_two_roles()
    refused_with(scene, step, end)
    story = [entry.outcome for entry in scene.world.entries if entry.action == "vend"]
    in_flight = [Outcome.INTENDED, Outcome.WITHHELD]
    assert story == ([Outcome.REFUSED] if step == "facts" else in_flight)


@every_end
def test_nothing_is_vended_afterwards_either(end: End) -> None:
    scene = a_scene_with_two_roles()
    vended(scene)
    end(scene)
    with pytest.raises(DaypassError):
        vended(scene)


@every_step
@every_revocation
def test_a_revocation_lists_a_vend_that_is_in_flight_once_its_intent_is_on_record(
    revoke: End, step: str
) -> None:
    scene = a_scene_with_two_roles()
    (revocation,) = refused_with(scene, step, revoke)
    vends = {entry.vend for entry in scene.world.entries if entry.outcome is Outcome.INTENDED}
    on_record = step in ("issue", "settle")
    listed = {session.vend for session in revocation.sessions}
    assert listed == ({vend for vend in vends if vend} if on_record else set())
    assert all(session.standing is Standing.UNKNOWN for session in revocation.sessions)


@every_revocation
def test_a_revocation_right_after_the_hand_over_lists_the_session_and_cuts_it_off(
    revoke: End,
) -> None:
    scene = a_scene_with_two_roles()
    scene.world.later(milliseconds=700)
    issued_at = scene.world.clock
    given = vended(scene)
    revocation = revoke(scene)
    (session,) = revocation.sessions
    assert (session.vend, session.standing) == (given.vend, Standing.LIVE)
    assert session.ends_by == given.credentials.expires_at
    assert (revocation.cut_off_at - issued_at).total_seconds() >= 5


@every_revocation
def test_a_session_that_was_withheld_before_is_listed_as_such(revoke: End) -> None:
    scene = a_scene_with_two_roles()
    refused_with(scene, "settle", CHANGES["role unproven"])
    (session,) = revoke(scene).sessions
    assert session.standing is Standing.WITHHELD


@pytest.mark.parametrize("step", VEND_STEPS[1:])
def test_a_session_of_a_role_that_has_been_replaced_is_not_the_new_roles(step: str) -> None:
    scene = a_scene_with_two_roles()
    (revocation,) = refused_with(scene, step, replace_role)
    assert len(revocation.sessions) == (0 if step == "record intended" else 1)
    assert scene.story()[-1] == "vend withheld changed-meanwhile"
    assert vended(scene).credentials.assumed_role_arn.split("/")[1] == "Other"
