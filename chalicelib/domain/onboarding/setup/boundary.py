"""A permissions boundary: the most that a role can ever do, whatever is attached to it."""

from __future__ import annotations

from chalicelib.domain.credential_actions import BEYOND_A_CUT_OFF, ONE_SERVICES_DATA
from chalicelib.domain.onboarding.setup.documents import Document, document

# Whole services: who there is, in which accounts, and what is shared with whom.
_CLOSED = ("iam:*", "organizations:*", "account:*", "controltower:*", "ram:*", "mpa:*", "sso:*",
           "sso-directory:*", "identitystore:*", "identitystore-auth:*", "identity-sync:*",
           "ds:*", "ds-data:*", "rolesanywhere:*", "acm-pca:*", "cognito-identity:*",
           "iq-permission:*", "eks-auth:*", "s3:*AccessGrant*",
           # What hands out the credentials of another role, and signing in. `sts:AssumeRole`
           # stays open: the session policy forbids it.
           "sts:AssumeRoot", *BEYOND_A_CUT_OFF, *ONE_SERVICES_DATA,
           # A device's certificate is good for AWS credentials, by way of a role alias.
           "iot:*Certificate*", "iot:*Polic*", "iot:*RoleAlias*", "iot:CreateProvisioningClaim",
           "iot:RegisterThing")  # fmt: skip
_LOOKING = ("iam:Get*", "iam:List*", "iam:Simulate*", "iam:GenerateCredentialReport",
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


def no_iam_writes() -> Document:
    """Everything but what makes identities or gives them more, and AWS credentials of others.

    An allow and no deny, so that what these services still add is closed as well. What is left open
    and why, action by action, say the tests over AWS's lists.
    """
    return document(
        {
            "Sid": "EverythingElse",
            "Effect": "Allow",
            "NotAction": list(_CLOSED),
            "Resource": "*",
        },
        {"Sid": "LookingOnly", "Effect": "Allow", "Action": list(_LOOKING), "Resource": "*"},
    )
