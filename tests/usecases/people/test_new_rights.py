"""When members got their rights, and what becomes of what a suspended lead set up."""

import importlib
import pkgutil
from datetime import timedelta

import pytest
from msgspec.structs import replace

import chalicelib.domain
from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind, Member
from chalicelib.domain.requests.policies import (
    MAX_UNCONFIRMED_CHANGES,
    ApprovalPolicy,
    ChangeApprovalPolicy,
    PolicyChange,
)
from chalicelib.domain.slack.bindings import CODE_LIFE, BindingCode, BindSlack
from chalicelib.domain.values import Item
from chalicelib.usecases.actions import Draft
from chalicelib.usecases.people.actions import REINSTATE
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.lead_change_rules import ChangeKind
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.members import (
    change_member,
    create_enrolment,
    create_member,
    reinstate_member,
    revoke_member,
)
from chalicelib.usecases.people.operator import OtherLeads, recover_lead
from chalicelib.usecases.people.tokens import rotate_token
from chalicelib.usecases.requests.client.rules import confirm_on_page, set_client_approval
from chalicelib.usecases.requests.policies import change_policy
from chalicelib.usecases.slack.binding import bind_slack_user
from tests.builders import (
    APPROVER_TEXT,
    BEFORE,
    a_client_approver,
    a_member,
    a_scene,
    a_token,
    an_approval_policy,
)
from tests.fakes import DAY, NOON
from tests.usecases.refusals import reason_of, refusal_of, refused
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    client_approves,
)

HOUR = timedelta(hours=1)


def test_a_kind_is_a_right_since_a_member_was_added_given_it_reinstated_or_recovered():
    scene = a_scene()
    request = CreateMember(id="zoe", name="Zoe", kind=Kind.LEAD)
    assert scene.do(create_member, request).member.kind_since == NOON
    scene.later(hours=1)
    same = ChangeMember(name="Bobby", kind=Kind.MEMBER)
    assert scene.do(change_member, "bob", same).kind_since == BEFORE
    other = ChangeMember(kind=Kind.LEAD)
    assert scene.do(change_member, "alice", other).kind_since == NOON + HOUR
    scene.do(revoke_member, "bob", why="w")
    scene.later(hours=1)
    assert scene.do(reinstate_member, "bob", why="back").kind_since == NOON + 2 * HOUR
    scene.do(revoke_member, "alice", why="w")
    scene.later(hours=1)
    recover_lead(scene.ports, id="alice", others=OtherLeads.SUSPEND)
    assert scene.get(Member, "alice").kind_since == NOON + 3 * HOUR


def code_of(token):
    return token.code_made_by, token.given_since


def test_a_token_from_a_code_of_ones_own_is_as_old_as_the_token_that_made_it():
    scene = a_scene()
    scene.later(hours=1)
    lena = scene.caller()
    code = create_enrolment(scene.ports, lena, "lena").code
    token = enrol(scene.ports, Enrol(code=code, label="laptop"), address="").token
    assert token.given_since == BEFORE
    new = replace(lena, token=replace(lena.token, given_at=NOON))
    scene.add(new.token)
    code = create_enrolment(scene.ports, new, "lena").code
    assert enrol(scene.ports, Enrol(code=code, label="phone"), address="").token.given_since == NOON


