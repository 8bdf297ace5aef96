"""The role's permissions: a permission set, or the client's own permissions policy."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.domain.errors import InvalidRequest, bad_value
from chalicelib.domain.onboarding.role_setup import OWN_POLICY_MAX, PermissionSet
from chalicelib.domain.onboarding.setup import policy_grammar, wildcards
from chalicelib.domain.onboarding.setup.documents import (
    INLINE_POLICIES_MAX,
    ROOM_FOR_A_CUT_OFF,
    Document,
    document,
    size,
)
from chalicelib.domain.values import Value


class Permissions(Value, frozen=True, kw_only=True):
    """A role's permissions: an inline policy or an AWS managed policy, never both.

    With neither, the role keeps its permissions, which Daypass does not know.
    """

    choice: PermissionSet | None
    """The permission set. None for the client's own permissions policy."""
    summary: str
    """The permissions in words, for the client's administrator."""
    document: Document | None = None
    managed_policy: str | None = None
    """The name of an AWS managed policy, with its path, such as `job-function/ViewOnlyAccess`."""
    warnings: tuple[str, ...] = ()
    """Sentences on broad permissions, each with its path in the policy. They refuse nothing."""

    def managed_policy_arn(self, partition: str) -> str | None:
        name = self.managed_policy
        return f"arn:{partition}:iam::aws:policy/{name}" if name else None


_AWS_UPDATES_IT = " AWS maintains this policy and extends it."

VIEW_ONLY_ACCESS = Permissions(
    choice=PermissionSet.VIEW_ONLY_ACCESS,
    # From "ViewOnlyAccess" (AWS Managed Policy Reference), v45. It has ListFunctions, ListUsers and
    # DescribeInstanceAttribute, but not GetObject, GetItem, ReceiveMessage, GetLogEvents or
    # GetSecretValue.
    summary=(
        "AWS's ViewOnlyAccess policy: list resources and see how they are set up. It does not read"
        " S3 objects, tables, queues, logs or secrets. It does show names and settings, such as the"
        " names of objects and users, a Lambda function's variables and an EC2 instance's user"
        " data." + _AWS_UPDATES_IT
    ),
    managed_policy="job-function/ViewOnlyAccess",
)
READ_BASICS = Permissions(
    choice=PermissionSet.READ_BASICS,
    summary=(
        "See the settings of EC2 and RDS, list every S3 bucket, and READ every object in them."
        " The role can change nothing."
    ),
    document=document(
        {
            "Sid": "ReadBasics",
            "Effect": "Allow",
            "Action": [
                "ec2:Describe*",
                "rds:Describe*",
                "s3:ListAllMyBuckets",
                "s3:ListBucket",
                "s3:GetObject",
            ],
            "Resource": "*",
        }
    ),
)
READ_ONLY_ACCESS = Permissions(
    choice=PermissionSet.READ_ONLY_ACCESS,
    summary=(
        "AWS's ReadOnlyAccess policy: see the settings of nearly every service, and READ the data"
        " in many of them." + _AWS_UPDATES_IT
    ),
    managed_policy="ReadOnlyAccess",
)
SECURITY_AUDIT = Permissions(
    choice=PermissionSet.SECURITY_AUDIT,
    summary=(
        "AWS's SecurityAudit policy: read the configuration that a security audit needs, and hardly"
        " any data." + _AWS_UPDATES_IT
    ),
    managed_policy="SecurityAudit",
)
AS_THEY_ARE = Permissions(
    choice=PermissionSet.AS_THEY_ARE,
    summary=(
        "Unchanged: the role keeps the permissions that it has. Daypass asks for no others and has"
        " not looked at them."
    ),
)
PRESETS = (VIEW_ONLY_ACCESS, READ_BASICS, READ_ONLY_ACCESS, SECURITY_AUDIT)


def preset_permissions(choice: PermissionSet) -> Permissions:
    return next(each for each in (*PRESETS, AS_THEY_ARE) if each.choice is choice)


def parse_own_policy(text: str) -> Permissions:
    """Parse the client's own permissions policy from JSON.

    Raise InvalidRequest (`bad-value`), with the path in the policy, if it is invalid or has more
    than 10,240 characters without white space, which is IAM's limit for a role's inline policies.
    """
    policy = _parse_json(text)
    policy_grammar.check_policy(policy)
    if size(policy) > INLINE_POLICIES_MAX:
        raise _bad_policy(
            f"The policy has {size(policy)} characters without white space. A role's inline"
            f" policies may have {INLINE_POLICIES_MAX}. Shorten it."
        )
    return Permissions(
        choice=None,
        summary="The client's own permissions policy.",
        document=policy,
        warnings=wildcards.find_policy_warnings(policy),
    )


def parse_new_own_policy(text: str) -> Permissions:
    """Parse a permissions policy that a lead sends now, with a lower limit on its length.

    Raise InvalidRequest if it has more than 9,740 characters without white space: the policy that
    revokes active sessions needs the rest of IAM's limit. Stored policies may be longer.
    """
    permissions = parse_own_policy(text)
    longest = INLINE_POLICIES_MAX - ROOM_FOR_A_CUT_OFF
    if permissions.document is not None and size(permissions.document) > longest:
        raise _bad_policy(
            f"The policy has {size(permissions.document)} characters without white space. Shorten"
            f" it to {longest}: a role's inline policies may have {INLINE_POLICIES_MAX}, and"
            f" revoking active sessions needs {ROOM_FOR_A_CUT_OFF} of them."
        )
    return permissions


def _parse_json(text: str) -> Any:
    if len(text) > OWN_POLICY_MAX:
        raise _bad_policy(
            f"The policy has {len(text)} characters. The limit is {OWN_POLICY_MAX}. Shorten it."
        )
    try:
        return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise _bad_policy(f"This is not valid JSON at {position}: {error.msg}.") from None
    except (RecursionError, ValueError):  # nested too deep, or a number of thousands of digits
        raise _bad_policy(
            "This is not a policy: it is nested too deeply, or a number in it is too large."
        ) from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a repeated key: IAM would silently use one of the two values."""
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise _bad_policy(f"The key {key[:60]!r} appears twice in one object.")
        result[key] = value
    return result


def _refuse_constant(name: str) -> Any:
    raise _bad_policy(f"This is not valid JSON: {name} is not a number.")


def _bad_policy(detail: str) -> InvalidRequest:
    return bad_value("permissions_policy", detail)
