"""The IAM policies and names of a cut-off: a change in the client's account that ends live sessions
of a role (docs/decisions/0054).

With the method `brake`, the client gives the role a permissions boundary of its own, the brake. The
brake allows that role everything when it is released, so that the role has exactly its own
permissions, and it allows nobody else anything. The cut-off role, in the client's account too, may
write new versions of that one policy and nothing else. Daypass assumes the cut-off role, and writes
a version that denies everything to some sessions. A boundary never grants, so whatever a version
says, the client's role gains no permission.

With the method `deny-all`, the cut-off role may attach AWS's policy AWSDenyAll to the client's
role, and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from chalicelib.domain.identifiers import CUT_OFF_PATH, list_session_names
from chalicelib.domain.policies.documents import Document, document

CUT_OFF_SESSION_NAME = "daypass-cut-off"
"""The only session name that the trust policy of a cut-off role accepts. Sessions that Daypass
issues to members have other names, so they cannot be the cut-off role's."""
CANARY_NAME = "@canary"
"""The made-up member of the canary, a session with which Daypass sees that a cut-off works. No
member's ID has an @."""
MAX_VERSIONS = 5
"""The most versions of a managed policy ("IAM and AWS STS quotas", IAM User Guide)."""

_LONGEST_ROLE_NAME = 64  # characters ("IAM and AWS STS quotas", IAM User Guide)
_SUFFIX = "-cut-off"


class CutOffNames:
    """The ARNs and names that belong to one client's role, from the role's ARN."""

    def __init__(self, role_arn: str) -> None:
        self.role_arn = role_arn
        self.role_name = role_arn.rpartition("/")[2]
        self._account = role_arn.partition(":role/")[0]

    @property
    def brake_name(self) -> str:
        return f"{self.role_name}-brake"

    @property
    def brake_arn(self) -> str:
        """Return the ARN of the role's permissions boundary, the brake."""
        return f"{self._account}:policy{CUT_OFF_PATH}{self.brake_name}"

    @property
    def cut_off_role_name(self) -> str:
        """Return the name of the cut-off role. A long name is shortened, and stays unique."""
        if len(self.role_name + _SUFFIX) <= _LONGEST_ROLE_NAME:
            return self.role_name + _SUFFIX
        digest = hashlib.sha256(self.role_name.encode()).hexdigest()[:8]
        return self.role_name[: _LONGEST_ROLE_NAME - len(_SUFFIX) - 9] + f"-{digest}{_SUFFIX}"

    @property
    def cut_off_role_arn(self) -> str:
        """Return the ARN of the role that Daypass assumes to end sessions."""
        return f"{self._account}:role{CUT_OFF_PATH}{self.cut_off_role_name}"

    @property
    def deny_all_arn(self) -> str:
        """Return the ARN of AWS's managed policy AWSDenyAll in the role's partition."""
        return f"{self._account.rpartition('::')[0]}::aws:policy/AWSDenyAll"


def build_canary_session_name(canary: str) -> str:
    """Return the session name of the canary with this ID of 16 hexadecimal digits."""
    return f"{CANARY_NAME}.{canary}"


def list_member_patterns(member: str) -> tuple[str, ...]:
    """Return the patterns of `aws:userid` for all sessions of the member: a person's and an
    agent's. A `?` stands for one digit of the vend's ID, so the patterns match no session of
    another member, such as alice-2, and none that the client named."""
    return tuple(f"*:{name}" for name in list_session_names(member, "?" * 16))


