"""Define a role's permissions: one of Daypass's permission sets, or the client's own permissions
policy, which a lead sends as JSON."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.domain.errors import InvalidRequest, bad_value
from chalicelib.domain.onboarding.role_setup import PERMISSIONS_POLICY_MAX, PermissionSet
from chalicelib.domain.onboarding.setup import policy_grammar, wildcards
from chalicelib.domain.policies.documents import (
    INLINE_POLICIES_MAX,
    ROOM_FOR_A_CUT_OFF,
    Document,
    document,
    size,
)
from chalicelib.domain.values import Value


class Permissions(Value):
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
    """Sentences on broad permissions, each with its path in the policy. Daypass accepts the policy
    all the same."""

    def managed_policy_arn(self, partition: str) -> str | None:
        """Return the ARN of the AWS managed policy, or None if there is none."""
        name = self.managed_policy
        return f"arn:{partition}:iam::aws:policy/{name}" if name else None


_AWS_MAINTAINS_IT = " AWS maintains this policy and can extend it."

VIEW_ONLY_ACCESS = Permissions(
    choice=PermissionSet.VIEW_ONLY_ACCESS,
    # From "ViewOnlyAccess" (AWS Managed Policy Reference), v45. It has ListFunctions, ListUsers and
    # DescribeInstanceAttribute, but not GetObject, GetItem, ReceiveMessage, GetLogEvents or
    # GetSecretValue.
    summary=(
        "AWS's ViewOnlyAccess policy: list resources and see how they are set up. It does not read"
        " S3 objects, tables, queues, logs or secrets. It does show names and settings, such as the"
        " names of objects and users, a Lambda function's variables and an EC2 instance's user"
        " data." + _AWS_MAINTAINS_IT
    ),
    managed_policy="job-function/ViewOnlyAccess",
)
READ_BASICS = Permissions(
    choice=PermissionSet.READ_BASICS,
    summary=(
        "See the settings of EC2 and RDS, list every S3 bucket, and READ every object in them. The"
        " role cannot change anything."
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
        " in many of them." + _AWS_MAINTAINS_IT
    ),
    managed_policy="ReadOnlyAccess",
)
SECURITY_AUDIT = Permissions(
    choice=PermissionSet.SECURITY_AUDIT,
    summary=(
        "AWS's SecurityAudit policy: read the configuration that a security audit needs, and almost"
        " no data." + _AWS_MAINTAINS_IT
    ),
    managed_policy="SecurityAudit",
)
AS_THEY_ARE = Permissions(
    choice=PermissionSet.AS_THEY_ARE,
    summary=(
        "Unchanged: the role keeps the permissions that it has. Daypass asks for no other"
        " permissions, and has not looked at these."
    ),
)
PRESETS = (VIEW_ONLY_ACCESS, READ_BASICS, READ_ONLY_ACCESS, SECURITY_AUDIT)


def find_preset(choice: PermissionSet) -> Permissions:
    """Return the permissions of a permission set."""
    return next(each for each in (*PRESETS, AS_THEY_ARE) if each.choice is choice)


def parse_permissions_policy(text: str) -> Permissions:
    """Return the permissions that the client's own policy, in JSON, gives to the role.

    Raise InvalidRequest (`bad-value`) if the policy is invalid, with the path of the mistake. Also
    raise it if the policy has more than 10,240 characters without white space, which is IAM's limit
    for all of a role's inline policies.
    """
    policy = _parse_policy_json(text)
    policy_grammar.check_policy(policy)
    if size(policy) > INLINE_POLICIES_MAX:
        raise _bad_policy(
            f"The policy has {size(policy)} characters without white space. IAM's limit for a"
            f" role's inline policies is {INLINE_POLICIES_MAX}. Shorten the policy."
        )
    return Permissions(
        choice=None,
        summary="The client's own permissions policy.",
        document=policy,
        warnings=wildcards.find_policy_warnings(policy),
    )


def parse_new_permissions_policy(text: str) -> Permissions:
    """Parse a permissions policy that a lead sends now, and apply a lower limit to its length.

    Raise InvalidRequest if the policy has more than 9,740 characters without white space. The rest
    of IAM's limit is for the cut-off, a policy that revokes active sessions. Policies that Daypass
    stored earlier may be longer, so `parse_permissions_policy` has IAM's own limit.
    """
    permissions = parse_permissions_policy(text)
    longest = INLINE_POLICIES_MAX - ROOM_FOR_A_CUT_OFF
    if permissions.document is not None and size(permissions.document) > longest:
        raise _bad_policy(
            f"The policy has {size(permissions.document)} characters without white space. Shorten"
            f" the policy to {longest}. IAM's limit for a role's inline policies is"
            f" {INLINE_POLICIES_MAX}, and revoking active sessions needs {ROOM_FOR_A_CUT_OFF} of"
            " them."
        )
    return permissions


def _parse_policy_json(text: str) -> Any:
    """Return the value of the JSON text. Raise InvalidRequest if the text is too long or is not
    JSON, or if an object in it repeats a key."""
    if len(text) > PERMISSIONS_POLICY_MAX:
        raise _bad_policy(
            f"The policy has {len(text)} characters. The limit is {PERMISSIONS_POLICY_MAX}."
            " Shorten the policy."
        )
    try:
        return json.loads(
            text, object_pairs_hook=_refuse_repeated_keys, parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise _bad_policy(f"Invalid JSON at {position}: {error.msg}.") from None
    except (RecursionError, ValueError):  # nested too deep, or a number of thousands of digits
        raise _bad_policy(
            "Daypass cannot read this policy, because it is nested too deeply or a number in it is"
            " too large. Correct the policy."
        ) from None


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object's keys and values as a dict. Raise InvalidRequest for a repeated key,
    because IAM would silently use one of the two values."""
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise _bad_policy(f"The key {key[:60]!r} appears twice in one object. Remove one.")
        result[key] = value
    return result


def _refuse_constant(name: str) -> Any:
    """Raise InvalidRequest for NaN and Infinity, which Python accepts but JSON does not."""
    raise _bad_policy(f"Invalid JSON: {name} is not a number.")


def _bad_policy(detail: str) -> InvalidRequest:
    return bad_value("permissions_policy", detail)
