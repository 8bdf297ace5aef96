"""Records of when members got their rights, because what is new does not approve."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.slack.bindings import CODE_LIFE, BindingCode, BindSlack
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.members import (
    change_member,
    create_enrolment,
    create_member,
    reinstate_member,
    revoke_member,
)
from chalicelib.usecases.people.operator import OtherLeads, recover_lead
from chalicelib.usecases.people.tokens import rotate_token
from chalicelib.usecases.slack.binding import bind_slack_user
from tests.builders import BEFORE, Scene, a_member, a_scene
from tests.fakes import NOON

HOUR = timedelta(hours=1)


def test_a_kind_is_a_right_since_a_member_was_added_given_it_or_reinstated() -> None:
    scene = a_scene()
    request = CreateMember(id="zoe", name="Zoe", kind=Kind.LEAD)
    assert scene.do(create_member, request).member.kind_since == NOON
    scene.world.later(hours=1)
    same = ChangeMember(name="Bobby", kind=Kind.MEMBER)
    assert scene.do(change_member, "bob", same).kind_since == BEFORE
    other = ChangeMember(kind=Kind.LEAD)
    assert scene.do(change_member, "alice", other).kind_since == NOON + HOUR
    scene.do(revoke_member, "bob", why="w")
    scene.world.later(hours=1)
    assert scene.do(reinstate_member, "bob").kind_since == NOON + 2 * HOUR


def test_a_lead_whom_the_operator_recovers_has_their_right_anew() -> None:
    scene = a_scene(a_member("mia", kind=Kind.LEAD, suspended_at=NOON))
    scene.world.later(hours=1)
    recover_lead(scene.ports, id="mia", others=OtherLeads.SUSPEND)
    assert scene.get(Member, "mia").kind_since == NOON + HOUR


def code_of(token: Token) -> tuple[str, object]:
    return token.code_made_by, token.given_since


def enrolled(scene: Scene) -> Token:
    """Return alice's token from a code of lena's, an hour after the code was made."""
    scene.world.later(hours=1)
    return scene.enrolled().token


def test_a_token_keeps_the_maker_of_its_code_and_when_it_was_used() -> None:
    assert code_of(enrolled(a_scene())) == ("lena", NOON + HOUR)


def test_a_token_from_a_code_of_ones_own_is_as_old_as_the_token_that_made_it() -> None:
    scene = a_scene()
    scene.world.later(hours=1)
    lena = scene.caller()
    code = create_enrolment(scene.ports, lena, "lena").code
    token = enrol(scene.ports, Enrol(code=code, label="laptop"), address="").token
    assert token.given_since == BEFORE
    new = replace(lena, token=replace(lena.token, given_at=NOON))
    scene.world.add(new.token)
    code = create_enrolment(scene.ports, new, "lena").code
    assert enrol(scene.ports, Enrol(code=code, label="phone"), address="").token.given_since == NOON


def test_a_token_by_rotation_and_a_slack_binding_keep_them() -> None:
    scene = a_scene()
    caller = replace(scene.caller("alice"), token=enrolled(scene))
    scene.world.later(hours=3)
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
    assert code_of(rotate_token(scene.ports, caller).token) == ("lena", NOON + HOUR)
