"""Every change that a lead can make, each with a scene in which it is possible."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.engagements import ChangeEngagement, ChangeGrant, CreateGrant
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole
from chalicelib.domain.onboarding.requests import (
    GrantsToRenew,
    ImportProfile,
    OpenEngagement,
    RenewEngagement,
)
from chalicelib.domain.onboarding.role_setup import ChangeSetup, PermissionSet
from chalicelib.domain.people.jobs import BindJob
from chalicelib.domain.people.members import Caller, ChangeMember, CreateMember, Kind, Leads
from chalicelib.domain.people.tokens import ChangeToken
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    close_engagement,
    reopen_engagement,
    revoke_engagement,
)
from chalicelib.usecases.engagements.grants import change_grant, create_grant, revoke_grant
from chalicelib.usecases.engagements.roles import change_role, create_role, end_role, override_role
from chalicelib.usecases.onboarding.links import create_link, revoke_link
from chalicelib.usecases.onboarding.open_engagement import import_engagement, open_engagement
from chalicelib.usecases.onboarding.renew import renew_engagement
from chalicelib.usecases.onboarding.role_setup import change_setup
from chalicelib.usecases.people.jobs import bind_job
from chalicelib.usecases.people.members import (
    change_member,
    create_enrolment,
    create_member,
    reinstate_member,
    revoke_enrolment,
    revoke_member,
)
from chalicelib.usecases.people.tokens import change_token, revoke_token, rotate_token
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.rotation import begin_rotation
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import AFTER, Scene, a_link, a_member, a_role, a_scene, a_token, an_engagement
from tests.fakes import NOON
from tests.fakes.providers import JOB_SUBJECT, PROVIDER

ALICES, LENAS = a_token("alice").id, a_token("lena").id
LINK = a_link().id
DAY = timedelta(days=1)
LATER = NOON + DAY
PROFILE = (
    "[profile umbrella]\n"
    "role_arn = arn:aws:iam::765432109876:role/Consultants\n"
    "external_id = umbrella-7f3a91c4\n"
)
Change = Callable[[Ports, Caller], Any]


def call(use_case: Callable[..., Any], *arguments: Any, **options: Any) -> Change:
    """Return a call of the use case with these arguments."""
    return lambda ports, lead: use_case(ports, lead, *arguments, **options)


CHANGES: dict[str, Change] = {
    "member.create": call(create_member, CreateMember(id="eve", name="Eve", kind=Kind.MEMBER)),
    "member.create lead": call(create_member, CreateMember(id="eve", name="Eve", kind=Kind.LEAD)),
    "member.change": call(change_member, "alice", ChangeMember(name="Alice B")),
    "member.change to lead": call(change_member, "alice", ChangeMember(kind=Kind.LEAD)),
    "member.revoke": call(revoke_member, "alice", why="lost laptop"),
    "member.reinstate": call(reinstate_member, "sam", why="back"),
    "enrolment.create": call(create_enrolment, "alice"),
    "enrolment.create the first": call(create_enrolment, "bob"),
    "enrolment.revoke": call(revoke_enrolment, "alice", why="wrong address"),
    "job.bind": call(bind_job, "ci", BindJob(issuer=PROVIDER.issuer, subject=JOB_SUBJECT)),
    "token.revoke": call(revoke_token, "alice", ALICES, why="lost laptop"),
    "engagement.create": call(
        open_engagement,
        OpenEngagement(id="initech", client="Initech", account_id="765432109876", ends_at=LATER),
    ),
    "engagement.import": call(
        import_engagement,
        ImportProfile(
            id="umbrella", client="Umbrella", ends_at=LATER, config=PROFILE, role="readonly"
        ),
    ),
    "engagement.change": call(change_engagement, "acme-prod", ChangeEngagement(client="Acme Ltd")),
    "engagement.renew": call(
        renew_engagement,
        "acme-prod",
        RenewEngagement(ends_at=AFTER + DAY, grants=GrantsToRenew.NONE, why="one day more"),
    ),
    "engagement.close": call(close_engagement, "acme-prod", why="done"),
    "engagement.revoke": call(revoke_engagement, "acme-prod", why="incident"),
    "engagement.reopen": call(reopen_engagement, "closed", why="one more thing"),
    "external-id.rotate": call(begin_rotation, "acme-prod", why="once a year"),
    "link.create": call(create_link, "acme-prod"),
    "link.revoke": call(revoke_link, "acme-prod", LINK, why="wrong person"),
    "role.create": call(
        create_role,
        "acme-prod",
        CreateRole(name="deploy", arn="arn:aws:iam::987654321098:role/Deploy"),
    ),
    "role.change": call(change_role, "acme-prod", "readonly", ChangeRole(requires_reason=True)),
    "role.end": call(end_role, "acme-prod", "readonly", why="gone"),
    "role.override": call(
        override_role, "acme-prod", "readonly", until=LATER, why="the client is on it"
    ),
    "role.verify": call(verify_role, "acme-prod", "readonly"),
    "role.setup": call(
        change_setup, "acme-prod", "readonly", ChangeSetup(permissions=PermissionSet.SECURITY_AUDIT)
    ),
    "grant.create": call(
        create_grant, "acme-prod", CreateGrant(member="bob", roles=frozenset({"readonly"}))
    ),
    "grant.change": call(change_grant, "acme-prod", "alice", ChangeGrant(ends_at=LATER)),
    "grant.revoke": call(revoke_grant, "acme-prod", "alice", why="moved on"),
}
# Changes that leads make to themselves: the caller is one of the changed or checked items.
TO_THEMSELVES: dict[str, Change] = {
    "member.change own name": call(change_member, "lena", ChangeMember(name="Lena B")),
    "member.change own kind": call(change_member, "lena", ChangeMember(kind=Kind.MEMBER)),
    "member.revoke own": call(revoke_member, "lena", why="leaving"),
    "enrolment.create own": call(create_enrolment, "lena"),
    "token.change own": call(change_token, LENAS, ChangeToken(label="old laptop")),
    "token.rotate own": call(rotate_token),
    "token.revoke own": call(revoke_token, "lena", LENAS, why="lost laptop"),
    "grant.create own": call(
        create_grant, "acme-prod", CreateGrant(member="lena", roles=frozenset({"readonly"}))
    ),
}


def two_leads() -> Scene:
    """The usual scene, with a second lead luis, a member uma, an engagement that has been closed,
    one that ended yesterday, and a machine."""
    return a_scene(
        a_member("luis", kind=Kind.LEAD),
        a_token("luis"),
        a_member("uma"),
        a_member("ci", kind=Kind.MACHINE),
        Leads(members=frozenset({"lena", "luis"})),
        an_engagement("closed", external_id="daypass-closed", closed_at=NOON),
        a_role(engagement="closed"),
        an_engagement("ended", external_id="daypass-ended", ends_at=NOON - timedelta(days=1)),
    )
