"""Make the broker role's policies, on the operator's machine: they outgrow a Lambda's answer."""

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
    """Managed policies that let the broker into every role of every engagement that may still be
    vended from, in the order in which the engagements were opened. Changes nothing.

    Unavailable while the firm's own accounts are unknown: the policies would lack the denies.
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
    named: defaultdict[str, list[str]] = defaultdict(list)
    for role in list_all(ports.state, Role):
        if role.ended_at is None:
            named[role.engagement].append(role.arn)
    arns = [arn for engagement in current for arn in named[engagement.id]]
    return tuple(
        File(
            f"{firm.policy_name(number)}.json",
            f"Managed policy {firm.policy_name(number)}, to be attached to the broker role",
            pretty(policy) + "\n",
        )
        for number, policy in enumerate(firm.policies(ports.firm, arns), start=1)
    )
