"""Enrolment codes: leads create, replace and revoke them, one at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound
from chalicelib.domain.people.enrolments import CreateEnrolment, Enrol, Enrolment, parse_code
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.members import (
    create_enrolment,
    find_enrolment,
    revoke_enrolment,
)
from tests.builders import a_scene, an_enrolment, code_text_of
from tests.fakes import NOON
from tests.rows import every


def test_only_the_hash_of_a_code_is_kept() -> None:
    scene = a_scene()
    new = scene.do(create_enrolment, "bob")
    claimed = parse_code(new.code)
    assert (claimed.member, claimed.hash) == ("bob", new.enrolment.hash)
    assert find_enrolment(scene.ports, "bob") == new.enrolment
    assert new.code not in repr(scene.world.items) + repr(new)


def test_a_code_is_valid_for_a_day_by_default_and_seven_at_most() -> None:
    scene = a_scene()
    for request, response in ((None, timedelta(hours=24)), (timedelta(days=7), timedelta(days=7))):
        expires_at = request and NOON + request
        new = scene.do(create_enrolment, "bob", CreateEnrolment(expires_at=expires_at))
        assert (new.enrolment.created_at, new.enrolment.expires_at) == (NOON, NOON + response)
        assert new.enrolment.made_by == "lena"


@every("validity", [timedelta(minutes=10, microseconds=-1), timedelta(days=7, microseconds=1)])
def test_for_ten_minutes_at_least_and_seven_days_at_most(validity: timedelta) -> None:
    scene = a_scene()
    with pytest.raises(InvalidRequest) as refusal:
        scene.do(create_enrolment, "bob", CreateEnrolment(expires_at=NOON + validity))
    assert refusal.value.field == "expires_at"
    assert scene.get(Enrolment, "bob") is None


def test_a_suspended_member_gets_no_code() -> None:
    scene = a_scene()
    with pytest.raises(Conflict, match="already-ended: This member is suspended"):
        scene.do(create_enrolment, "sam")


def test_an_unknown_member_has_and_gets_no_code() -> None:
    scene = a_scene()
    for attempt in (
        lambda: scene.do(create_enrolment, "eve"),
        lambda: find_enrolment(scene.ports, "eve"),
        lambda: scene.do(revoke_enrolment, "eve", why="?"),
    ):
        with pytest.raises(NotFound, match="no-such-member"):
            attempt()
    with pytest.raises(NotFound, match="no-such-enrolment"):
        scene.do(revoke_enrolment, "bob", why="?")


def test_a_code_is_revoked_once() -> None:
    scene = a_scene()
    done = scene.do(revoke_enrolment, "alice", why="wrong address")
    assert done == replace(an_enrolment(), revoked_at=NOON, version=2)
    scene.world.later(hours=1)
    assert scene.do(revoke_enrolment, "alice", why="again") == done
    assert len(scene.world.entries) == 1


def test_a_used_code_cannot_be_revoked_because_its_token_would_stay_valid() -> None:
    scene = a_scene()
    enrol(scene.ports, Enrol(code=code_text_of("alice"), label="l"), address="")
    with pytest.raises(Conflict, match="already-ended: This code has been used already"):
        scene.do(revoke_enrolment, "alice", why="?")
