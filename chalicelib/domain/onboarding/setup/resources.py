"""List the IAM resources that the client creates for a role. Every format renders this list.

A role has a trust policy: which principal may assume it, with which conditions, until when. It may
have a permissions boundary, which limits what the role can do, whatever policies it has.
`domain.policies.brake` explains the brake and the cut-off role.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import bad_value
from chalicelib.domain.identifiers import CUT_OFF_PATH, SESSION_TAG_KEYS
from chalicelib.domain.onboarding.setup.quoting import clean_description
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.policies.brake import (
    build_brake_permissions,
    build_brake_policy,
    build_cut_off_trust_policy,
    build_deny_all_permissions,
)
from chalicelib.domain.policies.credential_actions import BEYOND_A_CUT_OFF, ONE_SERVICES_DATA
from chalicelib.domain.policies.documents import TRUST_POLICY_MAX, Document, document, size

# A session tag overrides the role's own tag with the same key, and tag-based policies (ABAC) rely
# on it. So Daypass may set its own two keys only. AWS evaluates TagSession only for a session with
# tags, and the request then lists their keys. Without such a list the tags are inherited from the
# caller's own session. `ForAllValues` is true for an empty list, so `Null` has to refuse an empty
# one.
DAYPASS_TAGS_ONLY: Document = {
    "ForAllValues:StringEquals": {"aws:TagKeys": list(SESSION_TAG_KEYS)},
    "Null": {"aws:TagKeys": "false"},
}


def build_trust_policy(spec: RoleSpec) -> Document:
    """Return the trust policy that lets the broker role assume the client's role.

    The trust policy requires one of the spec's external IDs, and ends when the engagement ends.
    Raise InvalidRequest if it has more than 2,048 characters.

    A condition names the broker role, and `Principal` only its AWS account. IAM would replace a
    role in `Principal` by its unique ID, and a role that is deleted and created again gets another
    ID ("AWS JSON policy elements: Principal", IAM User Guide). Each action has its own condition
    keys and so its own statement ("Actions, resources, and condition keys for AWS STS", Service
    Authorization Reference).
    """
    ids = list(spec.external_ids)
    id_or_ids = ids if len(ids) > 1 else ids[0]
    external_id_condition = {"StringEquals": {"sts:ExternalId": id_or_ids}}
    statements = [
        _build_statement(spec, "DaypassAssumeRole", "sts:AssumeRole", external_id_condition)
    ]
    if spec.allows_source_identity:
        statements.append(_build_statement(spec, "DaypassIdentity", "sts:SetSourceIdentity", {}))
    if spec.allows_tags:
        statements.append(
            _build_statement(spec, "DaypassTags", "sts:TagSession", DAYPASS_TAGS_ONLY)
        )
    trust = document(*statements)
    if size(trust) > TRUST_POLICY_MAX:
        raise bad_value(
            "external_ids",
            f"The trust policy would have {size(trust)} characters. IAM accepts at most"
            f" {TRUST_POLICY_MAX}.",
        )
    return trust


def build_trust_policy_denying_all() -> Document:
    """Return a trust policy with which no one can assume the role. With it, a client can block a
    role without deleting it."""
    return document(
        {
            "Sid": "DenyAllAccess",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "sts:AssumeRole",
        }
    )


def _build_statement(spec: RoleSpec, sid: str, action: str, conditions: Document) -> Document:
    """Return a statement that allows the broker role this action until the spec's end, under these
    further conditions. A condition names the broker role, because IAM would replace a role in
    `Principal` by its unique ID."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": spec.firm.root_arn},
        "Action": action,
        "Condition": {
            **conditions,
            "ArnEquals": {"aws:PrincipalArn": spec.firm.broker_role_arn},
            "DateLessThan": {"aws:CurrentTime": spec.end},
        },
    }


# First, whole services for identities, accounts and sharing.
_EXCLUDED_ACTIONS = ("iam:*", "organizations:*", "account:*", "controltower:*", "ram:*", "mpa:*",
           "sso:*", "sso-directory:*", "identitystore:*", "identitystore-auth:*", "identity-sync:*",
           "ds:*", "ds-data:*", "rolesanywhere:*", "acm-pca:*", "cognito-identity:*",
           "iq-permission:*", "eks-auth:*", "s3:*AccessGrant*",
           # Credentials of other roles, and sign-in. `sts:AssumeRole` stays open: the session
           # policy denies it.
           "sts:AssumeRoot", *BEYOND_A_CUT_OFF, *ONE_SERVICES_DATA,
           # With a role alias, a device certificate yields AWS credentials.
           "iot:*Certificate*", "iot:*Polic*", "iot:*RoleAlias*", "iot:CreateProvisioningClaim",
           "iot:RegisterThing")  # fmt: skip