def test_a_token_keeps_the_maker_of_its_code_and_when_it_was_used():
    """So do a token by rotation, and a Slack binding."""
    scene = a_scene()
    scene.later(hours=1)
    caller = replace(scene.caller("alice"), token=scene.enrolled().token)
    assert code_of(caller.token) == ("lena", NOON + HOUR)
    scene.later(hours=3)
    now = scene.clock
    code = "aaaa-bbbb-cccc-dddd"
    scene.add(
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


# Nothing that a suspended lead set up is forgotten: it ends, waits, or is listed.


def list_stored_types():
    """Yield every class of items that are stored."""
    for module in pkgutil.walk_packages(chalicelib.domain.__path__, "chalicelib.domain."):
        importlib.import_module(module.name)
    waiting = [Item]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if "STORED_AS" in vars(kind) and kind.__module__.startswith("chalicelib."):
                yield kind


def test_every_stored_item_is_declared():
    """A new kind of item fails here until someone says what becomes of a lead's."""
    stored = {kind.STORED_AS for kind in list_stored_types()}
    assert LETS_IN.keys() | LETS_NO_ONE_IN.keys() == stored
    assert not LETS_IN.keys() & LETS_NO_ONE_IN.keys()
    assert {kind for kinds in LETS_IN.values() for kind in kinds} == set(ChangeKind)


@pytest.fixture
def scene():
    """Return a scene in which lena has changed who approves, and was then suspended."""
    scene = a_scene_of_requests(an_approval_policy(leads=False, members=frozenset({"bob"})))
    change(scene, "lena", longest=7200)
    scene.do(suspend_member, "lena", why="stolen", by="mia")
    scene.later(minutes=1)
    return scene


def change(scene, by, role="", **fields):
    scene.do(change_policy, "acme-prod", ChangeApprovalPolicy(**fields), role, by=by)


def assert_policy_waits_for_mia(scene):
    request = ask(scene)
    error = refused(approve, scene, request.id, "bob")
    assert error.reason == "lead-suspended"
    assert "save the policy again" in error.detail
    change(scene, "mia", longest=7200)
    scene.later(minutes=1)
    approve(scene, request.id, "bob")


def test_a_policy_that_a_suspended_lead_changed_waits_for_another_lead(scene):
    assert_policy_waits_for_mia(scene)


@pytest.mark.parametrize("role", ["", "readonly"])
def test_a_new_lead_does_not_confirm_a_policy(scene, role):
    add_new_lead(scene)
    reason = refusal_of(AccessDenied, change, scene, "quinn", role, longest=7200)
    assert reason == "right-too-new"
    scene.later(hours=24)
    change(scene, "quinn", role, longest=7200)


def add_new_lead(scene):
    scene.add(a_member("quinn", kind=Kind.LEAD, kind_set_at=scene.clock), a_token("quinn"))


def test_a_new_lead_who_saves_a_policy_before_the_suspension_does_not_confirm_it():
    """The attacker could have made this lead, or have the code of one who was there before."""
    scene = a_scene_of_requests(an_approval_policy(leads=False, members=frozenset({"bob"})))
    change(scene, "lena", longest=7200)
    add_new_lead(scene)
    change(scene, "quinn", longest=7200)
    scene.do(suspend_member, "lena", why="stolen", by="mia")
    scene.later(minutes=1)
    assert_policy_waits_for_mia(scene)


def test_new_leads_cannot_make_a_policy_grow_without_bound():
    earlier = tuple(
        PolicyChange(by=f"lead-{number}", at=NOON) for number in range(MAX_UNCONFIRMED_CHANGES)
    )
    policy = an_approval_policy(changed_by="lena", changed_at=NOON, unconfirmed=earlier)
    members = (a_member(each.by, kind=Kind.LEAD) for each in earlier)
    scene = a_scene_of_requests(policy)
    scene.add(*members)
    add_new_lead(scene)
    assert refusal_of(AccessDenied, change, scene, "quinn", longest=7200) == "right-too-new"
    change(scene, "mia", longest=7200)
    assert not scene.get(ApprovalPolicy, "acme-prod", "").unconfirmed


def test_a_new_lead_who_reinstates_a_lead_does_not_confirm_what_that_one_set_up(scene):
    add_new_lead(scene)
    draft = Draft(member="lena")
    preview = REINSTATE.preview(scene.ports, scene.caller("quinn"), draft)
    assert "another lead must still save the approval policies" in str(preview)
    assert "another lead must" not in str(
        REINSTATE.preview(scene.ports, scene.caller("mia"), draft)
    )
    scene.do(reinstate_member, "lena", why="back", by="quinn")
    scene.later(minutes=1)
    assert_policy_waits_for_mia(scene)


def approve_after_a_change_by_lena(scene):
    change(scene, "lena", longest=7200)
    approve(scene, ask(scene).id, "bob")


def approve_at_the_client(scene):
    change(scene, "mia", people=0, leads=False, members=frozenset(), client=True)
    client_approves(scene, ask(scene).id)


def lift_the_rule(scene):
    set_client_approval(scene.ports, APPROVER_TEXT, is_required=False, address="")


def confirm_another(scene):
    scene.add(a_client_approver("pat", named_at=NOON))
    confirm_on_page(scene.ports, APPROVER_TEXT, "pat", address="")


@pytest.mark.parametrize(
    ("act", "action", "is_required"),
    [
        (approve_after_a_change_by_lena, "request.approve", False),
        (approve_at_the_client, "request.approve", False),
        (lift_the_rule, "client-approval.lift", True),
        (confirm_another, "approver.confirm", True),
    ],
)
def test_what_is_written_after_the_suspension_of_its_lead_is_refused(act, action, is_required):
    """The decision has read the lead before the suspension. Lena also named the client's jo."""
    scene = a_scene_of_requests(an_approval_policy(leads=False, members=frozenset({"bob"})))
    if is_required:
        set_client_approval(scene.ports, APPROVER_TEXT, is_required=True, address="")
    scene.later(minutes=1)
    real = scene.ports.state.change

    def suspend_first(items, entry, **options):
        if (entry.action, entry.outcome) == (action, "done"):
            scene.ports.state.change = real
            scene.do(suspend_member, "lena", why="stolen", by="mia")
        return real(items, entry, **options)

    scene.ports.state.change = suspend_first
    assert reason_of(act, scene) == "lead-suspended"
    assert f"{action} done" not in scene.story()


def test_what_a_lead_set_up_after_such_a_reinstatement_does_not_wait():
    """Neither does it after a recovery, which ends the tokens of all leads, nor if the lead leaves
    years later."""
    back = a_member("lena", unconfirmed_since=NOON - DAY, kind_set_at=NOON, tokens_from=NOON)
    recovered = replace(back, tokens_from=NOON + 20 * DAY)
    left_at = NOON + 400 * DAY
    left = replace(recovered, suspended_at=left_at, tokens_from=left_at)
    for lead in (back, recovered, left):
        assert lead.leaves_unconfirmed(NOON - 2 * DAY)
        assert not lead.leaves_unconfirmed(NOON + 10 * DAY)
    assert left.leaves_unconfirmed(left_at - DAY)


def test_a_reinstatement_confirms_what_the_lead_set_up(scene):
    scene.do(reinstate_member, "lena", why="back", by="mia")
    scene.later(minutes=1)
    approve(scene, ask(scene).id, "bob")


LETS_IN = {
    "grant": (ChangeKind.OWN_GRANT, ChangeKind.GRANT),
    "token": (ChangeKind.TOKEN,),
    "member": (ChangeKind.LEAD, ChangeKind.AUDITOR, ChangeKind.MEMBER),
    "client-approver": (ChangeKind.APPROVER,),
    "approval-policy": (ChangeKind.APPROVALS,),
    "role": (ChangeKind.OVERRIDE, ChangeKind.ROLE),
    "engagement": (ChangeKind.REOPENED, ChangeKind.IMPORT),
    "setup": (ChangeKind.ADMIN_ROLE,),
    "link": (ChangeKind.LINK,),
    "enrolment": (ChangeKind.CODE,),
}
"""The stored items with which a lead can let someone in, and the kinds of their changes."""

_OWN = "It is the lead's own, and ends with their tokens."
_ACCESS = "It ends with the lead, or with the grant, member or engagement that it belongs to."
_RECORD = "It records what happened, or the progress of a job. It lets no one in."
_TAKES_AWAY = "It only takes access away."
LETS_NO_ONE_IN = {
    "approved-grant": "If the lead approved it, it is revoked with them.",
    "given-approval": "With this record, the suspension finds what the lead approved.",
    "request": "The lead's approval of a request that waits does not count any more.",
    "last-request": _RECORD,
    "emergency": _RECORD,
    "emergency-lock": _ACCESS,
    "approver-link": "Daypass mails it to the approver. It opens what the approver may do.",
    "access-link": _OWN,
    "web-link": _OWN,
    "web-session": _OWN,
    "used-form": _RECORD,
    "binding-code": _OWN,
    "identity": "It ends with the token that it stands for.",
    "leads": "It lists the active leads only.",
    "external-id": "It only reserves an ID.",
    "stop": _TAKES_AWAY,
    "block": _TAKES_AWAY,
    "pause-codes": _TAKES_AWAY,
    "mailbox": "It holds mails that wait. Only Daypass's own function writes it.",
    "cut-off": _TAKES_AWAY,
    "cut-off-proof": _RECORD,
    "many-sessions": _RECORD,
    "sweep": _RECORD,
    "notified": _RECORD,
    "job-run": _RECORD,
    "task": _RECORD,
    "seen": _RECORD,
    "digest-head": _RECORD,
    "event-look-up": _RECORD,
    "session-actions": _RECORD,
    "overview": _RECORD,
    "overview-unused": _RECORD,
    "overview-uses": _RECORD,
}
"""The other stored items, and why nothing has to become of them with a lead's suspension."""
