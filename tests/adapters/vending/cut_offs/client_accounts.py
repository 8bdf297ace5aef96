"""A client's account with cut-offs, in the fakes and on the local AWS."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, Protocol

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.identifiers import CUT_OFF_PATH
from chalicelib.domain.policies.brake import (
    CutOffNames,
    build_brake_permissions,
    build_brake_policy,
    build_cut_off_trust_policy,
    build_deny_all_permissions,
)
from chalicelib.domain.policies.documents import Document, document
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.vending.cut_off.cut_offs import CutOffAccess
from chalicelib.usecases.ports import Canary, CutOffRole, Ports
from tests.adapters.scene import Aws
from tests.fakes import FakeRole, World
from tests.fakes.cut_offs import FakeBrake
from tests.local.scene import ALLOW_ALL, policy, trusting

EXTERNAL_ID, CUT_OFF_ID = "daypass-acme-prod", "daypass-cut-off-acme-prod"
ACCOUNT = "987654321098"


class ClientAccount(Protocol):
    """A client's account, as its administrator sees it, and the ports that reach it."""

    @property
    def ports(self) -> Ports: ...

    def create(
        self, name: str, method: CutOffMethod, *, permissions: Document | None = None
    ) -> CutOffNames:
        """Create a role that may do everything, or has these permissions, and its cut-off."""

    def delete_brake(self, names: CutOffNames) -> None:
        """Delete the brake, which is then no role's boundary."""

    def set_boundary(self, names: CutOffNames, boundary: Document) -> None:
        """Replace the brake, as the role's boundary, by another policy."""

    def put_policy(self, names: CutOffNames, own: Document) -> None:
        """Add a policy of the role's own."""

    def attach(self, names: CutOffNames, number: int) -> None:
        """Attach this number of managed policies to the role."""

    def find_versions(self, names: CutOffNames) -> tuple[set[str], str]:
        """Return the versions of the brake, and the default version."""


class FakeClientAccount:
    """A client's account in the fakes."""

    def __init__(self) -> None:
        self.world = World()
        self.ports = self.world.ports()

    def create(
        self, name: str, method: CutOffMethod, *, permissions: Document | None = None
    ) -> CutOffNames:
        arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        self.world.roles[arn] = role = FakeRole(EXTERNAL_ID)
        if permissions is not None:
            role.policies = [permissions]
        if method is CutOffMethod.BRAKE:
            role.boundary = CutOffNames(arn).brake_arn
            return self.world.iam.create_brake(arn, CUT_OFF_ID)
        return self.world.iam.create_deny_all(arn, CUT_OFF_ID)

    def delete_brake(self, names: CutOffNames) -> None:
        self.world.roles[names.role_arn].boundary = ""
        del self.world.iam.brakes[names.brake_arn]

    def set_boundary(self, names: CutOffNames, boundary: Document) -> None:
        arn = names.brake_arn + "-2"
        self.world.iam.brakes[arn] = FakeBrake.of(boundary)
        self.world.roles[names.role_arn].boundary = arn

    def put_policy(self, names: CutOffNames, own: Document) -> None:
        self.world.roles[names.role_arn].policies.append(own)

    def attach(self, names: CutOffNames, number: int) -> None:
        attached = [f"arn:aws:iam::{ACCOUNT}:policy/{n}" for n in range(number)]
        self.world.roles[names.role_arn].attached.extend(attached)

    def find_versions(self, names: CutOffNames) -> tuple[set[str], str]:
        brake = self.world.iam.brakes[names.brake_arn]
        return set(brake.versions), brake.default