def build_denial(patterns: Sequence[str], issued_until: datetime | None) -> Document:
    """Return a statement that denies everything to the role's sessions whose `aws:userid` matches a
    pattern, and that were issued up to and including that second. Without a pattern, it denies all
    sessions. Without a time, it denies them whenever they were issued.

    The condition is not DateLessThan, because AWS's issue times have whole seconds, and it would
    miss a session of the same second.
    """
    conditions: Document = {}
    if patterns:
        conditions["StringLike"] = {"aws:userid": list(patterns)}
    if issued_until is not None:
        latest_second = issued_until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        conditions["DateLessThanEquals"] = {"aws:TokenIssueTime": latest_second}
    return {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": conditions}


def build_canary_denial(*canaries: str) -> Document:
    """Return the statement that denies everything to the canaries with these IDs. Each version has
    a canary of its own, so a canary that is denied shows that this version is in force, or a later
    one that denies the canary too."""
    return build_denial([f"*:{build_canary_session_name(canary)}" for canary in canaries], None)


def build_brake_policy(names: CutOffNames, *denials: Document) -> Document:
    """Return the brake's policy: released except for these denials.

    The policy also keeps an administrator's role from releasing the brake or disabling the cut-off
    role itself.
    """
    # As a permissions boundary, this policy grants nothing. But someone who may attach policies
    # could attach it to an identity as a permissions policy. The condition keeps it from granting
    # anything to an identity other than the client's role. `aws:PrincipalArn` of a role's session
    # is the role's ARN with its path ("AWS global condition context keys", IAM User Guide).
    # The condition does not help if someone attaches the policy to the client's role itself, so the
    # client's files ask never to attach it. Someone who may attach any policy to that role gains
    # nothing by it: they could attach AdministratorAccess as well.
    allowance = {
        "Sid": "Released",
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": names.role_arn}},
    }
    # These two protect the brake, its place on the role, and the cut-off role.
    brake = {
        "Sid": "KeepTheBrake",
        "Effect": "Deny",
        "Action": [
            "iam:CreatePolicyVersion",
            "iam:DeletePolicyVersion",
            "iam:SetDefaultPolicyVersion",
            "iam:DeletePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:DeleteRolePermissionsBoundary",
        ],
        "Resource": [names.brake_arn, names.role_arn],
    }
    cut_off_role = {
        "Sid": "KeepTheCutOffRole",
        "Effect": "Deny",
        "Action": [
            "iam:UpdateAssumeRolePolicy",
            "iam:DeleteRole",
            "iam:PutRolePolicy",
            "iam:DeleteRolePolicy",
            "iam:AttachRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:DeleteRolePermissionsBoundary",
        ],
        "Resource": [names.cut_off_role_arn],
    }
    return document(allowance, brake, cut_off_role, *denials)


def build_brake_permissions(names: CutOffNames) -> Document:
    """Return the permissions of the cut-off role for the method `brake`. The brake is a managed
    policy, the permissions boundary of the client's role. A new default version denies the actions
    of active sessions.

    IAM needs no iam:SetDefaultPolicyVersion for a version that is created as the default
    ("CreatePolicyVersion", IAM API Reference).
    """
    return document(
        {
            "Sid": "WriteTheBrake",
            "Effect": "Allow",
            "Action": ["iam:CreatePolicyVersion", "iam:DeletePolicyVersion"],
            "Resource": names.brake_arn,
        }
    )


def build_deny_all_permissions(names: CutOffNames) -> Document:
    """Return the permissions of the cut-off role for the method `deny-all`."""
    return document(
        {
            "Sid": "ShutTheRole",
            "Effect": "Allow",
            "Action": "iam:AttachRolePolicy",
            "Resource": names.role_arn,
            "Condition": {"ArnEquals": {"iam:PolicyARN": names.deny_all_arn}},
        }
    )


def build_cut_off_trust_policy(principal: str, broker_role_arn: str, external_id: str) -> Document:
    """Return the trust policy of a cut-off role.

    It has no end date: the role can only take away, and a cut-off must work until the last session
    has ended. `principal` is the firm's account.
    """
    return document(
        {
            "Sid": "DaypassCutOff",
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {
                    "sts:ExternalId": external_id,
                    "sts:RoleSessionName": CUT_OFF_SESSION_NAME,
                },
                "ArnEquals": {"aws:PrincipalArn": broker_role_arn},
            },
        }
    )
