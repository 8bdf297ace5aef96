"""Revoked means revoked: every order of the steps of vends and of what ends them, by the code.

Two vends and a change or a revocation, each of which may crash before any step; the reads of what
is under way come in two pages. The same walk finds what is wrong where either half of the
protection is taken away: the second look, or the one place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import ChangeEngagement
from chalicelib.domain.trail import Entry
from chalicelib.domain.vending.access import Wish
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.vending.sessions import Revocation, Standing
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.vending import vend as vending
from chalicelib.usecases.vending.vend import vend
from tests.builders import Scene, a_grant, a_role
from tests.fakes import FakeTrail
from tests.usecases.vending.interleaving import CRASHES, Play, every_play
from tests.usecases.vending.revocations import CHANGES, REVOCATIONS, End, a_scene_with_two_roles

ENDS = REVOCATIONS | CHANGES


def a_scene_for_two() -> Scene:
    scene = a_scene_with_two_roles()
    scene.world.add(a_grant("bob"), a_role())
    return scene


def vended_to(member: str) -> Callable[[Scene], Any]:
    return lambda s: vend(s.ports, s.asking(member), "acme-prod", Wish(role="readonly"))


def wrong(play: Play) -> list[str]:
    """What is wrong with this end of a play, whose last actor ended what the others vended."""
    *vends, last = play.actors
    if isinstance(last.result, Exception) or last.result == CRASHES:
        return []
    handed_over = {one.result.vend for one in vends if isinstance(one.result, VendedSession)}
    found = []
    late = handed_over - play.issued_when_answered
    if late:
        found.append("handed over after the answer")
    if isinstance(last.result, Revocation):
        sessions = last.result.sessions
        live = {session.vend for session in sessions if session.standing is Standing.LIVE}
        if handed_over - live:
            found.append("handed over, and not in the answer as live")
        if any(session.standing is Standing.UNKNOWN for session in sessions):
            found.append("left open")
    return found


def walked(end: End, *members: str) -> list[Play]:
    acts = [*map(vended_to, members), end]
    return list(every_play(a_scene_for_two, *acts))


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_one_vend_and_whatever_ends_it(end: End) -> None:
    plays = walked(end, "alice")
    assert {play.order: wrong(play) for play in plays if wrong(play)} == {}
    results = [play.actors[0].result for play in plays]
    assert any(isinstance(result, VendedSession) for result in results)
    assert any(isinstance(result, Exception) for result in results)
    assert not any(isinstance(play.actors[1].result, Exception) for play in plays)


@pytest.mark.parametrize(
    ("end", "members"),
    [
        ("grant revoked", ("alice", "alice")),
        ("engagement revoked", ("alice", "bob")),
    ],
)
def test_two_vends_and_a_revocation(end: str, members: tuple[str, str]) -> None:
    plays = walked(REVOCATIONS[end], *members)
    assert {play.order: wrong(play) for play in plays if wrong(play)} == {}
    assert not any(isinstance(play.actors[2].result, Exception) for play in plays)


def rename(scene: Scene) -> Any:
    asked = ChangeEngagement(client="Acme Ltd")
    return change_engagement(scene.ports, scene.caller(), "acme-prod", asked)


HARMLESS: dict[str, End] = {
    "a vend": vended_to("bob"),
    "another of her own": vended_to("alice"),
    "a change of name": rename,
}


@pytest.mark.parametrize("meanwhile", HARMLESS.values(), ids=HARMLESS)
def test_neither_another_vend_nor_a_harmless_change_keeps_a_vend_from_its_session(
    meanwhile: End,
) -> None:
    for play in walked(meanwhile, "alice"):
        for actor in play.actors:
            assert not isinstance(actor.result, Exception)


def test_without_the_second_look_the_walk_finds_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vending, "_obstacle", lambda *_: None)
    plays = walked(REVOCATIONS["grant revoked"], "alice")
    assert any("handed over after the answer" in wrong(play) for play in plays)


def test_without_the_one_place_the_walk_finds_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def over_whatever_is_there(self: FakeTrail, intent: Entry, outcome: Entry) -> Entry:
        self._world.entries.append(outcome)
        return outcome

    monkeypatch.setattr(FakeTrail, "settle", over_whatever_is_there)
    plays = walked(REVOCATIONS["grant revoked"], "alice")
    assert any("handed over after the answer" in wrong(play) for play in plays)
