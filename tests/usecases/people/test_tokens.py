"""Tokens: made and shown once, labelled, revoked."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound
from chalicelib.domain.people.tokens import presented
from chalicelib.domain.vending.access import Wish
from chalicelib.usecases.lists import every
from chalicelib.usecases.people.tokens import (
    change_token,
    create_token,
    find_token,
    make_token,
    revoke_token,
)
from chalicelib.usecases.vending.vend import vend
from tests.builders import a_scene, a_token
from tests.fakes import NOON

ALICES = a_token("alice").id


def test_only_the_hash_of_a_token_is_kept() -> None:
    scene = a_scene()
    new = create_token(scene.ports, scene.caller(), "alice", label="laptop")
    assert new.token in every(scene.ports.state.tokens, "alice")
    assert new.token.hash == hashlib.sha256(new.text.encode()).hexdigest()
    claimed = presented(new.text)
    assert claimed is not None
    assert claimed.member == "alice"


def test_no_two_tokens_are_alike() -> None:
    scene = a_scene()
    made = {create_token(scene.ports, scene.caller(), "alice", label="l").text for _ in range(5)}
    assert len(made) == 5


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
    expires_at = None if asked is None else NOON + asked
    new = create_token(scene.ports, scene.caller(), "alice", label="l", expires_at=expires_at)
    assert new.token.created_at == NOON
    assert new.token.expires_at == NOON + given


@pytest.mark.parametrize(
    "asked", [timedelta(0), timedelta(seconds=-1), timedelta(days=366, microseconds=1)]
)
def test_a_token_lives_for_some_time_and_not_for_ever(asked: timedelta) -> None:
    scene = a_scene()
    with pytest.raises(InvalidRequest) as refusal:
        create_token(scene.ports, scene.caller(), "alice", label="l", expires_at=NOON + asked)
    assert refusal.value.field == "expires_at"
    assert len(every(scene.ports.state.tokens, "alice")) == 1


def test_a_suspended_member_gets_no_token() -> None:
    scene = a_scene()
    with pytest.raises(Conflict, match="already-ended: This member is suspended"):
        create_token(scene.ports, scene.caller(), "sam", label="l")


def test_nobody_gets_no_token() -> None:
    scene = a_scene()
    with pytest.raises(NotFound, match="no-such-member"):
        create_token(scene.ports, scene.caller(), "eve", label="l")


def test_a_member_id_that_no_token_can_carry_makes_none() -> None:
    with pytest.raises(ValueError, match="no token can carry"):
        make_token("Not An Id", bytes(32), label="l", now=NOON, expires_at=NOON)


def test_a_token_is_found_by_its_name_and_only_under_its_member() -> None:
    scene = a_scene()
    assert find_token(scene.ports, "alice", ALICES) == a_token("alice")
    with pytest.raises(NotFound, match="no-such-token"):
        find_token(scene.ports, "bob", ALICES)
    with pytest.raises(NotFound, match="no-such-member"):
        find_token(scene.ports, "eve", ALICES)


def test_a_tokens_label_can_be_changed_and_nothing_else() -> None:
    scene = a_scene()
    changed = change_token(scene.ports, scene.caller(), "alice", ALICES, label="old laptop")
    assert changed == replace(a_token("alice"), label="old laptop", version=2)
    assert find_token(scene.ports, "alice", ALICES) == changed


def test_a_revoked_token_stays_revoked_whatever_its_label() -> None:
    scene = a_scene()
    revoke_token(scene.ports, scene.caller(), "alice", ALICES, why="leaked")
    changed = change_token(scene.ports, scene.caller(), "alice", ALICES, label="leaked")
    assert changed.revoked_at == NOON


def test_a_revocation_lists_the_members_sessions() -> None:
    scene = a_scene()
    vended = vend(scene.ports, scene.asking(), "acme-prod", Wish(role="readonly"))
    revoked = revoke_token(scene.ports, scene.caller(), "alice", ALICES, why="leaked")
    assert [session.vend for session in revoked.sessions] == [vended.vend]
    assert scene.world.entries[-1].details == {"token": ALICES, "said": "leaked"}


def test_a_token_is_revoked_once() -> None:
    scene = a_scene()
    first = revoke_token(scene.ports, scene.caller(), "alice", ALICES, why="leaked")
    items, entries = dict(scene.world.items), list(scene.world.entries)
    assert revoke_token(scene.ports, scene.caller(), "alice", ALICES, why="leaked again") == first
    assert (scene.world.items, scene.world.entries) == (items, entries)


def test_one_token_revoked_is_not_another() -> None:
    scene = a_scene()
    other = create_token(scene.ports, scene.caller(), "alice", label="desktop")
    revoke_token(scene.ports, scene.caller(), "alice", other.token.id, why="old")
    vend(scene.ports, scene.asking(), "acme-prod", Wish(role="readonly"))