# The read actions among the excluded ones.
_READ_ACTIONS = ("iam:Get*", "iam:List*", "iam:Simulate*", "iam:GenerateCredentialReport",
            "iam:GenerateServiceLastAccessedDetails", "organizations:Describe*",
            "organizations:List*", "account:Get*", "account:List*", "controltower:Describe*",
            "controltower:Get*", "controltower:List*", "ram:Get*", "ram:List*", "mpa:Get*",
            "mpa:List*", "sso:Describe*", "sso:GetApplication*", "sso:Get*Permission*",
            "sso:List*", "sso-directory:Describe*", "sso-directory:Get*",
            "sso-directory:IsMember*", "sso-directory:List*", "sso-directory:Search*",
            "identitystore:Describe*", "identitystore:Get*", "identitystore:IsMember*",
            "identitystore:List*", "identity-sync:Get*", "identity-sync:List*", "ds:Describe*",
            "ds:Get*", "ds:List*", "ds-data:Describe*", "ds-data:List*", "ds-data:Search*",
            "rolesanywhere:Get*", "rolesanywhere:List*", "acm-pca:Describe*", "acm-pca:Get*",
            "acm-pca:List*", "cognito-identity:Describe*", "cognito-identity:GetIdentityPool*",
            "cognito-identity:List*", "s3:GetAccessGrant*", "s3:List*AccessGrants*",
            "iot:Describe*", "iot:Get*", "iot:List*")  # fmt: skip


def build_boundary_policy() -> Document:
    """Return the permissions boundary's policy.

    The policy allows every action except those that change identities or permissions, and those
    that return AWS credentials of other identities. Of the services for identities, accounts and
    sharing it allows only the read actions, so that it does not allow an action that AWS adds
    later. The tests compare the policy with AWS's lists of actions.
    """
    return document(
        {
            "Sid": "EverythingElse",
            "Effect": "Allow",
            "NotAction": list(_EXCLUDED_ACTIONS),
            "Resource": "*",
        },
        {"Sid": "ReadOnly", "Effect": "Allow", "Action": list(_READ_ACTIONS), "Resource": "*"},
    )


INLINE_POLICY_NAME = "daypass-permissions"
CUT_OFF_POLICY_NAME = "daypass-cut-off"

Resource = dict[str, Any]
"""The properties of a role or a managed policy, as CloudFormation names them."""


def list_resources(spec: RoleSpec) -> dict[str, Resource]:
    """Return each resource by its name in a CloudFormation template: `Role`, and the `Boundary`,
    the `Brake` and the `CutOffRole` if the client creates them.

    A `Ref` to a managed policy stands for the policy's ARN. The client creates the brake in its
    released version, which denies sessions nothing except changes of the cut-off itself. Raise
    ValueError if the engagement has a method for cut-offs, but no external ID for them.
    """
    role: Resource = {
        "RoleName": spec.role_name,
        "Path": spec.arn.path,
        "Description": clean_description(
            f"{spec.firm_label} uses this role through Daypass until {spec.end}."
            " To remove this access, delete this role."
        ),
        "MaxSessionDuration": spec.max_session_duration,
        "AssumeRolePolicyDocument": build_trust_policy(spec),
    }
    resources = {"Role": role}
    if spec.permissions.document is not None:
        role["Policies"] = _list_inline(INLINE_POLICY_NAME, spec.permissions.document)
    if (managed_policy_arn := spec.permissions.managed_policy_arn(spec.arn.partition)) is not None:
        role["ManagedPolicyArns"] = [managed_policy_arn]
    if spec.boundary_arn is not None:
        role["PermissionsBoundary"] = spec.boundary_arn
    if spec.makes_boundary:
        role["PermissionsBoundary"] = {"Ref": "Boundary"}
        resources["Boundary"] = {
            "ManagedPolicyName": spec.daypass_boundary_name,
            "Description": clean_description(
                f"The permissions boundary of the role {spec.role_name}, which limits the role's"
                " permissions."
            ),
            "PolicyDocument": build_boundary_policy(),
        }
    names = spec.cut_off_names
    if spec.has_brake:
        role["PermissionsBoundary"] = {"Ref": "Brake"}
        resources["Brake"] = {
            "ManagedPolicyName": names.brake_name,
            "Path": CUT_OFF_PATH,
            "Description": clean_description(
                f"The permissions boundary of the role {spec.role_name}, with which Daypass ends"
                " sessions. Use it for nothing else, and never attach it to an identity."
            ),
            "PolicyDocument": build_brake_policy(names),
        }
    if spec.has_cut_off:
        if spec.cut_off_external_id is None:
            raise ValueError("the engagement has no external ID for cut-offs")
        is_deny_all = spec.cut_off is CutOffMethod.DENY_ALL
        build_permissions = build_deny_all_permissions if is_deny_all else build_brake_permissions
        resources["CutOffRole"] = {
            "RoleName": names.cut_off_role_name,
            "Path": CUT_OFF_PATH,
            "Description": clean_description(
                f"{spec.firm_label} uses this role through Daypass only to end sessions of the role"
                f" {spec.role_name}. To remove this power, delete this role."
            ),
            "AssumeRolePolicyDocument": build_cut_off_trust_policy(
                spec.firm.root_arn, spec.firm.broker_role_arn, spec.cut_off_external_id
            ),
            "Policies": _list_inline(CUT_OFF_POLICY_NAME, build_permissions(names)),
        }
    return resources


def _list_inline(name: str, document: Document) -> list[Resource]:
    return [{"PolicyName": name, "PolicyDocument": document}]
