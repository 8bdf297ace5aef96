"""Records of who gave members their rights, so that no one makes their own approver."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind, Member
from chalicelib.domain.people.tokens import Token, parse_token
from chalicelib.domain.slack.bindings import CODE_LIFE, BindingCode, BindSlack
from chalicelib.usecases.people.members import (
    change_member,
    create_member,
    reinstate_member,
    revoke_member,
)
from chalicelib.usecases.people.tokens import rotate_token
from chalicelib.usecases.slack.binding import bind_slack_user
from tests.builders import Scene, a_scene
from tests.fakes import NOON

HOUR = timedelta(hours=1)


def right_of(member: Member) -> tuple[str, object]:
    return member.kind_set_by, member.kind_set_at


def test_a_new_member_has_their_kind_from_the_lead_who_added_them() -> None:
    scene = a_scene()
    request = CreateMember(id="zoe", name="Zoe", kind=Kind.LEAD)
    assert right_of(create_member(scene.ports, scene.caller(), request).member) == ("lena", NOON)


def test_another_kind_comes_from_the_lead_who_set_it() -> None:
    scene = a_scene()
    scene.world.later(hours=1)
    changed = change_member(scene.ports, scene.caller(), "bob", ChangeMember(kind=Kind.LEAD))
    assert right_of(changed) == ("lena", NOON + HOUR)


def test_another_name_or_the_same_kind_gives_no_right_anew() -> None:
    scene = a_scene()
    request = ChangeMember(name="Bobby", kind=Kind.MEMBER)
    assert right_of(change_member(scene.ports, scene.caller(), "bob", request)) == ("", None)


def test_a_reinstated_member_has_their_right_from_the_lead_who_reinstated_them() -> None:
    scene = a_scene()
    revoke_member(scene.ports, scene.caller(), "bob", why="w")
    scene.world.later(hours=1)
    reinstated = reinstate_member(scene.ports, scene.caller(), "bob")
    assert right_of(reinstated) == ("lena", NOON + HOUR)


def code_of(token: Token) -> tuple[str, object]:
    return token.code_made_by, token.code_used_at


def enrolled(scene: Scene) -> Token:
    """Return alice's token from a code of lena's, an hour after the code was made."""
    scene.world.later(hours=1)
    return scene.enrolled().token


def test_a_token_keeps_the_maker_of_its_code_and_when_it_was_used() -> None:
    assert code_of(enrolled(a_scene())) == ("lena", NOON + HOUR)


def test_a_token_by_rotation_keeps_them() -> None:
    scene = a_scene()
    caller = replace(scene.caller("alice"), token=enrolled(scene))
    scene.world.later(hours=3)
    rotated = rotate_token(scene.ports, caller)
    assert code_of(rotated.token) == ("lena", NOON + HOUR)
    assert parse_token(rotated.text) is not None


def test_a_slack_binding_keeps_them() -> None:
    scene = a_scene()
    caller = replace(scene.caller("alice"), token=enrolled(scene))
    now = scene.world.clock
    code = "aaaa-bbbb-cccc-dddd"
    scene.world.add(
        BindingCode(
            hash=hash_of(code),
            team="T0EXAMPLE",
            user="UALICE",
            created_at=now,
            expires_at=now + CODE_LIFE,
        )
    )
    binding = bind_slack_user(scene.ports, caller, BindSlack(code=code))
    assert code_of(binding) == ("lena", NOON + HOUR)
