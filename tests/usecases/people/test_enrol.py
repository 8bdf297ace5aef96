"""Enrolment: leads make a code, one at a time. Invalid codes get the same refusal."""

import hashlib
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Conflict, Unavailable
from chalicelib.domain.people.enrolments import CreateEnrolment, Enrol, build_code_text, parse_code
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.members import (
    change_member,
    create_enrolment,
    find_enrolment,
    reinstate_member,
    revoke_enrolment,
    revoke_member,
)
from chalicelib.usecases.people.tokens import revoke_token
from tests.builders import (
    a_member,
    a_scene,
    a_token,
    an_enrolment,
    code_text_of,
)
from tests.fakes import NOON, FakeState
from tests.rows import every
from tests.usecases.changes_table import two_leads
from tests.usecases.people.enrolment_scene import (
    CODE,
    HERE,
    THERE,
    caller,
    got,
    refused,
    superseded,
    used,
    used_and_superseded,
)
from tests.usecases.refusals import refusal_of, refused_field


def test_the_new_token_works_and_only_its_hash_is_stored():
    scene = a_scene()
    new = got(scene)
    assert caller(scene, new).member == a_member("alice")
    assert caller(scene, new).token == new.token
    assert new.token.hash == hashlib.sha256(new.text.encode()).hexdigest()
    assert (new.token.label, new.token.made_from) == ("laptop", HERE)


def test_a_token_is_valid_for_90_days_by_default():
    for request, response in (
        (None, timedelta(days=90)),
        (timedelta(days=366), timedelta(days=366)),
    ):
        new = got(a_scene(), expires_at=request and NOON + request)
        assert (new.token.created_at, new.token.expires_at) == (NOON, NOON + response)
    scene = a_scene()
    too_late = NOON + timedelta(days=366, microseconds=1)
    assert refused_field(got, scene, expires_at=too_late) == "expires_at"
    got(scene)  # the code is good still


def test_a_member_is_shown_their_other_tokens_that_work():
    """One that was got behind their back is among them."""
    scene = a_scene()
    scene.later(minutes=1)
    behind_their_back = scene.enrolled()
    scene.later(minutes=1)
    dead = scene.enrolled()
    scene.do(revoke_token, "alice", dead.token.id, why="?")
    assert got(scene, scene.do(create_enrolment, "alice").code).other_tokens == (
        behind_their_back.token,
        a_token("alice"),
    )


def test_the_latest_of_many_other_tokens_are_shown():
    scene = a_scene()
    for _ in range(21):
        scene.later(minutes=1)
        last = scene.enrolled()
    other_tokens = scene.enrolled().other_tokens
    assert len(other_tokens) == 20
    assert other_tokens[0] == last.token
    assert a_token("alice") not in other_tokens


def test_an_unrelated_concurrent_change_refuses_no_enrolment_but_retries_end():
    for changes in (3, 4):
        scene, names = a_scene(), iter(range(changes))

        def rename(step, scene=scene, names=names):
            if step == "change" and (n := next(names, None)) is not None:
                scene.add(a_member("alice", name=f"A{n}", version=n + 2))

        scene.world.before = rename
        if changes == 4:
            assert refusal_of(Conflict, got, scene) == "changed-meanwhile"
        got(scene)


def test_without_a_record_there_is_no_token_and_the_code_is_good_still():
    scene = a_scene()
    before = dict(scene.items)
    scene.fails_at("change", Unavailable(Reason.RECORDS_UNAVAILABLE))
    refusal_of(Unavailable, got, scene)
    assert (scene.items, scene.entries) == (before, [])
    scene.world.before = None
    got(scene)


# Enrolment codes: leads create, replace and revoke them, one at a time.


def test_only_the_hash_of_a_code_is_kept():
    scene = a_scene()
    new = scene.do(create_enrolment, "bob")
    claimed = parse_code(new.code)
    assert (claimed.member, claimed.hash) == ("bob", new.enrolment.hash)
    assert find_enrolment(scene.ports, "bob") == new.enrolment
    assert new.code not in repr(scene.items) + repr(new)


def test_a_code_is_valid_for_a_day_by_default():
    scene = a_scene()
    for request, response in ((None, timedelta(hours=24)), (timedelta(days=7), timedelta(days=7))):
        expires_at = request and NOON + request
        new = scene.do(create_enrolment, "bob", CreateEnrolment(expires_at=expires_at))
        assert (new.enrolment.created_at, new.enrolment.expires_at) == (NOON, NOON + response)
        assert new.enrolment.made_by == "lena"


def test_a_code_is_revoked_once():
    scene = a_scene()
    done = scene.do(revoke_enrolment, "alice", why="wrong address")
    assert done == replace(an_enrolment(), revoked_at=NOON, version=2)
    scene.later(hours=1)
    assert scene.do(revoke_enrolment, "alice", why="again") == done
    assert len(scene.entries) == 1


def revoked(scene):
    scene.do(revoke_enrolment, "alice", why="wrong address")


def expired(scene):
    scene.later(days=30)


