"""Cut-offs in memory: the brakes, cut-off roles and policies in the clients' accounts."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.policies.brake import (
    MAX_VERSIONS,
    CutOffNames,
    build_brake_permissions,
    build_brake_policy,
    build_cut_off_trust_policy,
    build_deny_all_permissions,
)
from chalicelib.domain.policies.documents import Document, document
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOffAccess,
    CutOffFailed,
    CutOffProblem,
    Denial,
)
from tests.fakes.trust import BROKER, Values, allows_request, effects, request_of

if TYPE_CHECKING:
    from tests.fakes import World

MAX_POLICIES = 10
"""The managed policies that IAM attaches to a role by default ("IAM and AWS STS quotas")."""
DENY_ALL = document({"Sid": "DenyAll", "Effect": "Deny", "Action": ["*"], "Resource": "*"})
CANARY_ACTION = "sts:GetAccessKeyInfo"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class FakeBrake(Struct):
    """A managed policy and its versions."""

    versions: dict[str, Document]
    default: str = "v1"
    defaults: list[tuple[datetime, Document]] = field(default_factory=list)
    """The default versions until now, each with the time at which IAM accepted it."""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(2))
    """IAM uses no number twice."""

    @classmethod
    def of(cls, policy: Document) -> FakeBrake:
        return cls({"v1": policy}, defaults=[(LONG_AGO, policy)])

    def add(self, policy: Document, at: datetime) -> str:
        """Create a default version, as the client can, too."""
        self.default = f"v{next(self.numbers)}"
        self.versions[self.default] = policy
        self.defaults.append((at, policy))
        return self.default

    def in_force(self, at: datetime) -> Document:
        """Return the default version that IAM had accepted by then."""
        return [policy for accepted, policy in self.defaults if accepted <= at][-1]


class FakeCutOffRole(Struct):
    """A cut-off role: its trust policy and its permissions."""

    trust: Document
    permissions: Document

    def may(self, action: str, resource: str, **keys: Values) -> bool:
        return effects(self.permissions, action, resource, keys) == {"Allow"}


class FakeIam(Struct):
    """The brakes and the cut-off roles in the clients' accounts."""

    brakes: dict[str, FakeBrake] = field(default_factory=dict)
    """Each brake by its ARN. Another managed policy may be here, too."""
    cut_off_roles: dict[str, FakeCutOffRole] = field(default_factory=dict)
    """Each cut-off role by its ARN."""
    lag: timedelta = timedelta(0)
    """How long after IAM has accepted a version it is in force."""

    def create_brake(self, role_arn: str, external_id: str) -> CutOffNames:
        """Create a released brake and its cut-off role. `FakeRole.boundary` attaches the brake."""
        names = CutOffNames(role_arn)
        self.brakes[names.brake_arn] = FakeBrake.of(build_brake_policy(names))
        self._create_role(names, external_id, build_brake_permissions(names))
        return names

    def create_deny_all(self, role_arn: str, external_id: str) -> CutOffNames:
        """Create a cut-off role that may shut the role."""
        names = CutOffNames(role_arn)
        self._create_role(names, external_id, build_deny_all_permissions(names))
        return names

    def _create_role(self, names: CutOffNames, external_id: str, permissions: Document) -> None:
        trust = build_cut_off_trust_policy(BROKER.replace("role/daypass-broker", "root"), BROKER,
                                           external_id)  # fmt: skip
        self.cut_off_roles[names.cut_off_role_arn] = FakeCutOffRole(trust, permissions)


class FakeCutOffs:
    """The CutOffs port over the world's roles and brakes."""

    def __init__(self, world: World) -> None:
        self._world = world

    def assume(self, access: CutOffAccess) -> FakeCutOffRoleSession:
        self._world.step("assume_cut_off_role")
        role = self._world.iam.cut_off_roles.get(access.role_arn)
        request = request_of(access, access.session_name, self._world.clock)
        if role is None or not allows_request(role.trust, request):
            raise CutOffFailed(CutOffProblem.CUT_OFF_ROLE_REFUSED)
        return FakeCutOffRoleSession(self._world, access.role_arn)

    def open_canary(self, terms: Terms, session_name: str) -> FakeCanary:
        self._world.step("open_canary")
        role = self._world.roles.get(terms.role_arn)
        request = request_of(terms, session_name, self._world.clock)
        if role is None or not role.accepts(request):
            raise CutOffFailed(CutOffProblem.CANARY_REFUSED)
        return FakeCanary(self._world, terms.role_arn, session_name)


