"""Describe a role that Daypass froze: the client's administrator alone can undo it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs


class FrozenRole(Value, frozen=True, kw_only=True):
    """A role to which Daypass attached AWSDenyAll. Daypass has not seen a session of it work
    since."""

    engagement: str
    role: str
    """The role's name in Daypass."""
    role_name: str
    """The IAM role's name."""
    frozen_at: datetime
    """When IAM accepted the policy."""
    requested_by: str
    """The lead who requested it, or `@client` for a pause. Empty: unknown."""
    text: str
    """The same in sentences, with what it means for sessions."""
    command: str
    """The AWS CLI command with which the client's administrator undoes it."""


def list_frozen_roles(
    roles: Iterable[Role], stored: Iterable[RoleCutOffs]
) -> tuple[FrozenRole, ...]:
    """Return the roles in use of one engagement that Daypass froze, as far as it knows."""
    of_roles = {item.role: item for item in stored}
    frozen = (
        find_frozen_role(of_roles.get(role.name), role.arn)
        for role in roles
        if role.ended_at is None
    )
    return tuple(each for each in frozen if each is not None)


def find_frozen_role(stored: RoleCutOffs | None, role_arn: str = "") -> FrozenRole | None:
    """Return the frozen role, or None if Daypass knows of no freeze. With an ARN, None also if the
    freeze was of another IAM role."""
    if stored is None or stored.frozen_at is None or role_arn not in ("", stored.role_arn):
        return None
    names = stored.names
    return FrozenRole(
        engagement=stored.engagement,
        role=stored.role,
        role_name=names.role_name,
        frozen_at=stored.frozen_at,
        requested_by=stored.frozen_by,
        text=f"Daypass attached AWSDenyAll to the IAM role {names.role_name} on"
        f" {utc_text(stored.frozen_at)}. Sessions of this role, new ones too, can do nothing until"
        " the client detaches it. A check of the cut-off shows that to Daypass, once the sessions"
        " that the freeze ended have expired.",
        # A role's name may begin with a hyphen.
        command=f"aws iam detach-role-policy --role-name={names.role_name}"
        f" --policy-arn={names.deny_all_arn}",
    )
