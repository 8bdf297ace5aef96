"""Revoked means revoked: every order of the steps of vends and of what ends them, by the code.

Two vends and a change or a revocation, each of which may crash before any step; the reads of what
is under way come in two pages, those of the facts in two parts. The same walk finds what is wrong
where a protection is taken away: the second look, the one place, the stops, an item's version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Item
from chalicelib.domain.vending.access import SessionRequest, decide
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.vending.sessions import Revocation, SessionStatus
from chalicelib.usecases.engagements.engagements import change_engagement, reopen_engagement
from chalicelib.usecases.vending import vend as vending
from chalicelib.usecases.vending import vend_by_link as by_link
from chalicelib.usecases.vending.vend import vend
from tests.builders import Scene, a_grant, a_role
from tests.fakes import FakeState, FakeTrail
from tests.usecases.vending import interleaving
from tests.usecases.vending.interleaving import (
    CRASHES,
    ITEMS_FIRST,
    STOPS_FIRST,
    Play,
    every_play,
    stops_of,
)
from tests.usecases.vending.linking import a_scene_in_slack, pressed
from tests.usecases.vending.revocations import (
    CHANGES,
    ENDS_BY_LINK,
    LINK_CHANGES,
    LINK_REVOCATIONS,
    REVOCATIONS,
    End,
    a_scene_with_two_roles,
)

ENDS = REVOCATIONS | CHANGES
"""Each of a vend with a token; ENDS_BY_LINK of a vend by an access link."""
OF_A_LINK = LINK_REVOCATIONS | LINK_CHANGES


def a_scene_for_two() -> Scene:
    scene = a_scene_with_two_roles()
    scene.world.add(a_grant("bob"), a_role())
    return scene


def a_scene_of_links() -> Scene:
    return a_scene_in_slack(a_role("deploy"))


def vended_to(member: str) -> Callable[[Scene], VendedSession]:
    return lambda s: vend(s.ports, s.origin(member), "acme-prod", SessionRequest(role="readonly"))


def wrong(play: Play) -> list[str]:
    """Return the violations in a play whose last actor revoked what the others vended."""
    *vends, last = play.actors
    if isinstance(last.result, Exception) or last.result == CRASHES:
        return []
    handed_over = {vend.result.vend for vend in vends if isinstance(vend.result, VendedSession)}
    violations = []
    late = handed_over - play.issued_when_answered
    if late:
        violations.append("handed over after the answer")
    if isinstance(last.result, Revocation):
        listed = {session.vend: session.status for session in last.result.sessions}
        live = {vend for vend, status in listed.items() if status is SessionStatus.LIVE}
        if handed_over - live:
            violations.append("handed over, and not in the answer as live")
        if SessionStatus.UNKNOWN in listed.values():
            violations.append("left open")
        if any(listed.get(vend) is not SessionStatus.WITHHELD for vend in closed(play)):
            violations.append("closed, and not in the answer as withheld")
    if CRASHES not in [vend.result for vend in vends] and not_on_record(play):
        violations.append("not on record")
    return violations


def closed(play: Play) -> set[str]:
    """Return the vends whose outcome the revocation recorded."""
    return {entry.vend for entry in play.world.entries if "closed_by" in entry.details}


def not_on_record(play: Play) -> bool:
    """Return whether a vend lacks its one outcome, or has another one than it received."""
    received = [isinstance(actor.result, VendedSession) for actor in play.actors[:-1]]
    entries = [entry for entry in play.world.entries if entry.action is Action.VEND]
    by_outcome = Counter(entry.outcome for entry in entries)
    intended = {entry.vend for entry in entries if entry.outcome is Outcome.INTENDED}
    settled = [entry.vend for entry in entries if entry.outcome in SETTLED]
    rest = by_outcome[Outcome.WITHHELD] + by_outcome[Outcome.REFUSED] + not_begun(play)
    as_received = (by_outcome[Outcome.ISSUED], rest) == (
        received.count(True),
        received.count(False),
    )
    return not as_received or sorted(settled) != sorted(intended)


SETTLED = (Outcome.ISSUED, Outcome.WITHHELD)


def not_begun(play: Play) -> int:
    """How many were refused before a vend began: their link was not good any more."""
    return sum(
        entry.action is Action.ACCESS_LINK_USE and entry.outcome is Outcome.REFUSED
        for entry in play.world.entries
    )


def walked(end: End, *members: str, facts: Sequence[str] = ()) -> list[Play]:
    return list(every_play(a_scene_for_two, *map(vended_to, members), end, facts=facts))


def walked_by_link(*acts: Any, facts: Sequence[str] = ()) -> list[Play]:
    return list(every_play(a_scene_of_links, *acts, facts=facts))


def given(play: Play) -> int:
    return sum(isinstance(actor.result, VendedSession) for actor in play.actors)


@pytest.mark.parametrize("facts", [ITEMS_FIRST, STOPS_FIRST], ids=" ".join)
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_one_vend_and_whatever_ends_it(end: End, facts: Sequence[str]) -> None:
    plays = walked(end, "alice", facts=facts)
    assert {play.order: wrong(play) for play in plays if wrong(play)} == {}
    assert {given(play) for play in plays} == {0, 1}
    assert not any(isinstance(play.actors[1].result, Exception) for play in plays)


@pytest.mark.parametrize("end", ENDS_BY_LINK.values(), ids=ENDS_BY_LINK)
def test_a_vend_by_a_link_and_whatever_ends_it(end: End) -> None:
    plays = walked_by_link(pressed, end)
    assert {play.order: wrong(play) for play in plays if wrong(play)} == {}
    assert {given(play) for play in plays} == {0, 1}


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


def test_two_tabs_and_a_revocation() -> None:
    plays = walked_by_link(pressed, pressed, LINK_REVOCATIONS["link revoked by its member"])
    assert {play.order: wrong(play) for play in plays if wrong(play)} == {}
    assert {given(play) for play in plays} == {0, 1}


def test_of_two_tabs_one_has_the_session_or_it_is_lost_with_its_tab() -> None:
    for play in walked_by_link(pressed, pressed):
        assert given(play) == 1 or CRASHES in [actor.result for actor in play.actors]
        assert len(play.world.issued) <= 1


def rename(scene: Scene) -> Any:
    change = ChangeEngagement(client="Acme Ltd")
    return change_engagement(scene.ports, scene.caller(), "acme-prod", change)


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


@pytest.mark.parametrize("end", OF_A_LINK.values(), ids=OF_A_LINK)
def test_revoking_a_link_withholds_no_vend_by_a_token(end: End) -> None:
    scene = a_scene_of_links()
    scene.world.just_before("issue", lambda: end(scene))
    vended_to("alice")(scene)


def reopen(scene: Scene) -> Engagement:
    return reopen_engagement(scene.ports, scene.caller(), "acme-prod", why="by mistake")


def brought_back(play: Play) -> bool:
    """Return whether a revocation that the last actor undid is in force again without a new one."""
    (stop,) = stops_of(play.world).values()
    engagement = play.world.ports().state.get(Engagement, "acme-prod")
    assert engagement is not None
    return engagement.revoked_at is not None and stop.id in play.stops_when_answered


MEANWHILE: dict[str, End] = {"revoked again": REVOCATIONS["engagement revoked"], "renamed": rename}


@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE)
def test_a_revocation_holds_until_it_is_undone_and_nothing_late_brings_it_back(
    meanwhile: End,
) -> None:
    ends = REVOCATIONS["engagement revoked"]
    undone = 0
    for play in every_play(a_scene_for_two, ends, meanwhile, reopen):
        state = play.world.ports().state.get(Engagement, "acme-prod")
        if isinstance(play.actors[2].result, Engagement):
            undone += 1
            assert not brought_back(play), play.order
        elif any(isinstance(actor.result, Revocation) for actor in play.actors):
            assert state is not None
            assert state.revoked_at is not None, play.order
    assert undone


def without_the_second_look(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(vending, "_reason_to_withhold", lambda *_: None)


def without_the_one_place(patch: pytest.MonkeyPatch) -> None:
    def over_whatever_is_there(self: FakeTrail, intent: Entry, outcome: Entry) -> Entry:
        self._world.entries.append(outcome)
        return outcome

    patch.setattr(FakeTrail, "put_outcome", over_whatever_is_there)


def without_the_stops(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(interleaving, "with_stop", lambda item, _stop: item)


TAKEN_AWAY = [without_the_second_look, without_the_one_place, without_the_stops]


@pytest.mark.parametrize("take_away", TAKEN_AWAY)
def test_without_a_protection_the_walk_finds_a_violation(
    take_away: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away(monkeypatch)
    plays = walked(REVOCATIONS["grant revoked"], "alice", facts=ITEMS_FIRST)
    assert any("handed over after the answer" in wrong(play) for play in plays)


def test_without_versions_the_walk_finds_restored_access(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def over_whatever_is_there(self: FakeState, items: Sequence[Item]) -> None:
        self._world.add(*items)

    monkeypatch.setattr(FakeState, "_write", over_whatever_is_there)
    ends = REVOCATIONS["engagement revoked"]
    plays = every_play(a_scene_for_two, ends, reopen)
    assert any(brought_back(p) for p in plays if isinstance(p.actors[1].result, Engagement))


def test_without_the_conditional_write_the_walk_finds_two_sessions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def whoever_looked_first(ports: Any, *given: Any, **named: Any) -> None:
        """Takes it for its own because it was free when it was looked at."""

    def as_if_used(facts: Any, *rest: Any, **named: Any) -> Any:
        used = facts.link.mark_used(facts.link.created_at)
        return decide(replace(facts, link=used), *rest, **named)

    monkeypatch.setattr(by_link, "write", whoever_looked_first)
    monkeypatch.setattr(vending, "decide", as_if_used)
    assert any(given(play) == 2 for play in walked_by_link(pressed, pressed))
