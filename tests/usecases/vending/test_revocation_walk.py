"""Revoked means revoked: every kind of revocation, before every step of a vend."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access import Wish
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.vending.sessions import Revocation, Standing
from chalicelib.usecases.vending.vend import vend
from tests.builders import Scene
from tests.fakes import NOON
from tests.usecases.vending.revocations import (
    CHANGES,
    REVOCATIONS,
    VEND_MOMENTS,
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
every_moment = pytest.mark.parametrize("moment", VEND_MOMENTS, ids=str)
Moment = tuple[str, int]


def vended(scene: Scene) -> VendedSession:
    return vend(scene.ports, scene.asking(), "acme-prod", Wish(role="readonly", duration=3600))


def refused_with(scene: Scene, moment: Moment, end: End) -> list[Revocation]:
    """What the revocation said that came before this step; the vend has to be refused."""
    said: list[Revocation] = []
    step, nth = moment
    scene.world.just_before(step, lambda: said.append(end(scene)), nth=nth)
    with pytest.raises(DaypassError):
        vended(scene)
    assert len(said) == 1
    return said


def test_the_walk_goes_through_every_step_of_a_vend() -> None:
    scene = a_scene_with_two_roles()
    vended(scene)
    assert scene.world.steps == VEND_STEPS


@every_moment
@every_end
def test_nothing_is_handed_over_once_a_revocation_is_done(end: End, moment: Moment) -> None:
    scene = a_scene_with_two_roles()
    refused_with(scene, moment, end)
    story = [entry.outcome for entry in scene.world.entries if entry.action == "vend"]
    in_flight = [Outcome.INTENDED, Outcome.WITHHELD]
    assert story == ([Outcome.REFUSED] if moment == ("facts", 1) else in_flight)


@every_end
def test_who_ends_what_is_under_way_is_on_its_record_and_when(end: End) -> None:
    scene = a_scene_with_two_roles()

    def later(scene: Scene) -> Revocation:
        scene.world.later(seconds=2)
        return end(scene)

    refused_with(scene, ("settle issued", 1), later)
    (withheld,) = (one for one in scene.world.entries if one.outcome is Outcome.WITHHELD)
    assert withheld.details["closed_by"] in {"lena", "alice"}
    assert withheld.at == NOON + timedelta(seconds=2)


@every_end
def test_nothing_is_vended_afterwards_either(end: End) -> None:
    scene = a_scene_with_two_roles()
    vended(scene)
    end(scene)
    with pytest.raises(DaypassError):
        vended(scene)


@every_moment
@every_revocation
def test_a_revocation_lists_a_vend_that_is_in_flight_once_its_intent_is_on_record(
    revoke: End, moment: Moment
) -> None:
    scene = a_scene_with_two_roles()
    (revocation,) = refused_with(scene, moment, revoke)
    vends = {entry.vend for entry in scene.world.entries if entry.outcome is Outcome.INTENDED}
    on_record = VEND_MOMENTS.index(moment) >= VEND_STEPS.index("issue")
    listed = {session.vend for session in revocation.sessions}
    assert listed == ({vend for vend in vends if vend} if on_record else set())
    # It put that into the vend's place itself, before it answered.
    assert all(session.standing is Standing.WITHHELD for session in revocation.sessions)


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
    refused_with(scene, ("facts", 2), CHANGES["role unproven"])
    (session,) = revoke(scene).sessions
    assert session.standing is Standing.WITHHELD


@pytest.mark.parametrize("moment", VEND_MOMENTS[1:], ids=str)
def test_a_session_of_a_role_that_has_been_replaced_is_not_the_new_roles(moment: Moment) -> None:
    scene = a_scene_with_two_roles()
    (revocation,) = refused_with(scene, moment, replace_role)
    assert len(revocation.sessions) == (0 if moment[0] == "record intended" else 1)
    told = "changed-meanwhile" if moment[0] == "record intended" else "role-not-granted"
    assert f"vend withheld {told}" in scene.story()
    assert vended(scene).credentials.assumed_role_arn.split("/")[1] == "Other"
