"""Members are created, changed, suspended and reinstated."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind, Leads, Member
from chalicelib.domain.trail import OPERATOR
from chalicelib.usecases.people.members import (
    MAX_LEADS,
    change_member,
    create_enrolment,
    create_member,
    find_member,
    list_members,
    read_enrolment,
    reinstate_member,
    revoke_member,
)
from chalicelib.usecases.people.operator import recover_lead
from tests.builders import (
    Scene,
    a_member,
    a_scene,
    an_enrolment,
)
from tests.fakes import NOON, at
from tests.rows import every
from tests.usecases.changes_table import two_leads
from tests.usecases.people.enrolment_scene import is_let_in
from tests.usecases.refusals import refusal_of
from tests.usecases.web.unreadable import cannot_read


def leads(scene: Scene) -> set[str]:
    return set(scene.get(Leads).members)


def test_a_member_can_become_a_lead_and_a_lead_a_member() -> None:
    scene = a_scene()
    scene.do(change_member, "alice", ChangeMember(kind=Kind.LEAD))
    assert leads(scene) == {"lena", "alice"}
    scene.do(change_member, "lena", ChangeMember(kind=Kind.MEMBER))
    assert leads(scene) == {"alice"}


def test_the_first_of_the_leads_on_record_needs_no_leads_before() -> None:
    scene = a_scene()
    del scene.world.items[at(Leads(members=frozenset()))]
    scene.do(create_member, CreateMember(id="eve", name="Eve", kind=Kind.LEAD))
    assert leads(scene) == {"eve"}


def test_a_suspended_member_made_lead_counts_after_reinstatement() -> None:
    scene = a_scene()
    scene.do(change_member, "sam", ChangeMember(kind=Kind.LEAD))
    assert leads(scene) == {"lena"}
    scene.do(reinstate_member, "sam")
    assert leads(scene) == {"lena", "sam"}


def test_there_are_fifty_leads_and_no_more() -> None:
    """A recovery that revokes the tokens of all of them is one step, and has to fit into one."""
    scene = two_leads()
    for number in range(MAX_LEADS - 2):
        value = CreateMember(id=f"lead-{number}", name="Lead", kind=Kind.LEAD)
        scene.do(create_member, value)
    another = CreateMember(id="another", name="Another", kind=Kind.LEAD)
    assert refusal_of(Conflict, scene.do, create_member, another) == "too-many-leads"
    assert (
        refusal_of(Conflict, scene.do, change_member, "alice", ChangeMember(kind=Kind.LEAD))
        == "too-many-leads"
    )
    assert (len(leads(scene)), find_member(scene.ports, "alice").kind) == (50, Kind.MEMBER)

    scene.do(revoke_member, "luis", why="leaving")
    scene.do(create_member, another)
    assert refusal_of(Conflict, scene.do, reinstate_member, "luis") == "too-many-leads"
    recover_lead(scene.ports, id="lena", lost=True)
    assert leads(scene) >= {"lena", "another"}


def test_there_is_no_lead_too_many_to_be_suspended() -> None:
    scene = two_leads()
    further = [a_member(f"lead-{number}", kind=Kind.LEAD) for number in range(MAX_LEADS)]
    many = frozenset({"lena", "luis", *(lead.id for lead in further)})
    scene.add(*further, replace(scene.get(Leads), members=many))
    scene.do(revoke_member, "luis", why="leaving")
    assert leads(scene) == many - {"luis"}


def test_two_leads_who_suspend_each_other_in_the_same_instant_are_both_suspended() -> None:
    """Neither revocation waits for the other. The operator recovers one of them."""
    scene = two_leads()
    lena, luis = scene.caller("lena"), scene.caller("luis")
    scene.just_before("save", lambda: revoke_member(scene.ports, luis, "lena", why="a quarrel"))
    revoke_member(scene.ports, lena, "luis", why="a quarrel")
    assert leads(scene) == set()


def test_a_suspended_lead_cannot_suspend() -> None:
    scene = two_leads()
    lena, luis = scene.caller("lena"), scene.caller("luis")
    revoke_member(scene.ports, luis, "lena", why="a quarrel")
    assert (
        refusal_of(Conflict, revoke_member, scene.ports, lena, "luis", why="a quarrel")
        == "last-lead"
    )
    assert leads(scene) == {"luis"}


def test_two_leads_who_step_down_at_once_leave_one() -> None:
    scene = two_leads()
    lena, luis = scene.caller("lena"), scene.caller("luis")
    scene.just_before(
        "change", lambda: change_member(scene.ports, luis, "luis", ChangeMember(kind=Kind.MEMBER))
    )
    assert (
        refusal_of(
            Conflict, change_member, scene.ports, lena, "lena", ChangeMember(kind=Kind.MEMBER)
        )
        == "changed-meanwhile"
    )
    assert leads(scene) == {"lena"}


def test_a_suspended_member_is_not_suspended_again() -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    again = scene.do(revoke_member, "sam", why="again")
    assert again.revoked_at == before[at(a_member("sam"))].suspended_at < NOON
    assert again.cut_off_at == NOON + timedelta(seconds=5)
    assert (scene.world.items, scene.entries) == (before, [])


def test_a_token_created_during_a_suspension_stays_invalid() -> None:
    scene = a_scene()
    lena, made = scene.caller(), []

    def make_one_a_moment_later() -> None:
        scene.later(milliseconds=5)
        made.append(scene.enrolled())

    scene.just_before("save", make_one_a_moment_later)
    revoke_member(scene.ports, lena, "alice", why="incident")
    scene.later(days=1)
    scene.do(reinstate_member, "alice")
    assert not is_let_in(scene, made[0].text)


def test_no_code_is_made_for_a_member_who_is_suspended_meanwhile() -> None:
    scene = a_scene()
    lena, before = scene.caller(), scene.get(Enrolment, "alice")
    scene.just_before("change", lambda: revoke_member(scene.ports, lena, "alice", why="incident"))
    assert refusal_of(Conflict, create_enrolment, scene.ports, lena, "alice") == "changed-meanwhile"
    assert scene.get(Enrolment, "alice") == before


def test_the_list_says_who_is_active_and_whose_code_is_open() -> None:
    left = a_member("max", suspended_at=NOON, left_at=NOON)
    scene = a_scene(an_enrolment("bob", used_at=NOON), an_enrolment("sam"), left)
    scene.add(an_enrolment("ada", expires_at=NOON + timedelta(seconds=1)))
    rows = list_members(scene.ports, limit=9).items
    assert {row.member.id: (row.state.value, row.has_open_code) for row in rows} == {
        "ada": ("active", True),
        "alice": ("active", True),
        "bob": ("active", False),
        "lena": ("active", False),
        "max": ("left the firm", False),
        "sam": ("suspended", False),
    }
    scene.later(seconds=1)
    assert not list_members(scene.ports, limit=9, starts_with="a").items[0].has_open_code
    unread = list_members(cannot_read(scene, Enrolment).ports, limit=9)
    assert {row.has_open_code for row in unread.items} == {None}


@every(
    "code, member, status",
    [
        (an_enrolment(), a_member(), "open"),
        (an_enrolment(made_by=OPERATOR), a_member(), "open"),
        (an_enrolment(used_at=NOON), a_member(), "used"),
        (an_enrolment(revoked_at=NOON), a_member(), "revoked"),
        (an_enrolment(expires_at=NOON), a_member(), "expired"),
        (an_enrolment(), a_member(suspended_at=NOON), "not valid: its member is suspended"),
        (an_enrolment(), a_member(tokens_from=NOON), "not valid: its member was suspended since"),
        (an_enrolment(made_by="max"), a_member(), "not valid: the lead who made it leads no more"),
    ],
)
def test_the_status_of_the_enrolment_code(code: Enrolment, member: Member, status: str) -> None:
    shown = read_enrolment(a_scene(code, member).ports, "alice")
    assert (shown.status, shown.is_open) == (status, status == "open")
