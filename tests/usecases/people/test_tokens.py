"""Tokens: labelled and rotated by whose they are, revoked by them or a lead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, DaypassError, NotFound
from chalicelib.domain.people.tokens import Token, parse_token
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.admission import RequestOrigin
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.tokens import (
    change_token,
    find_token,
    revoke_token,
    rotate_token,
)
from chalicelib.usecases.vending.vend import vend
from tests.builders import a_scene, a_token, token_text_of
from tests.fakes import NOON
from tests.usecases.people.enrolment_scene import caller, is_let_in

ALICES = a_token("alice").id


def test_a_token_is_found_by_its_name_and_only_under_its_member() -> None:
    scene = a_scene()
    assert find_token(scene.ports, "alice", ALICES) == a_token("alice")
    with pytest.raises(NotFound, match="no-such-token"):
        find_token(scene.ports, "bob", ALICES)
    with pytest.raises(NotFound, match="no-such-member"):
        find_token(scene.ports, "eve", ALICES)


def test_the_label_of_ones_own_token_can_be_changed_and_nothing_else() -> None:
    scene = a_scene()
    changed = change_token(scene.ports, scene.caller("alice"), ALICES, label="old laptop")
    assert changed == replace(a_token("alice"), label="old laptop", version=2)
    assert find_token(scene.ports, "alice", ALICES) == changed


def test_no_one_changes_the_label_of_anothers_token() -> None:
    scene = a_scene()
    for other in ("bob", "lena"):
        with pytest.raises(NotFound, match="no-such-token"):
            change_token(scene.ports, scene.caller(other), ALICES, label="mine")
    assert find_token(scene.ports, "alice", ALICES) == a_token("alice")


def test_a_revoked_token_stays_revoked_whatever_its_label() -> None:
    scene = a_scene()
    alice = caller(scene, scene.enrolled("alice"))
    revoke_token(scene.ports, scene.caller(), "alice", ALICES, why="leaked")
    assert change_token(scene.ports, alice, ALICES, label="leaked").revoked_at == NOON


def test_rotating_gives_one_token_for_one() -> None:
    scene = a_scene()
    scene.world.later(days=1)
    alice = scene.caller("alice")
    new = rotate_token(scene.ports, alice)
    now = NOON + timedelta(days=1)
    assert is_let_in(scene, new.text)
    assert (new.token.member, new.token.label) == ("alice", "laptop")
    assert (new.token.created_at, new.token.expires_at) == (now, now + timedelta(days=90))
    assert find_token(scene.ports, "alice", ALICES).revoked_at == now
    assert len(list_all(scene.ports.state, Token, member="alice")) == 2


def test_with_the_former_token_nothing_can_be_done_any_more() -> None:
    scene = a_scene()
    alice = scene.caller("alice")
    rotate_token(scene.ports, alice)
    with pytest.raises(DaypassError, match="token-revoked"):
        vend(scene.ports, scene.origin("alice"), "acme-prod", SessionRequest(role="readonly"))
    with pytest.raises(Conflict, match="changed-meanwhile"):
        rotate_token(scene.ports, alice)


def test_a_member_may_revoke_the_token_of_the_request() -> None:
    scene = a_scene()
    revoke_token(scene.ports, scene.caller("alice"), "alice", ALICES, why="laptop sold")
    assert not is_let_in(scene, token_text_of("alice"))
    entry = scene.world.entries[-1]
    assert (entry.actor, entry.subject) == ("alice", "")


def test_a_revocation_lists_the_members_sessions_of_every_token() -> None:
    scene = a_scene()
    desktop = parse_token(scene.enrolled("alice").text)
    assert desktop is not None
    vended = [
        vend(scene.ports, origin, "acme-prod", SessionRequest(role="readonly")).vend
        for origin in (RequestOrigin(desktop), scene.origin())
    ]
    revoked = revoke_token(scene.ports, scene.caller(), "alice", ALICES, why="leaked")
    assert {session.vend for session in revoked.sessions} == {*vended}
    assert scene.world.entries[-1].details == {"token": ALICES, "said": "leaked"}


def test_a_token_is_revoked_once() -> None:
    scene = a_scene()
    first = revoke_token(scene.ports, scene.caller(), "alice", ALICES, why="leaked")
    items, entries = dict(scene.world.items), list(scene.world.entries)
    assert revoke_token(scene.ports, scene.caller(), "alice", ALICES, why="leaked again") == first
    assert (scene.world.items, scene.world.entries) == (items, entries)


def test_one_token_revoked_is_not_another() -> None:
    scene = a_scene()
    other = scene.enrolled("alice")
    revoke_token(scene.ports, scene.caller(), "alice", other.token.id, why="old")
    vend(scene.ports, scene.origin(), "acme-prod", SessionRequest(role="readonly"))
