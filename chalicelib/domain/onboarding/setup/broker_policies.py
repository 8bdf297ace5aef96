"""IAM policies for the broker role, for a firm that wants to list each client role by its ARN."""

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


def broker_policies(firm: Firm, role_arns: Iterable[str]) -> tuple[Document, ...]:
    """Return policies that allow the broker role to assume these roles, and no role of the firm's.

    Each policy fits into one managed policy, and works without the others. A role added at the end
    of `role_arns` changes the last policy only. Raise InvalidRequest for an ARN that cannot be a
    client's role.
    """
    groups: list[list[str]] = []
    characters_left = 0
    for arn in dict.fromkeys(role_arns):
        firm.parse_client_role(arn)
        arn_characters = size({"": arn}) - size({"": ""}) + 3  # with quotes and comma
        if arn_characters > characters_left:
            groups.append([])
            characters_left = MANAGED_POLICY_MAX - size(_broker_policy(firm, []))
        groups[-1].append(arn)
        characters_left -= arn_characters
    return tuple(_broker_policy(firm, group) for group in groups)


def policy_name(number: int) -> str:
    return f"daypass-clients-{number}"


def _broker_policy(firm: Firm, role_arns: list[str]) -> Document:
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
