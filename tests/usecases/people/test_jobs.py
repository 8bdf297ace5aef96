"""Jobs of CIs: a lead binds one to a machine, which can do little else than get sessions."""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.errors import (
    AccessDenied,
    Conflict,
    InvalidRequest,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.people.enrolments import EnrolIdentity, Enrolment
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.jobs import BindJob
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind
from chalicelib.domain.people.tokens import Token, TokenKind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import is_approver
from chalicelib.domain.trail import Action
from chalicelib.usecases.admission import WITH_MACHINES, admit, sign_in
from chalicelib.usecases.people.enrol import enrol_identity
from chalicelib.usecases.people.jobs import bind_job
from chalicelib.usecases.people.lead_change_rules import ChangeKind
from chalicelib.usecases.people.lead_changes import read_lead_changes
from chalicelib.usecases.people.members import (
    change_member,
    create_enrolment,
    create_member,
    reinstate_member,
    revoke_member,
)
from chalicelib.usecases.people.sign_in import sign_in_with_token
from chalicelib.usecases.people.tokens import revoke_token, rotate_token
from chalicelib.usecases.ports import RequestOrigin
from tests.builders import a_member, a_scene, an_approval_policy, an_enrolment, code_text_of, leads
from tests.fakes import NOON
from tests.fakes.providers import (
    JOB_SUBJECT,
    PROVIDER,
    claims,
    fake_identity_token,
    gitlab_claims,
    job_claims,
)
from tests.rows import every
from tests.usecases.refusals import reason_of, refusal_of, refused

DAY = timedelta(days=1)
JOB = BindJob(issuer=PROVIDER.issuer, subject=JOB_SUBJECT)
TOKEN = fake_identity_token(job_claims(NOON))


def a_scene_with_machine(*items):
    machines = [a_member(name, kind=Kind.MACHINE) for name in ("ci", "ci-two")]
    return a_scene(*machines, *items)


def bound(scene):
    return scene.do(bind_job, "ci", JOB)


def admitted(scene, text=TOKEN):
    origin = RequestOrigin(sign_in(scene.ports, text), "192.0.2.1")
    return admit(scene.ports, origin, WITH_MACHINES, Action.READ)


def test_a_bound_job_signs_in_as_its_machine_and_no_one_holds_a_secret():
    scene = a_scene_with_machine()
    token = bound(scene)
    assert (token.kind, token.label, token.subject) == (
        TokenKind.IDENTITY, "GitHub Actions", JOB_SUBJECT,
    )  # fmt: skip
    assert token.expires_at == NOON + 90 * DAY
    assert token.given_since == NOON
    caller = admitted(scene)
    assert (caller.member.id, caller.token) == ("ci", token)
    assert caller.identity_expires_at == NOON + timedelta(hours=1)
    refusal_of(Conflict, rotate_token, scene.ports, caller)
    entry = scene.last_entry
    assert (entry.action, entry.actor, entry.subject) == (Action.JOB_BIND, "lena", "ci")
    assert (entry.detail("issuer"), entry.detail("subject")) == (JOB.issuer, JOB.subject)


def test_a_jobs_immutable_subject_and_its_names_are_one_identity():
    scene = a_scene_with_machine()
    bound(scene)
    renamed = job_claims(NOON, sub=JOB_SUBJECT)
    assert admitted(scene, text=fake_identity_token(renamed)).member.id == "ci"


@every(
    "changes",
    [
        {"repository_id": "99"},  # someone registered the name after a rename
        {"repository_owner_id": "99"},
        {"sub": "repo:acme/shop:environment:Production"},
        {"sub": "repo:acme/shop:environment:staging"},
        {"sub": "repo:ACME/shop:environment:production"},
        {"sub": "repo:acme/shop:ref:refs/heads/production", "ref_protected": "true"},
    ],
)
def test_another_job_is_told_its_subject_and_nothing_else(changes):
    scene = a_scene_with_machine()
    bound(scene)
    text = fake_identity_token(job_claims(NOON, **changes))
    error = refused(sign_in, scene.ports, text)
    assert (type(error), error.reason) == (Unauthenticated, Reason.JOB_UNKNOWN)
    assert error.detail.startswith(
        "This job is not bound to a machine. Ask a lead to bind it: daypass"
    )
    assert "ci" not in error.detail.split()


def test_the_line_to_copy_runs_nothing_that_a_branchs_name_holds():
    scene = a_scene()
    claimed = job_claims(NOON, sub="repo:acme/shop:ref:refs/heads/a;$(id)'", ref_protected="true")
    error = refused(sign_in, scene.ports, fake_identity_token(claimed))
    assert error.detail.endswith(" 'repo:acme@1234/shop@5678:ref:refs/heads/a;$(id)'\"'\"''")


def test_a_person_of_no_member_is_told_no_subject():
    error = refused(sign_in, a_scene().ports, fake_identity_token(claims(NOON)))
    assert (error.reason, "alice@" in error.detail) == (Reason.IDENTITY_UNKNOWN, False)


@every(
    "member, changes, kind, reason",
    [
        ("alice", {}, Conflict, "not-a-machine"),
        ("lena", {}, Conflict, "not-a-machine"),
        ("ada", {}, Conflict, "not-a-machine"),
        ("nobody", {}, NotFound, "no-such-member"),
        ("ci", {"issuer": "https://other.example"}, InvalidRequest, "bad-value"),
        ("ci", {"issuer": PROVIDER.issuer + "/"}, InvalidRequest, "bad-value"),
        ("ci", {"subject": "repo:acme/shop:environment:x"}, InvalidRequest, "job-not-narrow"),
        ("ci", {"subject": "repo:acme@1/shop@2:*"}, InvalidRequest, "job-not-narrow"),
        ("ci", {"subject": "alice@example.com"}, InvalidRequest, "job-not-narrow"),
        ("ci", {"expires_at": NOON + 367 * DAY}, InvalidRequest, "bad-value"),
        ("ci", {"expires_at": NOON}, InvalidRequest, "bad-value"),
    ],
)
def test_a_lead_cannot_bind_what_is_not_a_machines_narrow_job(member, changes, kind, reason):
    scene = a_scene_with_machine()
    before = dict(scene.items)
    assert refusal_of(kind, scene.do, bind_job, member, replace(JOB, **changes)) == reason
    assert (scene.items, scene.entries) == (before, [])


def test_an_identity_belongs_to_one_machine_at_a_time():
    scene = a_scene_with_machine()
    token = bound(scene)
    for machine in ("ci", "ci-two"):
        assert refusal_of(Conflict, scene.do, bind_job, machine, JOB) is Reason.IDENTITY_TAKEN
    scene.do(revoke_token, "ci", token.id, why="moved")
    scene.do(bind_job, "ci-two", JOB)
    assert admitted(scene).member.id == "ci-two"


def test_of_two_leads_who_bind_a_job_at_once_one_is_refused():
    scene = a_scene_with_machine()
    scene.just_before("change", lambda: scene.do(bind_job, "ci-two", JOB))
    assert refusal_of(Conflict, bound, scene) is Reason.CHANGED_MEANWHILE
    assert admitted(scene).member.id == "ci-two"
    assert len(scene.find(Token, where=lambda token: token.subject == JOB_SUBJECT)) == 1


@every("suspended", ["ci", "lena"])
def test_a_job_is_not_bound_if_the_machine_or_the_lead_is_suspended_meanwhile(suspended):
    scene = a_scene_with_machine(*leads("luis"))
    scene.just_before("change", lambda: scene.do(revoke_member, suspended, why="w", by="luis"))
    assert refusal_of(Conflict, bound, scene) is Reason.CHANGED_MEANWHILE
    assert scene.find(Identity) == []


def test_a_job_whose_storing_fails_is_not_bound():
    scene = a_scene_with_machine()
    scene.fails_at("change", Unavailable(Reason.RECORDS_UNAVAILABLE))
    refusal_of(Unavailable, bound, scene)
    assert (scene.find(Identity), scene.entries) == ([], [])
    scene.world.before = None
    bound(scene)


@every(
    "end, reason",
    [
        (lambda scene: scene.do(revoke_token, "ci", bound(scene).id, why="w"), "token-revoked"),
        (lambda scene: (bound(scene), scene.do(revoke_member, "ci", why="w")), "member-suspended"),
        (lambda scene: (bound(scene), scene.later(days=90)), "token-expired"),
        (lambda scene: (bound(scene), scene.later(hours=1)), "identity-token-expired"),
    ],
)
def test_whatever_ends_a_token_ends_a_jobs(end, reason):
    scene = a_scene_with_machine()
    end(scene)
    now = scene.clock
    fresh = TOKEN if reason.startswith("identity") else fake_identity_token(job_claims(now))
    assert reason_of(admitted, scene, text=fresh) == reason


def test_a_reinstated_machines_job_must_be_bound_again():
    scene = a_scene_with_machine()
    bound(scene)
    scene.do(revoke_member, "ci", why="w")
    assert refusal_of(Conflict, bound, scene) is Reason.ALREADY_ENDED
    scene.later(minutes=1)
    scene.do(reinstate_member, "ci", why="back")
    assert refusal_of(Unauthenticated, admitted, scene) is Reason.TOKEN_REVOKED
    bound(scene)
    assert admitted(scene).member.id == "ci"


def test_a_machine_cannot_sign_in_to_the_console():
    scene = a_scene_with_machine()
    bound(scene)
    presented = sign_in(scene.ports, TOKEN)
    fields = {"address": "", "provider": JOB.issuer, "authenticated_at": NOON}
    assert (
        refusal_of(AccessDenied, sign_in_with_token, scene.ports, presented, **fields)
        is Reason.PEOPLE_ONLY
    )


def test_a_machine_never_approves():
    policy = an_approval_policy(members=frozenset({"ci", "alice"}), people=1)
    assert is_approver(a_member("alice"), policy)
    assert not is_approver(a_member("ci", kind=Kind.MACHINE), policy)


@every("kind", [kind for kind in Kind if kind is not Kind.MACHINE])
def test_a_machine_stays_one_and_a_person_a_person(kind):
    scene = a_scene_with_machine(a_member("eve", kind=kind))
    for member, other in (("ci", kind), ("eve", Kind.MACHINE)):
        assert (
            refusal_of(Conflict, scene.do, change_member, member, ChangeMember(kind=other))
            is Reason.KIND_FIXED
        )
    scene.do(change_member, "ci", ChangeMember(name="CI", kind=Kind.MACHINE))


def test_a_machine_has_no_enrolment_code():
    scene = a_scene()
    new = scene.do(create_member, CreateMember(id="ci", name="CI", kind=Kind.MACHINE))
    assert (new.member.kind, new.enrolment, scene.find(Enrolment)) == (
        Kind.MACHINE, None, [an_enrolment()],
    )  # fmt: skip
    assert refusal_of(Conflict, scene.do, create_enrolment, "ci") is Reason.MACHINE_HAS_NO_CODE


@every("body", [job_claims(NOON), gitlab_claims(NOON)])
def test_no_person_takes_a_jobs_identity_with_their_code(body):
    scene = a_scene()
    request = EnrolIdentity(
        code=code_text_of("alice"), identity_token=fake_identity_token(body), label="ci"
    )
    assert (
        refusal_of(AccessDenied, enrol_identity, scene.ports, request, address="")
        is Reason.JOB_IDENTITY
    )
    assert scene.find(Identity) == []


def test_a_job_that_a_suspended_lead_bound_is_listed_while_it_can_sign_in():
    scene = a_scene_with_machine(*leads("luis"))
    token = bound(scene)
    scene.later(minutes=1)
    scene.do(revoke_member, "lena", why="laptop")
    (change,) = read_lead_changes(scene.ports, "lena").changes
    assert (change.kind, change.member, change.id) == (ChangeKind.TOKEN, "ci", token.id)
    scene.do(revoke_token, "ci", token.id, why="not ours", by="luis")
    assert read_lead_changes(scene.ports, "lena").changes == ()
