"""The broker role's permissions policies, for a firm that lists its clients' roles by ARN."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.domain.firm import Firm
from chalicelib.domain.identifiers import SESSION_TAG_KEYS
from chalicelib.domain.onboarding.setup.documents import (
    MANAGED_POLICY_MAX,
    Document,
    document,
    size,
)

# "IAM and AWS STS quotas" (IAM User Guide): managed policies per role, by default. One policy holds
# about a hundred roles.
MANAGED_POLICIES_PER_ROLE = 10


def policies(firm: Firm, role_arns: Iterable[str]) -> tuple[Document, ...]:
    """Return policies that let the broker assume these roles, and never a role of the firm's.

    Each fits into one managed policy and works without the others. A role added at the end changes
    the last policy only. InvalidRequest for an ARN that cannot be a client's role.
    """
    groups: list[list[str]] = []
    room = 0
    for arn in dict.fromkeys(role_arns):
        firm.client_role(arn)
        needed = size({"": arn}) - size({"": ""}) + 3  # with quotes and comma
        if needed > room:
            groups.append([])
            room = MANAGED_POLICY_MAX - size(_policy(firm, []))
        groups[-1].append(arn)
        room -= needed
    return tuple(_policy(firm, group) for group in groups)


def policy_name(number: int) -> str:
    return f"daypass-clients-{number}"


def _policy(firm: Firm, role_arns: list[str]) -> Document:
    firm_roles = [
        f"arn:{firm.partition}:iam::{account_id}:role/*"
        for account_id in (firm.account_id, *firm.other_accounts)
    ]
    # For accounts of the firm that are in no list. Only AWS knows a role's organization.
    organization = {
        "Sid": "NeverOurOrganization",
        "Effect": "Deny",
        "Action": "sts:AssumeRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceOrgID": firm.organization_id}},
    }
    # No condition on sts:ExternalId: the check must see the client's trust policy refuse a request
    # without it. It cannot if the broker's own policy refuses first.
    return document(
        {
            "Sid": "EnterClients",
            "Effect": "Allow",
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
            "Resource": role_arns,
        },
        # Within one account a role's trust policy alone allows AssumeRole. Only a Deny prevents it.
        {
            "Sid": "NeverOurselves",
            "Effect": "Deny",
            "Action": "sts:AssumeRole",
            "Resource": firm_roles if firm_roles[1:] else firm_roles[0],
        },
        *([organization] if firm.organization_id else []),
        # Clients' trust policies require the same. This covers a policy that allows every tag.
        {
            "Sid": "OurTagsAlone",
            "Effect": "Deny",
            "Action": "sts:TagSession",
            "Resource": "*",
            "Condition": {"ForAnyValue:StringNotEquals": {"aws:TagKeys": list(SESSION_TAG_KEYS)}},
        },
    )
