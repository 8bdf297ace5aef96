"""An engagement opened through the use cases, and the client's admin, who follows the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.engagements import CreateGrant, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.requests import OpenEngagement
from chalicelib.domain.onboarding.setup.resources import (
    build_trust_policy,
)
from chalicelib.domain.people.members import Caller, Kind
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.vends import VendedSession
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.engagements.grants import create_grant
from chalicelib.usecases.onboarding.open_engagement import RequestedRole, open_engagement
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.verification.verify import begin_rotation, check_role
from local import sample_accounts
from tests.adapters.scene import Aws, entry
from tests.builders import a_member, a_token, presented_by

Policy = dict[str, Any]
Change = Callable[[Policy, str], None]


@dataclass(frozen=True, slots=True)
class ClientSide:
    """An engagement with Acme, and Acme's IAM. A member of the engagement's name may vend there."""

    aws: Aws
    id: str
    lead: Caller

    @property
    def ports(self) -> Ports:
        return self.aws.ports

    @property
    def engagement(self) -> Engagement:
        engagement = self.ports.state.get(Engagement, self.id)
        assert engagement is not None
        return engagement

    @property
    def ids(self) -> tuple[str, str | None, str | None]:
        """Return the current, the next and the previous external ID."""
        engagement = self.engagement
        return engagement.external_id, engagement.next_external_id, engagement.previous_external_id

    def role(self, name: str = "readonly") -> Role:
        role = self.ports.state.get(Role, self.id, name)
        assert role is not None
        return role

    @property
    def iam(self) -> Any:
        return self.aws.endpoint.as_root(sample_accounts.ACME.account, "iam")

    def follow_setup_page(self, *names: str) -> None:
        """Create each role, or replace the trust policy of an existing one. The role gets no
        permissions, because only its trust policy is under test."""
        for name in names or ("readonly",):
            spec = build_spec_for_role(self.ports, self.engagement, self.role(name))
            trust = json.dumps(build_trust_policy(spec))
            try:
                self.iam.create_role(
                    RoleName=spec.role_name,
                    Path=spec.arn.path,
                    Description="As the client's page asks.",
                    MaxSessionDuration=spec.max_session_duration,
                    AssumeRolePolicyDocument=trust,
                )
            except self.iam.exceptions.EntityAlreadyExistsException:
                self.iam.update_assume_role_policy(RoleName=spec.role_name, PolicyDocument=trust)

    def set_trust_policy(self, policy: Policy, name: str = "readonly") -> None:
        """Replace the role's trust policy with the client's own."""
        iam_name = self.role(name).arn.rsplit("/", 1)[1]
        self.iam.update_assume_role_policy(RoleName=iam_name, PolicyDocument=json.dumps(policy))

    def advised_policy(self) -> Policy:
        """Return a copy of the trust policy on the client's page."""
        spec = build_spec_for_role(self.ports, self.engagement, self.role())
        return deepcopy(build_trust_policy(spec))

    def check_with(self, change: Change) -> Verification:
        """Check the role with a changed copy of the advised trust policy. `change` gets the policy
        and the external ID."""
        policy = self.advised_policy()
        change(policy, self.engagement.external_id)
        self.set_trust_policy(policy)
        proof = self.check().verification
        assert proof is not None
        return proof

    def delete_role(self) -> None:
        self.iam.delete_role(RoleName=self.role().arn.rsplit("/", 1)[1])

    def check(self, name: str = "readonly", ports: Ports | None = None) -> Role:
        return check_role(ports or self.ports, self.lead, self.id, name)

    def rotate(self) -> Engagement:
        return begin_rotation(self.ports, self.lead, self.id, why="it is time")

    def vend(self, name: str = "readonly", ports: Ports | None = None) -> VendedSession:
        origin = RequestOrigin(presented_by(self.id))
        return vend(ports or self.ports, origin, self.id, SessionRequest(role=name))


def opened(aws: Aws, name: str, *roles: str, path: str = "/") -> ClientSide:
    """Open an engagement with these roles (default: `readonly`), which Acme has yet to create."""
    now = aws.ports.now()
    lead, token = a_member(f"{name}-lead", kind=Kind.LEAD), a_token(f"{name}-lead")
    member, member_token = a_member(name), a_token(name)
    aws.ports.state.change([lead, token, member, member_token], entry(name))
    side = ClientSide(aws, name, Caller(lead, token))
    names, ends_at = roles or ("readonly",), now + timedelta(days=9)
    account = sample_accounts.ACME.account
    arn = f"arn:aws:iam::{account}:role{path}{name}-"
    requested = [RequestedRole(name=role, arn=arn + role) for role in names]
    engagement = OpenEngagement(
        id=name, client="Acme", account_id=account, ends_at=ends_at, roles=requested
    )
    open_engagement(aws.ports, side.lead, engagement)
    grant = CreateGrant(member=name, roles=frozenset(names), ends_at=ends_at)
    create_grant(aws.ports, side.lead, name, grant)
    return side
