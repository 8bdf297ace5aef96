"""Enrol: one code, one token, and nobody else sees it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import AccessDenied, Conflict, InvalidRequest, Unavailable
from chalicelib.domain.events import News
from chalicelib.domain.people.members import ChangeMember, Kind, Leads
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import presented
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import OPERATOR, Action, Outcome
from chalicelib.usecases.admission import ANYBODY, admit
from chalicelib.usecases.lists import every
from chalicelib.usecases.people.enrol import Enrolled, enrol
from chalicelib.usecases.people.enrolments import create_enrolment, revoke_enrolment
from chalicelib.usecases.people.members import change_member, reinstate_member, revoke_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.ports import Asking
from tests.builders import (
    Scene,
    a_member,
    a_scene,
    a_token,
    an_enrolment,
    code_text_of,
    token_text_of,
)
from tests.fakes import NOON
from tests.usecases.changes_table import two_leads

HERE, THERE = "203.0.113.7", "198.51.100.9"
CODE = an_enrolment()


def got(scene: Scene, code: str = "", address: str = HERE, **more: Any) -> Enrolled:
    """What alice gets for her code, or for another."""
    text = code or code_text_of("alice")
    return enrol(scene.ports, text, label="laptop", address=address, **more)


def refused(scene: Scene, code: str = "", address: str = HERE) -> AccessDenied:
    with pytest.raises(AccessDenied) as refusal:
        got(scene, code, address)
    return refusal.value


def caller(scene: Scene, new: Enrolled) -> Caller:
    claimed = presented(new.text)
    assert claimed is not None
    return admit(scene.ports, Asking(claimed), ANYBODY, Action.READ)


def test_the_token_lets_the_member_in_and_only_its_hash_is_kept() -> None:
    scene = a_scene()
    new = got(scene)
    assert caller(scene, new).member == a_member("alice")
    assert caller(scene, new).token == new.token
    assert new.token.hash == hashlib.sha256(new.text.encode()).hexdigest()
    assert (new.token.label, new.token.made_from) == ("laptop", HERE)


def test_it_is_on_the_trail_with_the_code_the_address_and_the_token() -> None:
    scene = a_scene()
    new = got(scene)
    (entry,) = scene.world.entries
    assert (entry.actor, entry.action, entry.outcome) == (
        "alice",
        Action.ENROLMENT_USE,
        Outcome.DONE,
    )
    assert (entry.token, entry.address) == (CODE.id, HERE)
    assert entry.details == {
        "token": new.token.id,
        "label": "laptop",
        "expires_at": "2027-02-22T12:00:00Z",
    }


def test_no_two_tokens_are_alike() -> None:
    scene = a_scene()
    assert len({scene.enrolled().text for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (None, timedelta(days=90)),
        (timedelta(seconds=1), timedelta(seconds=1)),
        (timedelta(days=366), timedelta(days=366)),
    ],
)
def test_a_token_lives_for_90_days_unless_told_otherwise(
    asked: timedelta | None, given: timedelta
) -> None:
    scene = a_scene()
    new = got(scene, expires_at=None if asked is None else NOON + asked)
    assert (new.token.created_at, new.token.expires_at) == (NOON, NOON + given)


@pytest.mark.parametrize(
    "asked", [timedelta(0), timedelta(seconds=-1), timedelta(days=366, microseconds=1)]
)
def test_for_some_time_and_not_for_ever_and_the_code_is_not_lost_by_it(asked: timedelta) -> None:
    scene = a_scene()
    with pytest.raises(InvalidRequest) as refusal:
        got(scene, expires_at=NOON + asked)
    assert refusal.value.field == "expires_at"
    got(scene)


def test_a_member_is_shown_their_other_tokens_that_work() -> None:
    """One that was got behind their back is among them."""
    scene = a_scene()
    scene.world.later(minutes=1)
    behind_their_back = scene.enrolled()
    scene.world.later(minutes=1)
    dead = scene.enrolled()
    revoke_token(scene.ports, scene.caller(), "alice", dead.token.id, why="?")
    assert got(scene, create_enrolment(scene.ports, scene.caller(), "alice").code).other_tokens == (
        behind_their_back.token,
        a_token("alice"),
    )


def test_of_many_other_tokens_the_latest_are_shown() -> None:
    scene = a_scene()
    for _ in range(21):
        scene.world.later(minutes=1)
        last = scene.enrolled()
    others = scene.enrolled().other_tokens
    assert len(others) == 20
    assert others[0] == last.token
    assert a_token("alice") not in others


def used(scene: Scene) -> None:
    got(scene, address=THERE)


def withdrawn(scene: Scene) -> None:
    revoke_enrolment(scene.ports, scene.caller(), "alice", why="wrong address")


def expired(scene: Scene) -> None:
    scene.world.later(days=30)


def suspended(scene: Scene) -> None:
    revoke_member(scene.ports, scene.caller(), "alice", why="left")


def reinstated(scene: Scene) -> None:
    suspended(scene)
    scene.world.later(seconds=1)
    reinstate_member(scene.ports, scene.caller(), "alice")


def maker_suspended(scene: Scene) -> None:
    revoke_member(scene.ports, scene.caller("luis"), "lena", why="gone bad")


def maker_stepped_down(scene: Scene) -> None:
    change_member(scene.ports, scene.caller("luis"), "lena", ChangeMember(kind=Kind.MEMBER))


def maker_back_again(scene: Scene) -> None:
    maker_stepped_down(scene)
    scene.world.later(seconds=1)
    change_member(scene.ports, scene.caller("luis"), "lena", ChangeMember(kind=Kind.LEAD))


def superseded(scene: Scene) -> None:
    create_enrolment(scene.ports, scene.caller("luis"), "alice")


def used_and_superseded(scene: Scene) -> None:
    used(scene)
    superseded(scene)


def never_made(scene: Scene) -> None:
    scene.world.items = {k: v for k, v in scene.world.items.items() if v != CODE}


def not_a_member(scene: Scene) -> None:
    never_made(scene)
    alice = a_member("alice")
    scene.world.items = {k: v for k, v in scene.world.items.items() if v != alice}


# What has become of the code, and why it is not taken, as the trail says; "" where it says nothing.
FATES: list[tuple[Callable[[Scene], None], str]] = [
    (used, "used"),
    (withdrawn, "revoked"),
    (expired, "expired"),
    (suspended, "member-suspended"),
    (reinstated, "member-revoked-since"),
    (maker_suspended, "maker-revoked"),
    (maker_stepped_down, "maker-revoked"),
    (maker_back_again, "maker-revoked"),
    (used_and_superseded, "used"),
    (superseded, ""),
    (never_made, ""),
    (not_a_member, ""),
]
every_fate = pytest.mark.parametrize(
    ("fate", "because"), [pytest.param(*row, id=row[0].__name__) for row in FATES]
)


@every_fate
def test_a_code_that_is_not_taken_is_refused_alike(
    fate: Callable[[Scene], None], because: str
) -> None:
    scene = two_leads()
    fate(scene)
    tokens, entries = every(scene.ports.state.tokens, "alice"), len(scene.world.entries)
    refusal = refused(scene)
    assert str(refusal) == str(AccessDenied(Reason.ENROLMENT_REFUSED))
    assert "tell your lead" in refusal.detail
    assert every(scene.ports.state.tokens, "alice") == tokens
    said = [entry.details["because"] for entry in scene.world.entries[entries:]]
    assert said == ([because] if because else [])


@every_fate
def test_the_refusal_of_a_code_that_daypass_knows_is_on_record(
    fate: Callable[[Scene], None], because: str
) -> None:
    """One that it does not know is not: anybody could fill the trail with those."""
    scene = two_leads()
    fate(scene)
    scene.world.entries.clear()
    refused(scene, address=HERE)
    if not because:
        assert scene.world.entries == []
        return
    (entry,) = scene.world.entries
    assert (entry.actor, entry.action, entry.outcome, entry.reason) == (
        "alice",
        Action.ENROLMENT_USE,
        Outcome.REFUSED,
        Reason.ENROLMENT_REFUSED,
    )
    assert (entry.token, entry.address) == (CODE.id, HERE)


@pytest.mark.parametrize("code", ["", "daypass_enrol_alice_x", code_text_of("alice")[:-1] + "!"])
def test_what_is_no_code_at_all_is_refused_in_the_same_way(code: str) -> None:
    scene = a_scene()
    with pytest.raises(AccessDenied, match="enrolment-refused"):
        enrol(scene.ports, code, label="l", address=HERE)
    assert scene.world.entries == []


def test_a_guess_with_a_members_name_is_refused_and_fills_no_trail() -> None:
    scene = a_scene()
    for member in ("alice", "bob", "nobody"):
        refused(scene, code_text_of("ada").replace("ada", member))
        refused(scene, code_text_of(member) if member != "alice" else code_text_of("bob"))
    assert scene.world.entries == []
    got(scene)


def test_a_token_is_no_code_and_a_code_no_token() -> None:
    scene = a_scene()
    refused(scene, token_text_of("alice"))
    assert presented(code_text_of("alice")) is None


@pytest.mark.parametrize("fate", [used, used_and_superseded])
def test_the_leads_are_told_of_a_code_that_is_used_twice(fate: Callable[[Scene], None]) -> None:
    """Whoever used it first cannot hide behind another code that they send to the member."""
    scene = two_leads()
    fate(scene)
    (stolen,) = (t for t in every(scene.ports.state.tokens, "alice") if t.enrolment == CODE.hash)
    scene.world.later(hours=1)
    assert scene.world.told == []
    refused(scene, address=HERE)
    (event,) = scene.world.told
    assert (event.news, event.member, event.at) == (
        News.CODE_USED_TWICE,
        "alice",
        NOON + timedelta(hours=1),
    )
    for fact in ("2026-11-24T12:00:00Z", THERE, HERE, stolen.id):
        assert fact in event.says
    assert scene.world.entries[-1].details["token"] == stolen.id


@pytest.mark.parametrize("fate", [fate for fate, because in FATES if because != "used"])
def test_nobody_is_told_of_a_code_that_was_never_used(fate: Callable[[Scene], None]) -> None:
    scene = two_leads()
    fate(scene)
    refused(scene)
    assert [one for one in scene.world.told if one.news is News.CODE_USED_TWICE] == []


def test_of_two_who_use_a_code_at_once_one_gets_a_token_and_the_leads_are_told() -> None:
    scene = a_scene()
    scene.world.just_before("change", lambda: got(scene, address=THERE))
    refused(scene, address=HERE)
    assert len(every(scene.ports.state.tokens, "alice")) == 2
    assert [event.news for event in scene.world.told] == [News.CODE_USED_TWICE]


@pytest.mark.parametrize("fate", [withdrawn, suspended, maker_suspended, maker_stepped_down])
def test_what_ends_a_code_in_the_last_moment_ends_it(fate: Callable[[Scene], None]) -> None:
    scene = two_leads()
    scene.world.just_before("change", lambda: fate(scene))
    refused(scene)
    assert every(scene.ports.state.tokens, "alice") == (a_token("alice"),)


def test_what_does_not_matter_to_it_does_not_stand_in_its_way() -> None:
    scene = a_scene()
    lena = scene.caller()
    scene.world.just_before(
        "change", lambda: change_member(scene.ports, lena, "alice", ChangeMember(name="Alice B"))
    )
    got(scene)


def test_but_not_without_end() -> None:
    scene = a_scene()
    names = iter(range(100))

    def rename(step: str) -> None:
        if step == "change":
            scene.world.add(a_member("alice", name=f"A{(n := next(names))}", version=n + 2))

    scene.world.before = rename
    with pytest.raises(Conflict, match="changed-meanwhile"):
        got(scene)
    assert next(names) == 4
    scene.world.before = None
    got(scene)


def test_without_a_record_there_is_no_token_and_the_code_is_good_still() -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    scene.world.fails_at("change", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        got(scene)
    assert (scene.world.items, scene.world.entries) == (before, [])
    scene.world.before = None
    got(scene)


def test_the_operators_code_needs_no_lead_behind_it() -> None:
    scene = a_scene()
    scene.world.add(an_enrolment("alice", made_by=OPERATOR), Leads(members=frozenset({"alice"})))
    assert caller(scene, got(scene)).member.id == "alice"


def test_a_leads_code_for_themselves_is_good_while_they_lead() -> None:
    scene = two_leads()
    own = create_enrolment(scene.ports, scene.caller("lena"), "lena")
    assert got(scene, own.code).token.member == "lena"
    own = create_enrolment(scene.ports, scene.caller("lena"), "lena")
    maker_stepped_down(scene)
    refused(scene, own.code)
