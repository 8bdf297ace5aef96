"""The actions on members: invite, change, reinstate, and give a new code."""

from __future__ import annotations

from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.enrolments import CreateEnrolment, Enrolment
from chalicelib.domain.people.jobs import BindJob
from chalicelib.domain.people.members import Caller, ChangeMember, CreateMember, Kind
from chalicelib.domain.trail import Action
from chalicelib.usecases.actions import Draft, Effect, LeadAction
from chalicelib.usecases.people import members
from chalicelib.usecases.people.jobs import bind_job, check_job, find_machine
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports

KIND_EFFECTS = {
    Kind.MEMBER: "A member has no access until a lead grants it.",
    Kind.LEAD: "A lead can grant access to anyone, including themself, and can suspend anyone."
    " Every lead is notified of this change.",
    Kind.AUDITOR: "An auditor can read everything, but cannot get sessions.",
    Kind.MACHINE: "A machine is a CI system. Its jobs have no access until a lead grants the"
    " machine access and binds the jobs' identities. A machine gets no enrolment code, and cannot"
    " become a person.",
}
_NOT_CONFIRMED = (
    "Your own right is less than 24 hours old. So another lead must still save the approval"
    " policies again that this member set up before the suspension, and name the clients' approvers"
    " again."
)
_LOSSES = {
    Kind.LEAD: (
        (
            "If they stop being a lead, the links and codes that they created stop working"
            " permanently."
        ),
    ),
    Kind.MEMBER: ("As an auditor, they cannot get sessions, even if they have grants.",),
    Kind.AUDITOR: (),
    Kind.MACHINE: (),
}


def _describe_invitation(_ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    kinds = (draft.kind,) if draft.kind else tuple(Kind)
    code = (
        "Daypass creates the member and an enrolment code. The code is shown only once, can be"
        " used only once, and expires after 24 hours."
    )
    lines = (KIND_EFFECTS[kind] for kind in kinds)
    return Effect(lines=tuple(lines) if draft.kind is Kind.MACHINE else (code, *lines))


def _describe_code(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    member = find_member(ports, draft.member)
    members.require_person(member)
    stored = ports.state.get(Enrolment, member.id)
    replaced: tuple[str, ...] = ()
    if stored is not None and stored.is_valid(ports.now()):
        made = utc_text(stored.created_at)
        replaced = (f"The code that was created on {made} stops working.",)
    kept = () if member.suspended_at else ("Their existing tokens keep working.",)
    shown = (
        "The code is shown only once and can be used only once. Anyone who uses it can act as this"
    )
    return Effect(
        lines=(f"{shown} {member.kind.value}.", *replaced, *kept),
        warning="This member is suspended. Reinstate them first." if member.suspended_at else "",
        version=stored.version if stored is not None else 0,
    )


def _describe_change(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    member = find_member(ports, draft.member)
    if draft.kind is not None:
        members.check_kind_change(member, draft.kind)
    kinds = (draft.kind,) if draft.kind else member.possible_kinds
    others = [kind for kind in kinds if kind is not member.kind]
    losses = _LOSSES[member.kind] if others else ()
    return Effect(
        lines=(
            *(KIND_EFFECTS[kind] for kind in others),
            *losses,
            "Their current sessions keep working until they expire.",
        ),
        version=member.version,
    )


def _describe_reinstatement(ports: Ports, lead: Caller, draft: Draft) -> Effect:
    member = find_member(ports, draft.member)
    grants = (
        "Their grants were revoked when they left, and stay revoked."
        if member.left_at
        else "Grants that have not expired or been revoked become active again."
    )
    is_lead = member.kind is Kind.LEAD
    does_not_confirm = member.has_ever_led and ports.now() < lead.counts_from
    credential = (
        "Its previous identities no longer work. Its jobs cannot sign in until a lead binds them"
        " again."
        if member.kind is Kind.MACHINE
        else "Their previous tokens, identities, codes and Slack link no longer work. To sign in,"
        " they need a new enrolment code."
    )
    return Effect(
        lines=(
            grants,
            credential,
            *((f"They are a lead again. {KIND_EFFECTS[Kind.LEAD]}",) if is_lead else ()),
            *((_NOT_CONFIRMED,) if does_not_confirm else ()),
        ),
        warning="" if member.suspended_at else "This member is not suspended.",
    )


def _describe_job(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    machine = find_machine(ports, draft.member)
    check_job(ports, draft.issuer, draft.subject)
    guard = (
        "Protect it on GitHub, with required reviewers or with rules against pushes."
        if draft.subject.startswith("repo:")
        else "Mark the branch or tag as protected in GitLab."
    )
    return Effect(
        lines=(
            (
                f"Jobs with the subject {draft.subject} at {draft.issuer} sign in as"
                f" {machine.display_name}, without a secret."
            ),
            (
                "Everyone who can push to the branch or tag, or start a job in the environment, can"
                f" act as {machine.id}. {guard}"
            ),
            (
                "The machine's grants decide which roles the jobs can use. The jobs can sign in"
                " until the end date that you choose, or for 90 days if you choose none. Every"
                " lead is notified."
            ),
        )
    )


INVITE = LeadAction(
    name="invite-member",
    route="/v1/members",
    status=201,
    heading="Invite someone",
    action=Action.MEMBER_CREATE,
    body=CreateMember,
    done="The member is created.",
    describe=_describe_invitation,
    perform=members.create_member,
)
NEW_CODE = LeadAction(
    name="create-enrolment",
    route="/v1/members/{member}/enrolment",
    status=201,
    heading="Create an enrolment code",
    target="{member}",
    action=Action.ENROLMENT_CREATE,
    body=CreateEnrolment,
    done="The code is shown once. Send it to this person and no one else.",
    describe=_describe_code,
    perform=members.create_enrolment,
)
CHANGE = LeadAction(
    name="change-member",
    changes=True,
    route="/v1/members/{member}",
    heading="Change a member",
    target="{member}",
    action=Action.MEMBER_CHANGE,
    body=ChangeMember,
    done="The member is changed.",
    describe=_describe_change,
    perform=members.change_member,
)
REINSTATE = LeadAction(
    name="reinstate-member",
    summary="Reinstate a suspended member, who then needs a new enrolment code",
    command="reinstate MEMBER",
    route="/v1/members/{member}/reinstate",
    heading="Reinstate a member",
    target="{member}",
    action=Action.MEMBER_REINSTATE,
    done="The member has been reinstated. Their previous tokens remain invalid.",
    describe=_describe_reinstatement,
    perform=members.reinstate_member,
)
BIND_JOB = LeadAction(
    name="bind-job",
    route="/v1/members/{member}/jobs",
    status=201,
    heading="Bind a CI's job",
    target="{member}",
    action=Action.JOB_BIND,
    body=BindJob,
    done="The job signs in as the machine from now on.",
    has_simple_form=False,
    describe=_describe_job,
    perform=bind_job,
)
ACTIONS = (INVITE, NEW_CODE, CHANGE, REINSTATE, BIND_JOB)
