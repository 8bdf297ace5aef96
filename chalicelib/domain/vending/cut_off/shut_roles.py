"""Describe a role that Daypass shut: AWSDenyAll denies everything to its sessions, new ones too,
and the client's administrator alone can detach it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import Moment, utc_text
from chalicelib.domain.policies.brake import CutOffNames
from chalicelib.domain.trail import CLIENT
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs


class ShutRole(Value):
    """A role to which Daypass attached AWSDenyAll. Daypass has not seen a session of it work
    since."""

    engagement: str
    role: str
    """The role's name in Daypass."""
    role_arn: str
    """The IAM role. The role of this name may have another ARN by now."""
    shut_at: Moment
    """When IAM accepted the policy."""
    requested_by: str
    """The lead who requested it, or `@client` for a pause. Empty if unknown."""
    is_used: bool = True
    """False if Daypass is known to give no session of this IAM role any more. Then no check looks
    whether the client has detached the policy."""
    needed_until: datetime | None
    """When the last session that AWSDenyAll is to end expires. None if all have expired."""
    seen_at: datetime | None
    """When a check's session was last denied in the role. None if no check has looked."""
    is_look_requested: bool
    """True if a check requested to look whether the policy is still attached, and there is no
    result yet."""

    @property
    def is_by_pause(self) -> bool:
        return self.requested_by == CLIENT

    @property
    def is_by_lead(self) -> bool:
        return bool(self.requested_by) and not self.requested_by.startswith("@")

    @property
    def role_name(self) -> str:
        """Return the IAM role's name."""
        return CutOffNames(self.role_arn).role_name

    @property
    def text(self) -> str:
        """Return what Daypass did, and what it means for sessions."""
        text = (
            f"Daypass attached AWSDenyAll to the IAM role {self.role_name} on"
            f" {utc_text(self.shut_at)}. Sessions of this role, including new ones, cannot do"
            " anything until the client detaches the policy."
        )
        if not self.is_used:
            return (
                f"{text} Daypass no longer uses this IAM role, so no check can show whether the"
                " client has detached it. After the engagement's end, this notice disappears when a"
                " check confirms that Daypass can no longer assume any of the roles."
            )
        return (
            f"{text} A check of the cut-off shows whether the client has detached it, but only"
            " after the sessions that the cut-off ended have expired."
        )

    @property
    def command(self) -> str:
        """Return the AWS CLI command with which the client's administrator reopens the role."""
        names = CutOffNames(self.role_arn)
        # A role's name may begin with a hyphen.
        return (
            f"aws iam detach-role-policy --role-name={names.role_name}"
            f" --policy-arn={names.deny_all_arn}"
        )


def find_shut_role(stored: RoleCutOffs | None, role_arn: str = "") -> ShutRole | None:
    """Return the role as one that Daypass shut with AWSDenyAll, or None if Daypass did not shut it.
    With an ARN, also return None if the shut role was a different IAM role."""
    if stored is None or stored.shut_at is None or role_arn not in ("", stored.role_arn):
        return None
    return ShutRole(
        engagement=stored.engagement,
        role=stored.role,
        role_arn=stored.role_arn,
        shut_at=stored.shut_at,
        requested_by=stored.shut_by,
        needed_until=max((each.needed_until for each in stored.cut_offs), default=None),
        seen_at=stored.shut_seen_at,
        is_look_requested=stored.look_requested_at is not None,
    )


def show_shut_role(
    shut: ShutRole, engagement: Engagement | None, roles: Sequence[Role] | None, now: datetime
) -> ShutRole | None:
    """Return the shut role as pages show it, or None if they leave it out. This is the rule of
    every page that lists shut roles.

    A shut role is shown until a check sees a session of the role work, which clears the stored
    `shut_at`, or until the check after the engagement's end finds that every role refuses Daypass.
    So it is shown even if the engagement is over, or if the role has ended or has another ARN by
    now: the policy may still be attached.

    `roles` are at least the engagement's roles in use. `engagement` and `roles` are None if the
    page has not read them.
    """
    if engagement is not None and engagement.access_removed_at is not None:
        return None
    is_over = engagement is not None and engagement.is_over(now)
    is_in_use = roles is None or any(
        (role.name, role.arn, role.ended_at) == (shut.role, shut.role_arn, None) for role in roles
    )
    has_expired = shut.needed_until is None or shut.needed_until <= now
    needed_until = None if has_expired else shut.needed_until
    return replace(shut, is_used=is_in_use and not is_over, needed_until=needed_until)


def list_shut_roles(
    engagement: Engagement,
    roles: Sequence[Role] | None,
    stored: Iterable[RoleCutOffs],
    now: datetime,
) -> tuple[ShutRole, ...]:
    """Return the engagement's shut roles as pages show them, by the roles' names."""
    shut = [each for each in map(find_shut_role, stored) if each is not None]
    shown = [show_shut_role(each, engagement, roles, now) for each in shut]
    return tuple(sorted(filter(None, shown), key=lambda each: each.role))
