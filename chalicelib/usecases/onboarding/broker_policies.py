"""Build the IAM policies of the broker role, with which Daypass assumes clients' roles, and list
the roles that nothing needs after Daypass is gone.

This runs on the operator's machine, because the policies can be larger than a Lambda response.
"""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import File
from chalicelib.domain.onboarding.setup.broker_policies import (
    build_broker_policies,
    format_policy_name,
)
from chalicelib.domain.policies.brake import CutOffNames
from chalicelib.domain.policies.documents import pretty
from chalicelib.domain.values import Value
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
    arns = [
        arn
        for engagement in open_engagements
        for role in roles
        if role.engagement == engagement.id
        for arn in (role.arn, _find_cut_off_role(engagement, role.arn))
        if arn
    ]
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


class RemovableRole(Value):
    """A client's role that Daypass was allowed to assume, and the members with a grant for it."""

    engagement: str
    client: str
    account_id: str
    arn: str
    cut_off_role: str = ""
    """The ARN of the role that ends its sessions, if the engagement has a method for cut-offs, or
    had one. Without a method, the client may still have the role of an earlier one."""
    members: tuple[str, ...] = ()
    """The members whose grants for this role are still in force."""


HEADINGS = ("engagement", "client", "account", "role", "cut-off role", "grants in force")


def list_removable_roles(ports: Ports) -> list[RemovableRole]:
    """Return all roles of all engagements, also of those that are over, by engagement and name. The
    operator sends them to the clients, who can remove them, when Daypass is uninstalled."""
    now = ports.now()
    rows: list[RemovableRole] = []
    engagements = {engagement.id: engagement for engagement in list_all(ports.state, Engagement)}
    for role in sorted(list_all(ports.state, Role), key=lambda role: (role.engagement, role.name)):
        engagement = engagements[role.engagement]  # engagements are never deleted
        is_open = engagement.allows_sessions(now) and role.ended_at is None
        # Roles that were replaced may still exist and trust Daypass.
        rows += (
            RemovableRole(
                engagement=engagement.id,
                client=engagement.client,
                account_id=engagement.account_id,
                arn=arn,
                cut_off_role=CutOffNames(arn).cut_off_role_arn
                if engagement.cut_off_external_id is not None
                else "",
                members=_list_members(ports, role) if is_open and arn == role.arn else (),
            )
            for arn in (role.arn, *role.former_arns)
        )
    return rows


def _find_cut_off_role(engagement: Engagement, arn: str) -> str:
    if engagement.cut_off is CutOffMethod.NONE:
        return ""
    return CutOffNames(arn).cut_off_role_arn


def list_cells(row: RemovableRole) -> tuple[str, ...]:
    """Return the row's texts in the order of `HEADINGS`."""
    account, cut_off = row.account_id, row.cut_off_role
    return row.engagement, row.client, account, row.arn, cut_off, " ".join(row.members)


def _list_members(ports: Ports, role: Role) -> tuple[str, ...]:
    """Return the members with a current grant for the role, sorted."""
    grants = list_all(ports.state, Grant, engagement=role.engagement)
    now = ports.now()
    return tuple(
        sorted(
            grant.member for grant in grants if grant.is_current(now) and role.name in grant.roles
        )
    )
