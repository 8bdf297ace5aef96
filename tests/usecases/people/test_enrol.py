"""Enrolment: leads make a code, one at a time, and its token is shown to its caller alone."""

import hashlib
from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.people.enrolments import CreateEnrolment, parse_code
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.people.members import (
    create_enrolment,
    find_enrolment,
    revoke_enrolment,
)
from chalicelib.usecases.people.tokens import revoke_token
from tests.builders import (
    a_member,
    a_scene,
    a_token,
    an_enrolment,
)
from tests.fakes import NOON
from tests.usecases.people.enrolment_scene import HERE, caller, got
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
