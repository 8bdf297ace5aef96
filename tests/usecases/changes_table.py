"""Every change that a lead can make, each with a scene in which it is possible."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.engagements import ChangeEngagement
from chalicelib.domain.engagements.grants import ChangeGrant, CreateGrant
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole
from chalicelib.domain.onboarding.requests import (
    GrantsToRenew,
    ImportProfile,
    OpenEngagement,
    RenewEngagement,
)
from chalicelib.domain.onboarding.role_setup import ChangeSetup, PermissionSet
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind, Leads
from chalicelib.domain.people.tokens import ChangeToken
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    close_engagement,
    reopen_engagement,
    revoke_engagement,
)
from chalicelib.usecases.engagements.grants import change_grant, create_grant, revoke_grant
from chalicelib.usecases.engagements.roles import change_role, create_role, end_role, override_role
from chalicelib.usecases.onboarding.import_profile import import_engagement
from chalicelib.usecases.onboarding.links import create_link, revoke_link
from chalicelib.usecases.onboarding.open_engagement import open_engagement
from chalicelib.usecases.onboarding.renew import renew_engagement
from chalicelib.usecases.onboarding.role_setup import change_setup
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

ALICES = a_token("alice").id
LINK = a_link().id
DAY = timedelta(days=1)
LATER = NOON + DAY
PROFILE = (
    "[profile umbrella]\n"
    "role_arn = arn:aws:iam::765432109876:role/Consultants\n"
    "external_id = umbrella-7f3a91c4\n"
)
Change = Callable[[Ports, Caller], Any]

CHANGES: dict[str, Change] = {
    "member.create": lambda p, c: create_member(
        p, c, CreateMember(id="eve", name="Eve", kind=Kind.MEMBER)
    ),
    "member.create lead": lambda p, c: create_member(
        p, c, CreateMember(id="eve", name="Eve", kind=Kind.LEAD)
    ),
    "member.change": lambda p, c: change_member(p, c, "alice", ChangeMember(name="Alice B")),
    "member.change to lead": lambda p, c: change_member(
        p, c, "alice", ChangeMember(kind=Kind.LEAD)
    ),
    "member.revoke": lambda p, c: revoke_member(p, c, "alice", why="lost laptop"),
    "member.reinstate": lambda p, c: reinstate_member(p, c, "sam"),
    "enrolment.create": lambda p, c: create_enrolment(p, c, "alice"),
    "enrolment.create the first": lambda p, c: create_enrolment(p, c, "bob"),
    "enrolment.revoke": lambda p, c: revoke_enrolment(p, c, "alice", why="wrong address"),
    "token.revoke": lambda p, c: revoke_token(p, c, "alice", ALICES, why="lost laptop"),
    "engagement.create": lambda p, c: open_engagement(
        p,
        c,
        OpenEngagement(id="initech", client="Initech", account_id="765432109876", ends_at=LATER),
    ),
    "engagement.import": lambda p, c: import_engagement(
        p,
        c,
        ImportProfile(
            id="umbrella", client="Umbrella", ends_at=LATER, config=PROFILE, role="readonly"
        ),
    ),
    "engagement.change": lambda p, c: change_engagement(
        p, c, "acme-prod", ChangeEngagement(client="Acme Ltd")
    ),
    "engagement.renew": lambda p, c: renew_engagement(
        p,
        c,
        "acme-prod",
        RenewEngagement(ends_at=AFTER + DAY, grants=GrantsToRenew.NONE, why="one day more"),
    ),
    "engagement.close": lambda p, c: close_engagement(p, c, "acme-prod", why="done"),
    "engagement.revoke": lambda p, c: revoke_engagement(p, c, "acme-prod", why="incident"),
    "engagement.reopen": lambda p, c: reopen_engagement(p, c, "closed", why="one more thing"),
    "external-id.rotate": lambda p, c: begin_rotation(p, c, "acme-prod", why="once a year"),
    "link.create": lambda p, c: create_link(p, c, "acme-prod"),
    "link.revoke": lambda p, c: revoke_link(p, c, "acme-prod", LINK, why="wrong person"),
    "role.create": lambda p, c: create_role(
        p, c, "acme-prod", CreateRole(name="deploy", arn="arn:aws:iam::987654321098:role/Deploy")
    ),
    "role.change": lambda p, c: change_role(
        p, c, "acme-prod", "readonly", ChangeRole(requires_reason=True)
    ),
    "role.end": lambda p, c: end_role(p, c, "acme-prod", "readonly", why="gone"),
    "role.override": lambda p, c: override_role(
        p, c, "acme-prod", "readonly", until=LATER, why="the client is on it"
    ),
    "role.verify": lambda p, c: verify_role(p, c, "acme-prod", "readonly"),
    "role.setup": lambda p, c: change_setup(
        p, c, "acme-prod", "readonly", ChangeSetup(permissions=PermissionSet.SECURITY_AUDIT)
    ),
    "grant.create": lambda p, c: create_grant(
        p, c, "acme-prod", CreateGrant(member="bob", roles=frozenset({"readonly"}))
    ),
    "grant.change": lambda p, c: change_grant(
        p, c, "acme-prod", "alice", ChangeGrant(ends_at=LATER)
    ),
    "grant.revoke": lambda p, c: revoke_grant(p, c, "acme-prod", "alice", why="moved on"),
}
# Changes that leads make to themselves: the caller is one of the changed or checked items.
TO_THEMSELVES: dict[str, Change] = {
    "member.change own name": lambda p, c: change_member(p, c, "lena", ChangeMember(name="Lena B")),
    "member.change own kind": lambda p, c: change_member(
        p, c, "lena", ChangeMember(kind=Kind.MEMBER)
    ),
    "member.revoke own": lambda p, c: revoke_member(p, c, "lena", why="leaving"),
    "enrolment.create own": lambda p, c: create_enrolment(p, c, "lena"),
    "token.change own": lambda p, c: change_token(p, c, LENAS, ChangeToken(label="old laptop")),
    "token.rotate own": lambda p, c: rotate_token(p, c),
    "token.revoke own": lambda p, c: revoke_token(p, c, "lena", LENAS, why="lost laptop"),
    "grant.create own": lambda p, c: create_grant(
        p, c, "acme-prod", CreateGrant(member="lena", roles=frozenset({"readonly"}))
    ),
}
LENAS = a_token("lena").id


def two_leads() -> Scene:
    """The usual scene, with a second lead luis, a member uma, an engagement that has been closed,
    and one that ended yesterday."""
    return a_scene(
        a_member("luis", kind=Kind.LEAD),
        a_token("luis"),
        a_member("uma"),
        Leads(members=frozenset({"lena", "luis"})),
        an_engagement("closed", external_id="daypass-closed", closed_at=NOON),
        a_role(engagement="closed"),
        an_engagement("ended", external_id="daypass-ended", ends_at=NOON - timedelta(days=1)),
    )
