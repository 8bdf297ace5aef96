"""A permissions boundary: the most that a role can ever do, whatever is attached to it."""

from __future__ import annotations

from chalicelib.domain.onboarding.setup.documents import Document, document

_LOOKING = ("iam:Get*", "iam:List*", "iam:Simulate*", "iam:GenerateCredentialReport",
            "iam:GenerateServiceLastAccessedDetails", "organizations:Describe*",
            "organizations:List*", "account:Get*", "account:List*", "sso:Describe*", "sso:Get*",
            "sso:List*", "identitystore:Describe*", "identitystore:List*")  # fmt: skip


def no_iam_writes() -> Document:
    """Everything but changes to who may do what: in IAM, the organization and Identity Center.

    What is not allowed here cannot be allowed by any of the role's permissions, so a role with it
    cannot give itself or others more, pass a role on, or take the boundary off. An allow and no
    deny, since a list of what IAM may still add would never be complete. It does not stop the role
    from assuming another role that trusts it: see `NO_CHAINING` for that.
    """
    return document(
        {
            "Sid": "EverythingElse",
            "Effect": "Allow",
            "NotAction": ["iam:*", "organizations:*", "account:*", "sso:*", "identitystore:*"],
            "Resource": "*",
        },
        {"Sid": "LookingOnly", "Effect": "Allow", "Action": list(_LOOKING), "Resource": "*"},
    )
