"""The pages of a person and of all members, and the parts that cannot be read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.enrolments import CodeProblem, Enrolment
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import OPERATOR, Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.intents import build_outcome_entry
from chalicelib.domain.vending.sessions import SessionStatus
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.web.people.person import PersonPage, read_person
from chalicelib.usecases.web.people.tokens import TokenKind
from tests.builders import (
    Scene,
    a_binding,
    a_member,
    a_scene,
    a_token,
    an_enrolment,
    an_intent,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.web.unreadable import UNAVAILABLE, Down, cannot_read

READONLY = SessionRequest(role="readonly", reason="INC-7")
PARTS = ("access", "tokens", "uses")


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


def test_tokens_come_by_label_those_that_work_first() -> None:
    scene = a_scene()
    for label, changes in {
        "old": {"revoked_at": NOON},
        "expired": {"expires_at": NOON},
        "idp": {"issuer": "https://idp.example", "subject": "alice@firm"},
    }.items():
        scene.add(a_token(label=label, hash=label.encode().hex().ljust(64, "0"), **changes))
    scene.add(a_binding(), a_token("alice", code_made_by="mallory"))
    page = person(scene)
    assert {(t.token.label, t.kind) for t in page.tokens.working} == {
        ("laptop", TokenKind.TOKEN),
        ("idp", TokenKind.IDENTITY),
        ("Slack", TokenKind.BINDING),
    }
    assert {(t.token.label, t.problem) for t in page.tokens.ended} == {
        ("old", Reason.TOKEN_REVOKED),
        ("expired", Reason.TOKEN_EXPIRED),
    }
    assert [t.code_made_by for t in page.tokens.working if t.token.label == "laptop"] == ["mallory"]
    assert page.tokens.tokens[:3] == page.tokens.working


def test_a_token_that_was_just_revoked_does_not_work() -> None:
    """Its stop counts, also before the token itself is written."""
    scene = a_scene()
    token = a_token("alice")
    scene.do(revoke_token, "alice", token.id, why="lost laptop")
    scene.add(token)  # as it was before the stop was applied
    assert [t.problem for t in person(scene).tokens.tokens] == [Reason.TOKEN_REVOKED]


def test_pages_give_each_token_once_and_none_that_works_is_hidden() -> None:
    scene = a_scene()
    for number in range(180):
        ended = {"revoked_at": NOON} if number % 2 else {}
        scene.add(a_token("bob", hash=f"{number:02x}".ljust(64, "a"), **ended))
    labels: list[str] = []
    cursor = None
    while cursor != "":
        tokens = person(scene, "bob", tokens_cursor=cursor or "").tokens
        assert len(tokens.working) <= 25
        labels += [token.token.hash for token in tokens.tokens]
        cursor = tokens.cursor
    assert len(labels) == len(set(labels)) == 181


@every(
    "code, member, problem",
    [
        (an_enrolment(), a_member(), None),
        (an_enrolment(made_by=OPERATOR), a_member(), None),
        (an_enrolment(used_at=NOON), a_member(), CodeProblem.USED),
        (an_enrolment(revoked_at=NOON), a_member(), CodeProblem.REVOKED),
        (an_enrolment(expires_at=NOON), a_member(), CodeProblem.EXPIRED),
        (an_enrolment(), a_member(suspended_at=NOON), CodeProblem.MEMBER_SUSPENDED),
        (an_enrolment(), a_member(tokens_from=NOON), CodeProblem.MEMBER_REVOKED),
        (an_enrolment(made_by="mallory"), a_member(), CodeProblem.MAKER_REVOKED),
    ],
)
def test_the_status_of_the_enrolment_code(
    code: Enrolment, member: Member, problem: CodeProblem | None
) -> None:
    status = person(a_scene(code, member)).code
    assert (status.problem, status.is_open) == (problem, problem is None)


def test_a_suspended_or_demoted_lead_was_a_lead() -> None:
    scene = a_scene(a_member("mallory", kind=Kind.LEAD), a_token("mallory"))
    assert not person(scene, "mallory").was_lead
    scene.do(suspend_member, "mallory", why="stolen laptop")
    page = person(scene, "mallory")
    assert page.was_lead
    assert [t.problem for t in page.tokens.tokens] == [Reason.MEMBER_SUSPENDED]
    assert not person(scene, "sam").was_lead
    scene.add(a_member("eve", leads_from=NOON))
    assert person(scene, "eve").was_lead


@every("kind, part", [(Grant, "access"), (AccessRequest, "access"), (Token, "tokens")])
def test_a_part_that_cannot_be_read_leaves_the_others(kind: type, part: str) -> None:
    page = person(cannot_read(a_scene(), kind))
    assert [name for name in PARTS if getattr(page, name) is None] == [part]


def test_the_trail_that_does_not_answer_leaves_the_others() -> None:
    scene, trail = a_scene(), Down()
    ports: Any = replace(scene.ports, trail=trail)
    page = read_person(ports, scene.caller("lena"), "alice")
    assert [name for name in PARTS if getattr(page, name) is None] == ["uses"]


def test_if_the_member_cannot_be_read_nothing_is_claimed() -> None:
    scene = a_scene()
    scene.world.fails_at("get_together", UNAVAILABLE)
    with pytest.raises(Unavailable):
        person(scene)


def test_no_secret_is_in_the_page() -> None:
    page = person(a_scene())
    hashes = [item.hash for item in a_scene().world.find(Token, where=lambda _: True)]
    assert not [text for text in hashes if text in repr(page)]
