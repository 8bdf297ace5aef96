"""Build the IAM policies of the broker role, with which Daypass assumes clients' roles.

This runs on the operator's machine, because the policies can be larger than a Lambda response.
"""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import File
from chalicelib.domain.onboarding.setup.broker_policies import (
    build_broker_policies,
    format_policy_name,
)
from chalicelib.domain.policies.brake import CutOffNames
from chalicelib.domain.policies.documents import pretty
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports


def build_broker_policy_files(ports: Ports) -> tuple[File, ...]:
    """Return managed policies for the broker role, each as a file. Attach none of them.

    The policies allow the broker to assume each role that has not ended, in each engagement that
    is neither closed nor past its end, and whose account can be a client's. A revoked engagement
    counts, because the revocation may be undone. After each role comes its cut-off role, if the
    engagement has a method for cut-offs. Roles of the oldest engagement come first. Raise
    Unavailable if a setting for the firm's own accounts is invalid, because the policies deny
    access to those accounts.
    """
    ports.firm.require_known_accounts()
    now = ports.now()
    open_engagements = [
        engagement
        for engagement in list_all(ports.state, Engagement)
        if engagement.closed_at is None
        and now < engagement.ends_at
        and ports.firm.find_client_account_problem(engagement.account_id) is None
    ]
    open_engagements.sort(key=lambda engagement: (engagement.created_at, engagement.id))
    roles = [role for role in list_all(ports.state, Role) if role.ended_at is None]
    arns: list[str] = []
    for engagement in open_engagements:
        for role in roles:
            if role.engagement == engagement.id:
                arns.append(role.arn)
                if engagement.cut_off is not CutOffMethod.NONE:
                    arns.append(CutOffNames(role.arn).cut_off_role_arn)
    return tuple(
        File(
            f"{format_policy_name(number)}.json",
            (
                f"Managed policy {format_policy_name(number)}: create it, then attach it to the"
                " broker role"
            ),
            pretty(policy) + "\n",
        )
        for number, policy in enumerate(build_broker_policies(ports.firm, arns), start=1)
    )
