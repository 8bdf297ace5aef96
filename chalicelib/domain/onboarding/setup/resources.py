"""List the IAM resources that the client creates for a role. Every format renders this list. One is
the permissions boundary, which limits what the role can do, whatever policies the role has.

`domain.policies.brake` explains the brake and the cut-off role.
"""

from __future__ import annotations

from typing import Any

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.identifiers import CUT_OFF_PATH
from chalicelib.domain.onboarding.setup.quoting import clean_description
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.onboarding.setup.trust import build_trust_policy
from chalicelib.domain.policies.brake import (
    build_brake_permissions,
    build_brake_policy,
    build_cut_off_trust_policy,
    build_deny_all_permissions,
)
from chalicelib.domain.policies.credential_actions import BEYOND_A_CUT_OFF, ONE_SERVICES_DATA
from chalicelib.domain.policies.documents import Document, document

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

    A `Ref` to a managed policy stands for its ARN. The client creates the brake as it denies
    nothing to any session, except changes of the cut-off itself. Raise ValueError if the
    engagement has a method for cut-offs, but no external ID for them.
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
