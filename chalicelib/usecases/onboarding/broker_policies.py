"""Build the broker role's policies, on the operator's machine: a Lambda response is too small."""

from __future__ import annotations

from collections import defaultdict

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import File
from chalicelib.domain.onboarding.setup import broker_policies as firm
from chalicelib.domain.onboarding.setup.documents import pretty
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports


def firm_setup(ports: Ports) -> tuple[File, ...]:
    """Return managed policies that let the broker assume every role from which Daypass may still
    vend, oldest engagement first. Changes nothing.

    Unavailable while the firm's own accounts are unknown, because the policies need them for their
    Deny statements.
    """
    ports.firm.require_known_accounts()
    now = ports.now()
    current = [
        engagement
        for engagement in list_all(ports.state, Engagement)
        if engagement.closed_at is None
        and now < engagement.ends_at
        and ports.firm.no_client(engagement.account_id) is None
    ]
    current.sort(key=lambda engagement: (engagement.created_at, engagement.id))
    arns_of: defaultdict[str, list[str]] = defaultdict(list)
    for role in list_all(ports.state, Role):
        if role.ended_at is None:
            arns_of[role.engagement].append(role.arn)
    arns = [arn for engagement in current for arn in arns_of[engagement.id]]
    return tuple(
        File(
            f"{firm.policy_name(number)}.json",
            f"Managed policy {firm.policy_name(number)}: attach it to the broker role",
            pretty(policy) + "\n",
        )
        for number, policy in enumerate(firm.policies(ports.firm, arns), start=1)
    )