class LocalClientAccount:
    """A client's account on the local AWS."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.ports = aws.ports
        self.iam = aws.endpoint.as_root(ACCOUNT, "iam")

    def create(
        self, name: str, method: CutOffMethod, *, permissions: Document | None = None
    ) -> CutOffNames:
        names = CutOffNames(f"arn:aws:iam::{ACCOUNT}:role/{name}")
        firm = self.ports.firm
        broker = {"ArnEquals": {"aws:PrincipalArn": firm.broker_role_arn}}
        by_id = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}, **broker}
        trust = [
            trusting({"AWS": firm.root_arn}, "sts:AssumeRole", **by_id),
            trusting({"AWS": firm.root_arn}, "sts:SetSourceIdentity", "sts:TagSession", **broker),
        ]
        boundary = {}
        if method is CutOffMethod.BRAKE:
            self._create_policy(names.brake_name, build_brake_policy(names))
            boundary = {"PermissionsBoundary": names.brake_arn}
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust), **boundary)
        self.put_policy(names, permissions or document(ALLOW_ALL))
        cut_off_trust = build_cut_off_trust_policy(firm.root_arn, firm.broker_role_arn, CUT_OFF_ID)
        is_brake = method is CutOffMethod.BRAKE
        allowed = build_brake_permissions(names) if is_brake else build_deny_all_permissions(names)
        self.iam.create_role(
            RoleName=names.cut_off_role_name,
            Path=CUT_OFF_PATH,
            AssumeRolePolicyDocument=json.dumps(cut_off_trust),
        )
        self.iam.put_role_policy(
            RoleName=names.cut_off_role_name,
            PolicyName="cut-off",
            PolicyDocument=json.dumps(allowed),
        )
        return names

    def delete_brake(self, names: CutOffNames) -> None:
        self.iam.delete_role_permissions_boundary(RoleName=names.role_name)
        for version in self.find_versions(names)[0]:
            with suppress(self.iam.exceptions.DeleteConflictException):  # the default version
                self.iam.delete_policy_version(PolicyArn=names.brake_arn, VersionId=version)
        self.iam.delete_policy(PolicyArn=names.brake_arn)

    def set_boundary(self, names: CutOffNames, boundary: Document) -> None:
        self._create_policy(f"{names.brake_name}-2", boundary)
        self.iam.put_role_permissions_boundary(
            RoleName=names.role_name, PermissionsBoundary=f"{names.brake_arn}-2"
        )

    def put_policy(self, names: CutOffNames, own: Document) -> None:
        existing = self.iam.list_role_policies(RoleName=names.role_name)["PolicyNames"]
        self.iam.put_role_policy(
            RoleName=names.role_name,
            PolicyName=f"policy-{len(existing)}",
            PolicyDocument=json.dumps(own),
        )

    def attach(self, names: CutOffNames, number: int) -> None:
        for n in range(number):
            arn = self._create_policy(f"{names.role_name}-{n}", document(ALLOW_ALL))
            self.iam.attach_role_policy(RoleName=names.role_name, PolicyArn=arn)

    def find_versions(self, names: CutOffNames) -> tuple[set[str], str]:
        versions = self.iam.list_policy_versions(PolicyArn=names.brake_arn)["Versions"]
        (default,) = [each["VersionId"] for each in versions if each["IsDefaultVersion"]]
        return {each["VersionId"] for each in versions}, default

    def _create_policy(self, name: str, content: Document) -> str:
        created: Any = self.iam.create_policy(
            PolicyName=name, Path=CUT_OFF_PATH, PolicyDocument=json.dumps(content)
        )
        return str(created["Policy"]["Arn"])


def assume(account: ClientAccount, names: CutOffNames, **changes: str) -> CutOffRole:
    """Assume the role's cut-off role, with these changes to the right parameters."""
    fields = {"role_arn": names.cut_off_role_arn, "external_id": CUT_OFF_ID} | changes
    return account.ports.cut_offs.assume(CutOffAccess(**fields))


def build_terms(names: CutOffNames, **changes: Any) -> Terms:
    fields = {
        "role_arn": names.role_arn,
        "external_id": EXTERNAL_ID,
        "duration": 900,
        "source_identity": "@canary",
        "tags": (("DaypassMember", "@canary"),),
        "session_policy": None,
    }
    return Terms(**(fields | changes))


def open_canary(account: ClientAccount, names: CutOffNames, session_name: str) -> Canary:
    return account.ports.cut_offs.open_canary(build_terms(names), session_name)
