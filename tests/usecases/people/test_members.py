"""Members are created, changed, suspended and reinstated. The operator creates the first lead,
once."""

from datetime import timedelta
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Conflict, Unauthenticated, Unavailable
from chalicelib.domain.people.enrolments import Enrol, Enrolment
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind, Leads
from chalicelib.domain.people.tokens import parse_token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import OPERATOR, Action
from chalicelib.usecases.admission import EVERYONE, LEADS, admit
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.members import (
    MAX_LEADS,
    MEMBERS,
    change_member,
    create_enrolment,
    create_member,
    find_member,
    read_enrolment,
    reinstate_member,
    revoke_member,
)
from chalicelib.usecases.people.operator import OtherLeads, create_first_lead, recover_lead
from chalicelib.usecases.ports import RequestOrigin
from chalicelib.usecases.selections import SearchFilters
from tests.builders import Scene, a_member, a_scene, a_token, an_enrolment
from tests.fakes import NOON, World, at
from tests.rows import every
from tests.usecases.changes_table import two_leads
from tests.usecases.people.enrolment_scene import is_let_in
from tests.usecases.refusals import refusal_of
from tests.usecases.telling import Telling
from tests.usecases.unreadable import cannot_read

BOTH = Leads(members=frozenset({"lena", "luis"}))


def leads(scene):
    return scene.get(Leads).members


def makes(scene, member, kind, by="lena"):
    scene.do(change_member, member, ChangeMember(kind=Kind(kind)), by=by)


def suspends(scene, member, by="lena"):
    return scene.do(revoke_member, member, why="a quarrel", by=by)


def reinstates(scene, member):
    scene.do(reinstate_member, member, why="back")


def creates_code(scene, member):
    scene.do(create_enrolment, member)


def creates_lead(scene):
    scene.do(create_member, CreateMember(id="eve", name="Eve", kind=Kind.LEAD))


def operator_makes(scene, member):
    create_first_lead(scene.ports, id=member, name=member.title())


def operator_recovers(scene, member):
    recover_lead(scene.ports, id=member)


def is_suspended(scene, member):
    """Suspend the lead, who then goes on with a request that was admitted before."""
    lead = scene.caller(member)
    suspends(scene, member, "luis")
    revoke_member(scene.ports, lead, "luis", why="a quarrel")


# What happens at this step of the last act, or None
STORIES = {
    "A member becomes a lead, and a lead a member": (
        None, [(makes, "alice", "lead"), (makes, "lena", "member")],
    ),
    "A suspended member who is made lead counts after reinstatement": (
        None, [(makes, "sam", "lead"), (reinstates, "sam")],
    ),
    "A suspended member is not suspended again": (None, [(suspends, "sam")]),
    "A suspended lead cannot suspend": (None, [(is_suspended, "lena")]),
    "Two leads suspend each other in the same instant, and neither waits": (
        ("save", suspends, "lena", "luis"), [(suspends, "luis")],
    ),
    "Of two leads who step down at once, one is left": (
        ("change", makes, "luis", "member", "luis"), [(makes, "lena", "member")],
    ),
    "No code is made for a member who is suspended meanwhile": (
        ("change", suspends, "alice"), [(creates_code, "alice")],
    ),
}  # fmt: skip


def test_what_leads_and_the_operator_change_is_as_the_file_says():
    story = Telling()
    for title, (meanwhile, acts) in STORIES.items():
        scene = story.begin(title, two_leads())
        if meanwhile:
            step, act, *names = meanwhile
            scene.just_before(step, partial(act, scene, *names))
        for act, *names in acts:
            story.do(act, scene, *names)
    scene = story.begin("The first of the leads on record needs no leads before", a_scene())
    del scene.items[at(Leads(members=frozenset()))]
    story.do(creates_lead, scene)
    world = World()
    scene = story.begin("The operator makes the first lead, once", Scene(world, world.ports()))
    scene.fails_at("change", Unavailable(Reason.RECORDS_UNAVAILABLE))
    story.do(operator_makes, scene, "lena")
    scene.world.before = None
    scene.just_before("change", lambda: operator_makes(scene, "luis"))
    for act, name in (
        (operator_recovers, "lena"),
        (operator_makes, "lena"),
        (operator_makes, "lena"),
    ):
        story.do(act, scene, name)
    story.hold("people/members")


def test_there_are_fifty_leads_and_no_more():
    """A recovery that revokes the tokens of all of them is one step, and has to fit into one."""
    scene = two_leads()
    for number in range(MAX_LEADS - 2):
        value = CreateMember(id=f"lead-{number}", name="Lead", kind=Kind.LEAD)
        scene.do(create_member, value)
    another = CreateMember(id="another", name="Another", kind=Kind.LEAD)
    assert refusal_of(Conflict, scene.do, create_member, another) == "too-many-leads"
    assert refusal_of(Conflict, makes, scene, "alice", "lead") == "too-many-leads"
    assert (len(leads(scene)), find_member(scene.ports, "alice").kind) == (50, Kind.MEMBER)

    scene.do(revoke_member, "luis", why="leaving")
    scene.do(create_member, another)
    assert refusal_of(Conflict, scene.do, reinstate_member, "luis", why="back") == "too-many-leads"
    recover_lead(scene.ports, id="lena", lost=True)
    assert leads(scene) >= {"lena", "another"}
    before = scene.clock
    assert len(recover_lead(scene.ports, id="lena", others=OtherLeads.SUSPEND).suspended) == 49
    assert scene.clock == before  # it waits for nothing


