"""The permissions: WHAT we may do. Ready-made choices, or the client's own permissions policy."""

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
    """What a role is to be allowed: a policy of its own, or one that AWS keeps, never both. With
    neither, it is what the role is allowed already, and nobody here knows what that is.
    """

    choice: PermissionSet | None
    """None for the client's own permissions policy."""
    sentence: str
    """What it means, for the client's admin."""
    document: Document | None = None
    managed_policy: str | None = None
    """The name of an AWS managed policy, with its path: ViewOnlyAccess is in `job-function/`."""
    warnings: tuple[str, ...] = ()
    """Each names its place. They refuse nothing."""

    def managed_policy_arn(self, partition: str) -> str | None:
        name = self.managed_policy
        return f"arn:{partition}:iam::aws:policy/{name}" if name else None


_AWS_KEEPS_IT = " AWS keeps the list of what it allows, and extends it."

VIEW_ONLY_ACCESS = Permissions(
    choice=PermissionSet.VIEW_ONLY_ACCESS,
    # After "ViewOnlyAccess" (AWS Managed Policy Reference), v45. ListFunctions, ListUsers and
    # DescribeInstanceAttribute are in it, GetObject, GetItem, ReceiveMessage, GetLogEvents and
    # GetSecretValue are not.
    sentence=(
        "AWS's own ViewOnlyAccess, made for looking: what there is, and how it is set up. It opens"
        " no S3 object, no table, queue or log group, and no secret. It does show names and"
        " settings: of objects and users, the variables of a Lambda function, the user data of an"
        " EC2 instance." + _AWS_KEEPS_IT
    ),
    managed_policy="job-function/ViewOnlyAccess",
)
READ_BASICS = Permissions(
    choice=PermissionSet.READ_BASICS,
    sentence=(
        "Look at EC2 and RDS, list every S3 bucket, and READ every object in them."
        " Nothing can be changed."
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
    sentence=(
        "AWS's own ReadOnlyAccess, made for reading: look at nearly every service, and READ the"
        " data in many of them." + _AWS_KEEPS_IT
    ),
    managed_policy="ReadOnlyAccess",
)
SECURITY_AUDIT = Permissions(
    choice=PermissionSet.SECURITY_AUDIT,
    sentence=(
        "AWS's own SecurityAudit, made for audits: read the configuration that a security audit"
        " needs, and hardly any data." + _AWS_KEEPS_IT
    ),
    managed_policy="SecurityAudit",
)
AS_THEY_ARE = Permissions(
    choice=PermissionSet.AS_THEY_ARE,
    sentence=(
        "Whatever it may do already: nothing else is asked for, and Daypass has not looked what"
        " that is."
    ),
)
PRESETS = (VIEW_ONLY_ACCESS, READ_BASICS, READ_ONLY_ACCESS, SECURITY_AUDIT)


def preset(choice: PermissionSet) -> Permissions:
    return next(ready for ready in (*PRESETS, AS_THEY_ARE) if ready.choice is choice)


def own(text: str) -> Permissions:
    """The client's own permissions policy, from its JSON.

    InvalidRequest (`bad-value`) with the place for what is not valid, and for more than the 10,240
    characters without white space that a role's inline policies may have in all.
    """
    policy = _parsed(text)
    policy_grammar.check(policy)
    if size(policy) > INLINE_POLICIES_MAX:
        raise _refused(
            f"The policy has {size(policy)} characters without white space; a role takes"
            f" {INLINE_POLICIES_MAX}."
        )
    return Permissions(
        choice=None,
        sentence="What the client's own permissions policy says.",
        document=policy,
        warnings=wildcards.warnings(policy),
    )


def accept_own(text: str) -> Permissions:
    """Return a new permissions policy of the client's own. InvalidRequest as of `own`, and for more
    than 9,740 characters without white space; what was stored before this limit is still read.
    """
    permissions = own(text)
    most = INLINE_POLICIES_MAX - ROOM_FOR_A_CUT_OFF
    if permissions.document is not None and size(permissions.document) > most:
        raise _refused(
            f"The policy has {size(permissions.document)} characters without white space. A role"
            f" takes {INLINE_POLICIES_MAX}, and {ROOM_FOR_A_CUT_OFF} of them stay free for ending"
            f" its sessions: shorten the policy to {most}."
        )
    return permissions


def _parsed(text: str) -> Any:
    if len(text) > OWN_POLICY_MAX:
        raise _refused(f"The text has {len(text)} characters; at most {OWN_POLICY_MAX} are read.")
    try:
        return json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _refused(f"This is not JSON at {place}: {error.msg}.") from None
    except (RecursionError, ValueError):  # nested too deep, or a number of thousands of digits
        raise _refused(
            "This is not a policy: it is nested too deep, or a number is huge."
        ) from None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """IAM would take one of the two and say nothing: it is not for us to guess which."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _refused(f"The name {key[:60]!r} stands twice in one object.")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise _refused(f"This is not JSON: {name} is no number.")


def _refused(detail: str) -> InvalidRequest:
    return bad_value("permissions_policy", detail)
