"""An engagement as it is opened in life, and the client's admin, who does as the page says."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import CreateGrant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.requests import OpenEngagement
from chalicelib.domain.onboarding.setup.trust import closed_trust_policy, trust_policy
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.engagements.grants import create_grant
from chalicelib.usecases.onboarding.open_engagement import RequestedRole, open_engagement
from chalicelib.usecases.onboarding.role_setup import spec_of
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.verification.check_role import check_role
from chalicelib.usecases.verification.rotation import rotate
from local import sample_accounts
from tests.adapters.scene import Aws, entry
from tests.builders import a_member, a_token, presented_by

Policy = dict[str, Any]
Change = Callable[[Policy, str], None]


@dataclass(frozen=True, slots=True)
class ClientSide:
    """One engagement with Acme, and Acme's side of it. A member of its name may vend there."""

    aws: Aws
    id: str
    lead: Caller

    @property
    def ports(self) -> Ports:
        return self.aws.ports

    @property
    def place(self) -> Engagement:
        found = self.ports.state.get(Engagement, self.id)
        assert found is not None
        return found

    @property
    def ids(self) -> tuple[str, str | None, str | None]:
        """The external ID that is sent, the next one and the former one."""
        place = self.place
        return place.external_id, place.next_external_id, place.previous_external_id

    def role(self, name: str = "readonly") -> Role:
        found = self.ports.state.get(Role, self.id, name)
        assert found is not None
        return found

    @property
    def iam(self) -> Any:
        return self.aws.endpoint.as_root(sample_accounts.ACME.account, "iam")

    def do_as_the_page_says(self, *names: str) -> None:
        """Create each role, or replace its trust policy if it is there. It may do nothing: who gets
        in is all that is looked at."""
        for name in names or ("readonly",):
            wanted = spec_of(self.ports, self.place, self.role(name))
            trust = json.dumps(trust_policy(wanted))
            try:
                self.iam.create_role(
                    RoleName=wanted.role_name,
                    Path=wanted.path,
                    Description=wanted.description,
                    MaxSessionDuration=wanted.max_session_duration,
                    AssumeRolePolicyDocument=trust,
                )
            except self.iam.exceptions.EntityAlreadyExistsException:
                self.iam.update_assume_role_policy(RoleName=wanted.role_name, PolicyDocument=trust)

    def trusts(self, policy: Policy, name: str = "readonly") -> None:
        """Write a trust policy of the client's own."""
        iam_name = self.role(name).arn.rsplit("/", 1)[1]
        self.iam.update_assume_role_policy(RoleName=iam_name, PolicyDocument=json.dumps(policy))

    def advised(self) -> Policy:
        """The trust policy that the page asks for, to be changed."""
        return deepcopy(trust_policy(spec_of(self.ports, self.place, self.role())))

    def check_with(self, change: Change) -> Verification:
        """What a check says of the advised trust policy with a change, which is told the ID."""
        policy = self.advised()
        change(policy, self.place.external_id)
        self.trusts(policy)
        proof = self.check().verification
        assert proof is not None
        return proof

    def shuts_the_door(self, name: str = "readonly") -> None:
        self.trusts(closed_trust_policy(), name)

    def deletes(self, name: str = "readonly") -> None:
        iam_name = self.role(name).arn.rsplit("/", 1)[1]
        self.iam.delete_role(RoleName=iam_name)

    def check(self, name: str = "readonly", ports: Ports | None = None) -> Role:
        return check_role(ports or self.ports, self.lead, self.id, name)

    def rotate(self) -> Engagement:
        return rotate(self.ports, self.lead, self.id, why="it is time")

    def vend(self, name: str = "readonly", ports: Ports | None = None) -> VendedSession:
        asking = RequestOrigin(presented_by(self.id))
        return vend(ports or self.ports, asking, self.id, SessionRequest(role=name))


def opened(aws: Aws, name: str, *roles: str, path: str = "/") -> ClientSide:
    """The engagement with these roles (default: `readonly`), which Acme has yet to create."""
    now = aws.ports.now()
    lead, token = a_member(f"{name}-lead", kind=Kind.LEAD), a_token(f"{name}-lead")
    member, theirs = a_member(name), a_token(name)
    aws.ports.state.change([lead, token, member, theirs], entry(name))
    side = ClientSide(aws, name, Caller(lead, token))
    names = roles or ("readonly",)
    account = sample_accounts.ACME.account
    open_engagement(
        aws.ports,
        side.lead,
        OpenEngagement(
            id=name,
            client="Acme",
            account_id=account,
            ends_at=now + timedelta(days=9),
            roles=[
                RequestedRole(name=one, arn=f"arn:aws:iam::{account}:role{path}{name}-{one}")
                for one in names
            ],
        ),
    )
    create_grant(
        aws.ports,
        side.lead,
        name,
        CreateGrant(
            member=name,
            roles=frozenset(names),
            ends_at=now + timedelta(days=9),
        ),
    )
    return side
