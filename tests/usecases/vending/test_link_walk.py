"""Revoked means revoked, for what comes by a link too: before every step, and in every order."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.roles import ChangeRole
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access import Wish, decide
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.vending.sessions import Revocation, Standing
from chalicelib.usecases.engagements.roles import change_role
from chalicelib.usecases.vending import vend as vending
from chalicelib.usecases.vending import vend_by_link as by_link
from chalicelib.usecases.vending.vend import vend
from tests.builders import Scene, a_role
from tests.usecases.vending.interleaving import CRASHES, Play, every_play
from tests.usecases.vending.linking import BY_LINK_STEPS, a_scene_in_slack, link_of, pressed
from tests.usecases.vending.revocations import (
    ENDS_BY_LINK,
    LINK_CHANGES,
    LINK_REVOCATIONS,
    VEND_STEPS,
    End,
)
from tests.usecases.vending.test_every_interleaving import wrong

every_end = pytest.mark.parametrize("end", ENDS_BY_LINK.values(), ids=ENDS_BY_LINK)
OF_A_LINK = LINK_REVOCATIONS | LINK_CHANGES
MOMENTS = [(step, BY_LINK_STEPS[: n + 1].count(step)) for n, step in enumerate(BY_LINK_STEPS)]


def a_scene_of_links() -> Scene:
    return a_scene_in_slack(a_role("deploy"))


def test_a_vend_by_a_link_is_a_vend_once_the_link_is_used() -> None:
    assert ["change", *VEND_STEPS] == BY_LINK_STEPS


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
@every_end
def test_nothing_is_handed_over_once_a_revocation_is_done(
    end: End, moment: tuple[str, int]
) -> None:
    scene = a_scene_of_links()
    said: list[Any] = []
    step, nth = moment
    scene.world.just_before(step, lambda: said.append(end(scene)), nth=nth)
    with pytest.raises(DaypassError):
        pressed(scene)
    assert len(said) == 1
    story = [entry.outcome for entry in scene.world.entries if entry.action == "vend"]
    reached = MOMENTS.index(moment) >= BY_LINK_STEPS.index("record intended")
    assert story == [Outcome.INTENDED, Outcome.WITHHELD] if reached else len(story) <= 1
    if isinstance(said[0], Revocation):
        on_record = MOMENTS.index(moment) >= BY_LINK_STEPS.index("issue")
        assert [one.standing for one in said[0].sessions] == [Standing.WITHHELD] * on_record


@pytest.mark.parametrize("end", OF_A_LINK.values(), ids=OF_A_LINK)
def test_what_ends_a_link_ends_nothing_that_came_by_a_token(end: End) -> None:
    scene = a_scene_of_links()
    scene.world.just_before("issue", lambda: end(scene))
    vend(scene.ports, scene.asking(), "acme-prod", Wish(role="readonly"))


def test_a_role_that_is_opened_to_links_again_gives_by_the_next_one_only() -> None:
    scene = a_scene_of_links()

    def close_and_open() -> None:
        for allows in (False, True):
            asked = ChangeRole(allows_links=allows)
            change_role(scene.ports, scene.caller(), "acme-prod", "readonly", asked)

    scene.world.just_before("issue", close_and_open)
    with pytest.raises(DaypassError, match="role-closed-to-links"):
        pressed(scene)


def walked(*acts: Any) -> list[Play]:
    return list(every_play(a_scene_of_links, *acts))


@every_end
def test_a_vend_by_a_link_and_whatever_ends_it_in_every_order(end: End) -> None:
    plays = walked(pressed, end)
    assert {play.order: wrong(play) for play in plays if wrong(play)} == {}
    results = [play.actors[0].result for play in plays]
    assert any(isinstance(result, VendedSession) for result in results)
    assert any(isinstance(result, Exception) for result in results)


def given(play: Play) -> int:
    return sum(isinstance(actor.result, VendedSession) for actor in play.actors)


def test_of_two_tabs_in_every_order_one_has_the_session_or_it_is_lost_with_its_tab() -> None:
    plays = walked(pressed, pressed)
    assert {given(play) for play in plays} == {0, 1}
    for play in plays:
        if CRASHES not in [actor.result for actor in play.actors]:
            assert given(play) == 1
        assert len(play.world.issued) <= 1


def test_two_tabs_and_a_revocation_in_every_order() -> None:
    plays = walked(pressed, pressed, LINK_REVOCATIONS["link revoked by its member"])
    assert {play.order: wrong(play) for play in plays if wrong(play)} == {}
    assert {given(play) for play in plays} == {0, 1}


def test_without_the_second_look_the_walk_finds_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vending, "_obstacle", lambda *_: None)
    plays = walked(pressed, LINK_REVOCATIONS["link revoked by a lead"])
    assert any("handed over after the answer" in wrong(play) for play in plays)


def test_without_the_conditional_write_the_walk_finds_two_sessions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def whoever_looked_first(ports: Any, *given: Any, **named: Any) -> None:
        """Takes it for its own because it was free when it was looked at."""

    monkeypatch.setattr(by_link, "write", whoever_looked_first)
    monkeypatch.setattr(vending, "decide", _as_if_used)
    assert any(given(play) == 2 for play in walked(pressed, pressed))


def _as_if_used(facts: Any, *rest: Any, **named: Any) -> Any:
    used = facts.link.used(facts.link.created_at)
    return decide(replace(facts, link=used), *rest, **named)


def test_nothing_but_the_use_of_a_link_marks_it_as_used() -> None:
    scene = a_scene_of_links()
    scene.world.fails_at("facts", ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        pressed(scene)
    assert link_of(scene).used_at is not None
