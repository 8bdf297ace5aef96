"""Our own side: what the broker role has to be allowed, when its clients are listed by name."""

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

# "IAM and AWS STS quotas" (IAM User Guide): managed policies attached to a role, by default. Each
# holds about a hundred roles.
MANAGED_POLICIES_PER_ROLE = 10


def policies(firm: Firm, role_arns: Iterable[str]) -> tuple[Document, ...]:
    """The permissions policies that let the broker into these roles, and never into our own.

    Each fits into a managed policy, and is whole in itself. A role added at the end changes the
    last one only. InvalidRequest for what is no role of a client's.
    """
    groups: list[list[str]] = []
    room = 0
    for arn in dict.fromkeys(role_arns):
        firm.client_role(arn)
        needed = size({"": arn}) - size({"": ""}) + 3  # with its quotes and its comma
        if needed > room:
            groups.append([])
            room = MANAGED_POLICY_MAX - size(_policy(firm, []))
        groups[-1].append(arn)
        room -= needed
    return tuple(_policy(firm, group) for group in groups)


def policy_name(number: int) -> str:
    return f"daypass-clients-{number}"


def _policy(firm: Firm, role_arns: list[str]) -> Document:
    ours = [
        f"arn:{firm.partition}:iam::{account_id}:role/*"
        for account_id in (firm.account_id, *firm.other_accounts)
    ]
    # For our accounts that nobody has listed. A role's organization is known to AWS alone.
    organization = {
        "Sid": "NeverOurOrganization",
        "Effect": "Deny",
        "Action": "sts:AssumeRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceOrgID": firm.organization_id}},
    }
    # No condition on sts:ExternalId: that a client's role refuses us without it is for the
    # client's trust policy to prove, which it cannot if our own policy refuses first.
    return document(
        {
            "Sid": "EnterClients",
            "Effect": "Allow",
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
            "Resource": role_arns,
        },
        # Within an account a role's trust policy is enough to be let in; only a deny prevents it.
        {
            "Sid": "NeverOurselves",
            "Effect": "Deny",
            "Action": "sts:AssumeRole",
            "Resource": ours if ours[1:] else ours[0],
        },
        *([organization] if firm.organization_id else []),
        # Clients' trust policies say the same; this also holds where one allows every tag.
        {
            "Sid": "OurTagsAlone",
            "Effect": "Deny",
            "Action": "sts:TagSession",
            "Resource": "*",
            "Condition": {"ForAnyValue:StringNotEquals": {"aws:TagKeys": list(SESSION_TAG_KEYS)}},
        },
    )
