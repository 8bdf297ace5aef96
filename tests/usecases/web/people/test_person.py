"""The pages of a person and of all members, and the parts that cannot be read."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.people.members import Kind
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.intents import build_outcome_entry
from chalicelib.domain.vending.sessions import SessionStatus
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.web.people.person import PersonPage, read_person
from tests.builders import (
    Scene,
    a_member,
    a_scene,
    a_token,
    an_intent,
)
from tests.fakes import NOON

READONLY = SessionRequest(role="readonly", reason="INC-7")


def person(scene: Scene, member: str = "alice", **cursors: str) -> PersonPage:
    return scene.do(read_person, member, by="lena", **cursors)


def test_sessions_and_the_last_use_come_from_one_search() -> None:
    scene = a_scene()
    scene.vend(request=READONLY)
    scene.later(minutes=90)
    scene.vend(request=READONLY)
    uses = person(scene).uses
    assert [session.status for session in uses.alive] == [SessionStatus.LIVE]
    assert uses.last_used == {"acme-prod": NOON + timedelta(minutes=90)}
    assert [(use.outcome.outcome, use.intent.detail("said")) for use in uses.latest] == [
        (Outcome.ISSUED, "INC-7")
    ] * 2
    assert (uses.is_complete, uses.has_more, uses.vends_read) == (True, False, 2)


def test_a_withheld_session_is_no_use() -> None:
    scene = a_scene()
    intent = an_intent()
    outcome = build_outcome_entry(intent, Outcome.WITHHELD, at=NOON, reason="grant-not-current")
    scene.world.entries += [intent, outcome]
    uses = person(scene).uses
    assert (uses.last_used, uses.latest[0].outcome.reason) == ({}, "grant-not-current")


def test_many_sessions_are_read_up_to_a_limit_which_the_page_states() -> None:
    scene = a_scene()
    for number in range(300):
        at = NOON - timedelta(seconds=number)
        scene.entries.append(an_intent(vend=f"{number:016x}", at=at))
    uses = person(scene).uses
    assert (len(uses.alive), uses.is_complete, uses.has_more) == (200, False, True)
    assert uses.searched_from == NOON - timedelta(seconds=199)
    assert len(uses.latest) == 10


def test_a_suspended_or_demoted_lead_was_a_lead() -> None:
    scene = a_scene(a_member("mallory", kind=Kind.LEAD), a_token("mallory"))
    assert not person(scene, "mallory").was_lead
    scene.do(suspend_member, "mallory", why="stolen laptop")
    page = person(scene, "mallory")
    assert page.was_lead
    assert page.working_tokens == ()
    assert not person(scene, "sam").was_lead
    scene.add(a_member("eve", leads_from=NOON))
    assert person(scene, "eve").was_lead