def suspended(scene):
    scene.do(revoke_member, "alice", why="left")


def reinstated(scene):
    suspended(scene)
    scene.later(seconds=1)
    scene.do(reinstate_member, "alice", why="back")


def maker_suspended(scene):
    scene.do(revoke_member, "lena", why="gone bad", by="luis")


def maker_without_token(scene):
    scene.do(revoke_token, "lena", a_token("lena").id, why="stolen", by="luis")


def maker_stepped_down(scene):
    scene.do(change_member, "lena", ChangeMember(kind=Kind.MEMBER), by="luis")


def maker_back_again(scene):
    maker_stepped_down(scene)
    scene.later(seconds=1)
    scene.do(change_member, "lena", ChangeMember(kind=Kind.LEAD), by="luis")


def never_made(scene):
    scene.world.items = {k: v for k, v in scene.items.items() if v != CODE}


def not_a_member(scene):
    never_made(scene)
    alice = a_member("alice")
    scene.world.items = {k: v for k, v in scene.items.items() if v != alice}


def ids(scene):
    return [token.id for token in list_all(scene.ports.state, Token, member="alice")]


# Each way to make a code invalid, and the cause on the trail: "" where there is no entry.
INVALID_CODES = [
    (used, "used"),
    (revoked, "revoked"),
    (expired, "expired"),
    (suspended, "member-suspended"),
    (reinstated, "member-revoked-since"),
    (maker_suspended, "maker-revoked"),
    (maker_without_token, "maker-revoked"),
    (maker_stepped_down, "maker-revoked"),
    (maker_back_again, "maker-revoked"),
    (used_and_superseded, "used"),
    (superseded, ""),
    (never_made, ""),
    (not_a_member, ""),
]


@every("invalidate, because", [pytest.param(*row, id=row[0].__name__) for row in INVALID_CODES])
def test_invalid_codes_get_the_same_refusal_and_known_ones_are_recorded(invalidate, because):
    scene = two_leads()
    invalidate(scene)
    tokens, entries = ids(scene), len(scene.entries)
    refusal = refused(scene)
    assert str(refusal) == str(AccessDenied(Reason.ENROLMENT_REFUSED))
    assert "tell your lead" in refusal.detail
    assert ids(scene) == tokens
    if not because:  # anyone could fill the trail with unknown codes
        assert scene.entries[entries:] == []
        return
    (entry,) = scene.entries[entries:]
    assert scene.story()[-1] == "enrolment.use refused enrolment-refused"
    about = (entry.actor, entry.token, entry.address, entry.details["because"])
    assert about == ("alice", CODE.id, HERE, because)
    assert [alert.alert for alert in scene.alerts].count("code-used-twice") == (because == "used")


def test_one_of_two_concurrent_uses_of_a_code_succeeds_and_raises_an_alert():
    scene = a_scene()
    scene.just_before("change", lambda: got(scene, address=THERE))
    refused(scene, address=HERE)
    assert len(list_all(scene.ports.state, Token, member="alice")) == 2
    assert [event.alert for event in scene.alerts] == [
        "further-token",
        "code-used-twice",
    ]


@every(
    "member, alert_name",
    [
        ("alice", "further-token"),
        ("lena", "further-token"),
        ("eve", ""),  # a newcomer's first token is expected
    ],
)
def test_a_token_from_a_code_alerts_the_leads_unless_it_is_a_newcomers_first(member, alert_name):
    scene = two_leads()
    if member == "eve":
        scene.add(a_member("eve"))
    code = scene.do(create_enrolment, member, by="luis")
    enrol(scene.ports, Enrol(code=code.code, label="laptop"), address=THERE)
    results = [(alert.alert, alert.member) for alert in scene.alerts]
    assert results == ([(alert_name, member)] if alert_name else [])
    for alert in scene.alerts:
        assert "an enrolment code from luis" in alert.text
        assert f"from {THERE}" in alert.text


@every("invalidate", [revoked, suspended, maker_suspended, maker_stepped_down])
def test_a_change_just_before_the_write_still_invalidates_a_code(
    invalidate,
):
    scene = two_leads()
    scene.just_before("change", lambda: invalidate(scene))
    refused(scene)
    assert list_all(scene.ports.state, Token, member="alice") == (a_token("alice"),)


@every("member", ["alice", "bob", "nobody"])
def test_a_guessed_code_costs_the_same_for_every_member_and_is_not_recorded(member):
    """Anyone may send a code, so none makes Daypass read all of a member's tokens."""
    scene = a_scene()

    class Unread(FakeState):
        def list(self, kind, **which):
            assert "member" not in which
            return super().list(kind, **which)

    ports = replace(scene.ports, state=Unread(scene.world))
    for guessed in (
        build_code_text(member, b"?" * 32),
        code_text_of("ada").replace("ada", member),
        "daypass_enrol_alice_x",
        "",
    ):
        request = Enrol(code=guessed, label="laptop")
        reason = refusal_of(AccessDenied, enrol, ports, request, address=HERE)
        assert reason == "enrolment-refused"
    assert scene.entries == []
    got(scene)