class FakeCutOffRoleSession:
    """The CutOffRole port: a session of a cut-off role. Its permissions are read at each call."""

    def __init__(self, world: World, role_arn: str) -> None:
        self._world = world
        self._role_arn = role_arn

    def write_version(self, policy_arn: str, text: str) -> str:
        self._world.step("write_version")
        self._require("iam:CreatePolicyVersion", policy_arn)
        brake = self._world.iam.brakes.get(policy_arn)
        if brake is None:
            raise CutOffFailed(CutOffProblem.BRAKE_MISSING)
        if len(brake.versions) >= MAX_VERSIONS:
            raise CutOffFailed(CutOffProblem.TOO_MANY_VERSIONS)
        return brake.add(json.loads(text), self._world.clock)

    def delete_version(self, policy_arn: str, version: str) -> None:
        self._world.step("delete_version")
        self._require("iam:DeletePolicyVersion", policy_arn)
        brake = self._world.iam.brakes.get(policy_arn)
        if brake is not None and version == brake.default:
            raise CutOffFailed(CutOffProblem.TOO_MANY_VERSIONS)
        if brake is not None:
            brake.versions.pop(version, None)

    def attach_policy(self, role_name: str, policy_arn: str) -> None:
        self._world.step("attach_policy")
        # The account of the session is the role's: IAM looks for the name there.
        account = self._role_arn.partition(":role/")[0]
        arns = [
            arn
            for arn in self._world.roles
            if arn.startswith(account) and arn.rpartition("/")[2] == role_name
        ]
        arn = arns[0] if arns else f"{account}:role/{role_name}"
        self._require("iam:AttachRolePolicy", arn, **{"iam:policyarn": [policy_arn]})
        role = self._world.roles.get(arn)
        if role is None:
            raise CutOffFailed(CutOffProblem.NOT_PERMITTED)
        if policy_arn in role.attached:
            return
        if len(role.attached) >= MAX_POLICIES:
            raise CutOffFailed(CutOffProblem.TOO_MANY_POLICIES)
        role.attached.append(policy_arn)

    def _require(self, action: str, resource: str, **keys: Values) -> None:
        role = self._world.iam.cut_off_roles.get(self._role_arn)
        if role is None or not role.may(action, resource, **keys):
            raise CutOffFailed(CutOffProblem.NOT_PERMITTED)


class FakeCanary:
    """The Canary port: a session of a client's role, issued now."""

    def __init__(self, world: World, role_arn: str, session_name: str) -> None:
        self._world = world
        self._role_arn = role_arn
        self._session_name = session_name
        self._issued_at = world.clock

    def look(self) -> Denial:
        self._world.step("look")
        return decide(self._world, self._role_arn, self._session_name, self._issued_at)


def decide(
    world: World, role_arn: str, session_name: str, issued_at: datetime,
    action: str = CANARY_ACTION,
) -> Denial:  # fmt: skip
    """Return the response of AWS to a request of the role's session, by the client's policies.

    If policies of several types deny a request, AWS names one of them: here the role's own.
    """
    role = world.roles.get(role_arn)
    if role is None:
        return Denial.OTHER
    keys: dict[str, Values] = {
        "aws:principalarn": [role_arn],
        "aws:userid": [f"AROAFAKE:{session_name}"],
        "aws:tokenissuetime": [rfc3339(issued_at.replace(microsecond=0))],
    }
    attached = [DENY_ALL for arn in role.attached if arn.endswith(":aws:policy/AWSDenyAll")]
    policies = (*role.policies, *attached)
    own = set[str]().union(*(effects(policy, action, "*", keys) for policy in policies))
    if "Deny" in own:
        return Denial.ROLE_POLICY
    boundary = world.iam.brakes.get(role.boundary)
    if role.boundary:
        policy = boundary.in_force(world.clock - world.iam.lag) if boundary else document()
        within = effects(policy, action, "*", keys)
        if "Deny" in within:
            is_brake = role.boundary == CutOffNames(role_arn).brake_arn
            return Denial.BOUNDARY if is_brake else Denial.OTHER
        if "Allow" not in within:
            return Denial.OTHER
    return Denial.ALLOWED if "Allow" in own else Denial.OTHER
