"""List the clients' roles that nothing needs after Daypass is gone.

This runs on the operator's machine, before the records are deleted.
"""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.policies.brake import CutOffNames
from chalicelib.domain.values import Value
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports


class RemovableRole(Value):
    """A client's role that Daypass was allowed to assume, and the members with a grant for it."""

    engagement: str
    client: str
    account_id: str
    arn: str
    cut_off_role: str = ""
    """The ARN of the role that ends its sessions, if the engagement has a method for cut-offs."""
    members: tuple[str, ...] = ()
    """The members whose grants for this role are still in force."""


HEADINGS = ("engagement", "client", "account", "role", "cut-off role", "grants in force")


def list_removable_roles(ports: Ports) -> list[RemovableRole]:
    """Return each role of each engagement, also of those that are over, by engagement and name."""
    now = ports.now()
    rows: list[RemovableRole] = []
    engagements = {engagement.id: engagement for engagement in list_all(ports.state, Engagement)}
    for role in sorted(list_all(ports.state, Role), key=lambda role: (role.engagement, role.name)):
        engagement = engagements[role.engagement]
        is_open = engagement.allows_sessions(now) and role.ended_at is None
        # Roles that were replaced may still exist and trust Daypass.
        rows += (
            RemovableRole(
                engagement=engagement.id,
                client=engagement.client,
                account_id=engagement.account_id,
                arn=arn,
                cut_off_role=_find_cut_off_role(engagement, arn),
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
    grants = list_all(ports.state, Grant, engagement=role.engagement)
    now = ports.now()
    return tuple(
        sorted(
            grant.member for grant in grants if grant.is_current(now) and role.name in grant.roles
        )
    )
