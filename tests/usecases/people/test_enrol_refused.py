"""Invalid codes get the same refusal. Uses of known codes are recorded; a second use alerts."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.people.enrolments import Enrol, build_code_text
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.members import (
    change_member,
    create_enrolment,
    reinstate_member,
    revoke_enrolment,
    revoke_member,
)
from chalicelib.usecases.people.tokens import revoke_token
from tests.builders import (
    a_member,
    a_scene,
    a_token,
    code_text_of,
)
from tests.fakes import FakeState
from tests.rows import every
from tests.usecases.changes_table import two_leads
from tests.usecases.people.enrolment_scene import (
    CODE,
    HERE,
    THERE,
    got,
    refused,
    superseded,
    used,
    used_and_superseded,
)
from tests.usecases.refusals import refusal_of


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
