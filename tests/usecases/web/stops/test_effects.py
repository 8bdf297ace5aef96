"""The effect of a stop, before it happens, is the effect that it then has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import NotFound
from chalicelib.domain.web.stops.effects import Effect, describe_effect
from chalicelib.domain.web.stops.targets import StopScope, StopTarget
from chalicelib.domain.web.stops.words import FORMER_LEAD
from chalicelib.usecases.people.tokens import rotate_token
from chalicelib.usecases.vending.blocks.freezing import freeze
from chalicelib.usecases.web.stops import live_sessions
from chalicelib.usecases.web.stops.effects import read_effect
from tests.builders import Scene, a_given_approval, a_grant, an_engagement, an_intent
from tests.fakes import NOON
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.web.stops.stopping import (
    STOPS_BY_SCOPE,
    a_busy_scene,
    target_of,
)
from tests.usecases.web.unreadable import Down

every_stop = every("scope", STOPS_BY_SCOPE)


def text_of(effect: Effect, title: str = "") -> str:
    """Return the lines of the part with this title, or of all parts."""
    parts = [part for part in describe_effect(effect) if title in ("", part.title)]
    return "\n".join(line for part in parts for line in part.lines)


@every_stop
def test_it_counts_the_sessions_that_the_answer_lists(scope: StopScope) -> None:
    scene = a_busy_scene()
    target = target_of(scene, scope)
    effect = read_effect(scene.ports, target)
    answer = STOPS_BY_SCOPE[scope](scene, target)
    assert effect.session_count == answer.alive > 0
    assert effect.is_complete
    assert max(line.ends_by for line in effect.lines) == answer.last_moment
    assert {line.member for line in effect.lines} == {each.member for each in answer.sessions}


@every("method", CutOffMethod)
@every_stop
def test_it_says_of_each_engagement_what_the_cut_off_then_does(
    scope: StopScope, method: CutOffMethod
) -> None:
    scene = a_busy_scene(method)
    target = target_of(scene, scope)
    effect = read_effect(scene.ports, target)
    answer = STOPS_BY_SCOPE[scope](scene, target)
    text = text_of(effect, "Cut-off")
    if scope is StopScope.CLOSE:
        assert not text
        assert not answer.cut_offs
        return
    by_daypass = {each.engagement for each in answer.cut_offs if not each.is_by_client}
    for engagement in {each.engagement for each in answer.cut_offs}:
        (line,) = (line for line in text.splitlines() if line.startswith(f"{engagement} ("))
        assert ("only the client" in line) == (engagement not in by_daypass)


@every("scope", [StopScope.MEMBER, StopScope.LEAVE])
def test_only_of_a_lead_it_says_that_their_changes_stay(scope: StopScope) -> None:
    scene = a_busy_scene()
    for member, has_led in (("alice", False), ("lena", True)):
        effect = read_effect(scene.ports, StopTarget(scope=scope, member=member))
        assert (FORMER_LEAD in text_of(effect)) is has_led


@pytest.mark.golden
def test_the_effect_of_each_stop_is_as_its_file_says() -> None:
    scene = a_busy_scene()
    scene.add(
        an_engagement("acme-dev"),
        an_engagement("other", client="Acme Labs"),
        a_grant("bob", engagement="acme-dev", roles=frozenset({"deploy", "readonly"})),
        a_grant("bob", engagement="gone"),
    )
    crowded(scene, 20)
    by_alice = [target_of(scene, scope) for scope in StopScope]
    by_bob = [
        StopTarget(scope=scope, member="bob") for scope in (StopScope.MEMBER, StopScope.LEAVE)
    ]
    nobody = StopTarget(scope=StopScope.CLIENT, client="Nobody")
    texts = []
    for target in (*by_alice, *by_bob, nobody):
        effect = read_effect(scene.ports, target)
        texts.append(f"# {target.scope} {effect.session_count}")
        for part in describe_effect(effect):
            texts += [f"## {part.title}", *part.lines]
    hold_against_file("stops/effects.txt", "\n".join(texts))


@every_stop
def test_it_says_since_when_it_is_in_force_already(scope: StopScope) -> None:
    scene = a_busy_scene()
    target = target_of(scene, scope)
    assert read_effect(scene.ports, target).stopped_at is None
    STOPS_BY_SCOPE[scope](scene, target)
    stopped_at = scene.world.clock
    scene.later(minutes=1)
    effect = read_effect(scene.ports, target)
    if scope is StopScope.CLIENT:  # each engagement has its own time
        return
    assert effect.stopped_at == stopped_at
    assert "in force already, since 24 November 2026, 12:00 UTC" in text_of(effect)


def test_a_freeze_is_in_force_already() -> None:
    scene = a_busy_scene()
    block = scene.do(freeze, why="w")
    effect = read_effect(scene.ports, target_of(scene, StopScope.EVERYTHING))
    assert effect.stopped_at == block.began_at


def crowded(scene: Scene, members: int) -> None:
    """Add a session in progress for each of so many members."""
    for number in range(members):
        vend_id = f"{number:016x}"
        intent = an_intent(f"m{number}", vend_id, at=NOON + timedelta(milliseconds=number))
        scene.entries.append(intent)


def test_more_than_one_page_is_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_sessions, "MAX_ENTRIES", 4)
    scene = a_busy_scene()
    effect = read_effect(scene.ports, target_of(scene, StopScope.ENGAGEMENT))
    assert not effect.is_complete
    assert "At least 2 sessions may be alive" in text_of(effect)


def test_no_session_found_on_the_first_page_does_not_mean_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_sessions, "MAX_ENTRIES", 2)
    scene = a_busy_scene()
    effect = read_effect(scene.ports, target_of(scene, StopScope.CLIENT))
    assert "could not list every live session" in text_of(effect)


def test_a_token_takes_along_the_sessions_of_those_that_it_replaced() -> None:
    scene = a_busy_scene()
    new = scene.do(rotate_token, by="alice").token
    target = replace(target_of(scene, StopScope.TOKEN), token=new.id)
    effect = read_effect(scene.ports, target)
    answer = STOPS_BY_SCOPE[StopScope.TOKEN](scene, target)
    assert effect.session_count == answer.alive


def test_access_that_is_over_is_not_revoked_again() -> None:
    scene = a_busy_scene()
    scene.add(a_given_approval("bob", ends_at=scene.world.clock))
    effect = read_effect(scene.ports, StopTarget(scope=StopScope.MEMBER, member="bob"))
    assert effect.approvals == ()


GONE: dict[StopScope, dict[str, Any]] = {
    StopScope.SESSION: {"member": "nobody"},
    StopScope.TOKEN: {"token": "0" * 16},
    StopScope.GRANT: {"member": "lena"},
    StopScope.REQUEST: {"request": "bob.00d9o4r5k3f81c2q"},
    StopScope.MEMBER: {"member": "nobody"},
    StopScope.LEAVE: {"member": "nobody"},
    StopScope.ROLE: {"role": "nothing"},
    StopScope.ENGAGEMENT: {"engagement": "nothing"},
    StopScope.CLOSE: {"engagement": "nothing"},
}


@every("scope", GONE)
def test_a_target_that_does_not_exist(scope: StopScope) -> None:
    scene = a_busy_scene()
    with pytest.raises(NotFound):
        read_effect(scene.ports, replace(target_of(scene, scope), **GONE[scope]))


@every("port", ["state", "trail"])
@every("scope", StopScope)
def test_what_cannot_be_read_does_not_prevent_the_stop(port: str, scope: StopScope) -> None:
    scene = a_busy_scene()
    effect = read_effect(replace(scene.ports, **{port: Down()}), target_of(scene, scope))
    text = text_of(effect, "Not read")
    assert "could not be read now. The stop works all the same." in text
    assert "no live session" not in text_of(effect, "Live sessions")
