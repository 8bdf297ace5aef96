"""Every change that a lead can make and that may outlast them, and how to undo each."""

from typing import Any

from chalicelib.domain.engagements.client_approvers import NameApprover
from chalicelib.domain.engagements.engagements import ChangeEngagement, CreateGrant
from chalicelib.domain.engagements.roles import ChangeRole
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.requests import (
    GrantsToRenew,
    OpenEngagement,
    RenewEngagement,
    RequestedRole,
)
from chalicelib.domain.onboarding.role_setup import ChangeSetup
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import Caller, ChangeMember, CreateMember, Kind
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.requests.policies import ChangeApprovalPolicy
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    close_engagement,
)
from chalicelib.usecases.engagements.grants import create_grant, revoke_grant
from chalicelib.usecases.engagements.roles import (
    change_role,
    end_override,
)
from chalicelib.usecases.onboarding.links import create_link, revoke_link
from chalicelib.usecases.onboarding.open_engagement import open_engagement
from chalicelib.usecases.onboarding.renew import renew_engagement
from chalicelib.usecases.onboarding.role_setup import change_setup
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.lead_change_rules import ChangeKind
from chalicelib.usecases.people.members import (
    change_member,
    create_enrolment,
    create_member,
    revoke_enrolment,
    revoke_member,
)
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client.approvers import name_approver, revoke_approver
from chalicelib.usecases.requests.policies import change_policy
from tests.usecases.changes_table import CHANGES, LATER, Change, call

READONLY = frozenset({"readonly"})
JO = NameApprover(id="jo", name="Jo Doe", email="jo@acme.example")
OTHER_ARN = "arn:aws:iam::987654321098:role/Admin"
FULL_ACCESS = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
)


def used_code(ports: Ports, lead: Caller, member: str = "bob") -> None:
    """Use a code of the lead, as anyone could, the lead included."""
    code = create_enrolment(ports, lead, member).code
    enrol(ports, Enrol(code=code, label="laptop"), address="198.51.100.9")


def revoke_new_tokens(ports: Ports, lead: Caller) -> None:
    for token in ports.state.list(Token, member="bob", limit=9).items:
        if token.enrolment is not None:
            revoke_token(ports, lead, "bob", token.id, why="w")


def suspended(member: str) -> Change:
    return call(revoke_member, member, why="w")


def granted(member: str) -> Change:
    grant = CreateGrant(member=member, roles=READONLY, ends_at=LATER)
    return call(create_grant, "acme-prod", grant)


def made(member: str, kind: Kind) -> Change:
    return call(change_member, member, ChangeMember(kind=kind))


def closed(engagement: str) -> Change:
    return call(close_engagement, engagement, why="w")


def revoke_links(ports: Ports, lead: Caller, engagement: str = "globex") -> None:
    for link in ports.state.list(SetupLink, engagement=engagement, limit=9).items:
        revoke_link(ports, lead, engagement, link.id, why="w")


def opened(ports: Ports, lead: Caller, **settings: Any) -> None:
    """Open an engagement, which creates a setup link."""
    items = (RequestedRole(name="readonly", **settings),)
    open_engagement(
        ports,
        lead,
        OpenEngagement(
            id="initech",
            client="Initech",
            account_id="765432109876",
            ends_at=LATER,
            roles=items,
        ),
    )


def opened_with_chaining(ports: Ports, lead: Caller) -> None:
    opened(ports, lead, allows_chaining=True)
    revoke_links(ports, lead, "initech")


