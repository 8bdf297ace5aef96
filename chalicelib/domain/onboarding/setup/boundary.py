"""Build the permissions boundary that Daypass specifies for a client's role. The boundary limits
what the role can do, whatever policies the role has."""

from __future__ import annotations

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