def test_there_is_no_lead_too_many_to_be_suspended():
    scene = two_leads()
    further = [a_member(f"lead-{number}", kind=Kind.LEAD) for number in range(MAX_LEADS)]
    many = frozenset({"lena", "luis", *(lead.id for lead in further)})
    scene.add(*further, replace(scene.get(Leads), members=many))
    scene.do(revoke_member, "luis", why="leaving")
    assert leads(scene) == many - {"luis"}


def test_a_token_created_during_a_suspension_stays_invalid():
    scene = a_scene()
    lena, made = scene.caller(), []

    def make_one_a_moment_later():
        scene.later(milliseconds=5)
        made.append(scene.enrolled())

    scene.just_before("save", make_one_a_moment_later)
    revoke_member(scene.ports, lena, "alice", why="incident")
    scene.later(days=1)
    scene.do(reinstate_member, "alice", why="back")
    assert not is_let_in(scene, made[0].text)


def test_the_list_says_who_is_active_and_whose_code_is_open():
    left = a_member("max", suspended_at=NOON, left_at=NOON)
    scene = a_scene(an_enrolment("bob", used_at=NOON), an_enrolment("sam"), left)
    scene.add(an_enrolment("ada", expires_at=NOON + timedelta(seconds=1)))
    rows = scene.do(MEMBERS.ask, SearchFilters(limit=9)).items
    assert {row.member.id: (row.state.value, row.has_open_code) for row in rows} == {
        "ada": ("active", True),
        "alice": ("active", True),
        "bob": ("active", False),
        "lena": ("active", False),
        "max": ("left the firm", False),
        "sam": ("suspended", False),
    }
    scene.later(seconds=1)
    assert not scene.do(MEMBERS.ask, SearchFilters(limit=9, q="ada")).items[0].has_open_code
    unread = cannot_read(scene, Enrolment).do(MEMBERS.ask, SearchFilters(limit=9))
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
        (
            an_enrolment(),
            a_member(tokens_from=NOON),
            "not valid: its member was suspended after it was created",
        ),
        (
            an_enrolment(made_by="max"),
            a_member(),
            "not valid: its maker is no longer an active lead",
        ),
    ],
)
def test_the_status_of_the_enrolment_code(code, member, status):
    shown = read_enrolment(a_scene(code, member).ports, "alice")
    assert (shown.status, shown.is_open) == (status, status == "open")


def let_in(ports, new):
    """Exchange the code, and return its member as a caller."""
    got = enrol(ports, Enrol(code=new.code, label="laptop"), address="198.51.100.9")
    return admit(ports, RequestOrigin(parse_token(got.text)), LEADS, Action.MEMBER_CREATE)


# Each reason why a lead has no working token.
DEAD = {
    "revoked": a_token("lena", revoked_at=NOON),
    "expired": a_token("lena", expires_at=NOON),
    "created before a suspension": a_member("lena", kind=Kind.LEAD, tokens_from=NOON),
    "of a suspended lead": a_member("lena", kind=Kind.LEAD, suspended_at=NOON),
}


@every("what", DEAD)
@every("lead", ["lena", "luis"])
def test_no_lead_is_recovered_while_a_lead_has_a_working_token(what, lead):
    """Any such lead can send a code, so the operator is not needed."""
    scene = a_scene(a_member("luis", kind=Kind.LEAD), BOTH)
    before = dict(scene.items)
    assert refusal_of(Conflict, recover_lead, scene.ports, id=lead) == "lead-has-token"
    assert scene.items == before
    assert (scene.story(), scene.alerts) == ([], [])
    scene.add(DEAD[what])
    assert let_in(scene.ports, recover_lead(scene.ports, id="luis")).member.id == "luis"


def test_lost_tokens_are_revoked_before_a_lead_is_recovered():
    scene = two_leads()
    kept = scene.do(create_enrolment, "luis")
    scene.entries.clear()
    scene.later(seconds=1)
    new = recover_lead(scene.ports, id="lena", lost=True)
    assert scene.story() == ["lead.recover done", "token.revoke done", "token.revoke done"]
    assert {entry.actor for entry in scene.entries} == {OPERATOR}
    for lead in ("lena", "luis"):
        admission = admit, scene.ports, scene.origin(lead), LEADS, Action.READ
        assert refusal_of(Unauthenticated, *admission) == "token-revoked"
    admit(scene.ports, scene.origin("alice"), EVERYONE, Action.READ)
    assert refusal_of(AccessDenied, let_in, scene.ports, kept) == "enrolment-refused"
    assert let_in(scene.ports, new).member.id == "lena"
    assert "The recovery also revoked 2 tokens of leads." in scene.alerts[0].text
