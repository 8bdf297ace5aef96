"""Build IAM policies for the broker role, with which Daypass assumes clients' roles. They are for a
firm that wants to list each client's role by its ARN."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.domain.firm import Firm
from chalicelib.domain.identifiers import SESSION_TAG_KEYS
from chalicelib.domain.policies.documents import (
    MANAGED_POLICY_MAX,
    Document,
    document,
    size,
)

# AWS's default limit ("IAM and AWS STS quotas", IAM User Guide). One policy holds about a hundred
# roles.
MANAGED_POLICIES_PER_ROLE = 10


def build_broker_policies(firm: Firm, role_arns: Iterable[str]) -> tuple[Document, ...]:
    """Return policies that allow the broker role to assume these roles of clients, which may be
    cut-off roles.

    Each policy fits into one managed policy, works without the others, and denies access to the
    firm's own roles. If a role is added at the end of `role_arns`, the earlier policies stay as
    they are. Raise InvalidRequest for an ARN that cannot be a client's role.
    """
    groups: list[list[str]] = []  # the ARNs of each policy
    characters_left = 0
    for arn in dict.fromkeys(role_arns):
        firm.parse_role_in_client_account(arn)
        # The ARN's characters in JSON, with two quotes and a comma.
        arn_characters = size({"": arn}) - size({"": ""}) + 3
        if arn_characters > characters_left:
            groups.append([])
            characters_left = MANAGED_POLICY_MAX - size(_build_broker_policy(firm, []))
        groups[-1].append(arn)
        characters_left -= arn_characters
    return tuple(_build_broker_policy(firm, group) for group in groups)


def format_policy_name(number: int) -> str:
    """Return the name of the managed policy with this number, from 1."""
    return f"daypass-clients-{number}"


def _build_broker_policy(firm: Firm, role_arns: list[str]) -> Document:
    """Return one policy: allow the broker role to assume these roles, and deny it the firm's roles
    and other session tags than Daypass's."""
    firm_roles = [
        f"arn:{firm.partition}:iam::{account_id}:role/*"
        for account_id in (firm.account_id, *firm.other_accounts)
    ]
    # For the firm's accounts that no setting lists. Only AWS knows a role's organization.
    deny_organization = {
        "Sid": "NeverOurOrganization",
        "Effect": "Deny",
        "Action": "sts:AssumeRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceOrgID": firm.organization_id}},
    }
    # This policy sets no condition on sts:ExternalId. Daypass checks that the client's trust policy
    # refuses a request without the external ID, so the broker role itself must be able to send one.
    return document(
        {
            "Sid": "EnterClients",
            "Effect": "Allow",
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
            "Resource": role_arns,
        },
        # In the broker role's own account, a role's trust policy alone can allow AssumeRole. Only a
        # Deny prevents it.
        {
            "Sid": "NeverOurselves",
            "Effect": "Deny",
            "Action": "sts:AssumeRole",
            "Resource": firm_roles if firm_roles[1:] else firm_roles[0],
        },
        *([deny_organization] if firm.organization_id else []),
        # The trust policies that Daypass specifies require the same. This statement is for a
        # client's trust policy that allows every tag.
        {
            "Sid": "OurTagsAlone",
            "Effect": "Deny",
            "Action": "sts:TagSession",
            "Resource": "*",
            "Condition": {"ForAnyValue:StringNotEquals": {"aws:TagKeys": list(SESSION_TAG_KEYS)}},
        },
    )