# Each change that lena makes, its kind, and how another lead undoes it.
LEAD_CHANGE_CASES: dict[str, tuple[Change, ChangeKind, Change]] = {
    "a grant to herself": (
        granted("lena"),
        ChangeKind.OWN_GRANT,
        call(revoke_grant, "acme-prod", "lena", why="w"),
    ),
    "a grant": (granted("bob"), ChangeKind.GRANT, call(revoke_grant, "acme-prod", "bob", why="w")),
    "a grant from another lead, changed": (
        CHANGES["grant.change"],
        ChangeKind.GRANT,
        CHANGES["grant.revoke"],
    ),
    "a code that was used": (used_code, ChangeKind.TOKEN, revoke_new_tokens),
    "a member created": (CHANGES["member.create"], ChangeKind.MEMBER, suspended("eve")),
    "a lead created": (CHANGES["member.create lead"], ChangeKind.LEAD, suspended("eve")),
    "an auditor created": (
        call(create_member, CreateMember(id="eve", name="Eve", kind=Kind.AUDITOR)),
        ChangeKind.AUDITOR,
        suspended("eve"),
    ),
    "a member made a lead": (
        CHANGES["member.change to lead"],
        ChangeKind.LEAD,
        made("alice", Kind.MEMBER),
    ),
    "a member made an auditor": (
        made("uma", Kind.AUDITOR),
        ChangeKind.AUDITOR,
        made("uma", Kind.MEMBER),
    ),
    "an auditor made a member": (
        made("ada", Kind.MEMBER),
        ChangeKind.MEMBER,
        made("ada", Kind.AUDITOR),
    ),
    "a member reinstated": (CHANGES["member.reinstate"], ChangeKind.MEMBER, suspended("sam")),
    "an override": (
        CHANGES["role.override"],
        ChangeKind.OVERRIDE,
        call(end_override, "acme-prod", "readonly", why="w"),
    ),
    "a reopened engagement": (CHANGES["engagement.reopen"], ChangeKind.REOPENED, closed("closed")),
    "an engagement that had ended, with a new end": (
        call(change_engagement, "ended", ChangeEngagement(ends_at=LATER)),
        ChangeKind.REOPENED,
        closed("ended"),
    ),
    "an engagement that had ended, renewed": (
        call(
            renew_engagement,
            "ended",
            RenewEngagement(ends_at=LATER, grants=GrantsToRenew.NONE, why="w"),
        ),
        ChangeKind.REOPENED,
        closed("ended"),
    ),
    "a link": (
        call(create_link, "globex"),
        ChangeKind.LINK,
        revoke_links,
    ),
    "a code": (
        CHANGES["enrolment.create the first"],
        ChangeKind.CODE,
        call(revoke_enrolment, "bob", why="w"),
    ),
    "an approver at a client": (
        call(name_approver, "acme-prod", JO, api_url="https://api.example"),
        ChangeKind.APPROVER,
        call(revoke_approver, "acme-prod", "jo", why="w"),
    ),
    "a policy with which others approve": (
        call(
            change_policy,
            "acme-prod",
            ChangeApprovalPolicy(people=1, members=frozenset({"bob"})),
        ),
        ChangeKind.APPROVALS,
        call(change_policy, "acme-prod", ChangeApprovalPolicy(people=0)),
    ),
    "a role's policy with which leads approve": (
        call(change_policy, "acme-prod", ChangeApprovalPolicy(people=1, leads=True), "readonly"),
        ChangeKind.APPROVALS,
        call(change_policy, "acme-prod", ChangeApprovalPolicy(people=0), "readonly"),
    ),
    "a role that is less strict": (
        call(change_role, "acme-prod", "readonly", ChangeRole(allows_chaining=True)),
        ChangeKind.ROLE,
        call(change_role, "acme-prod", "readonly", ChangeRole(allows_chaining=False)),
    ),
    "a role with another ARN": (
        call(change_role, "acme-prod", "readonly", ChangeRole(arn=OTHER_ARN)),
        ChangeKind.ROLE,
        CHANGES["role.end"],
    ),
    "a role that is opened with chaining": (
        opened_with_chaining,
        ChangeKind.ROLE,
        call(change_role, "initech", "readonly", ChangeRole(allows_chaining=False)),
    ),
    "an import": (CHANGES["engagement.import"], ChangeKind.IMPORT, closed("umbrella")),
    "a request for full access": (
        call(change_setup, "acme-prod", "readonly", ChangeSetup(permissions_policy=FULL_ACCESS)),
        ChangeKind.ADMIN_ROLE,
        CHANGES["role.setup"],
    ),
}
