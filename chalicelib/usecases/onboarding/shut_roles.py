"""List the roles that Daypass shut, for the client's page: only the client can undo that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.trail import CLIENT
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole, list_shut_roles


class ShutRoleView(Value, frozen=True, kw_only=True):
    """One role to which Daypass attached AWSDenyAll, as the client's page shows it."""

    shut: ShutRole
    stops_until: datetime | None
    """When the last session that it may have ended expires. None if they have expired."""
    seen_at: datetime | None
    """When a check's session was last denied in the shut role. None if no check has looked."""
    is_looked_at: bool
    """True if a check requested a look that has no result yet."""

    @property
    def is_by_pause(self) -> bool:
        return self.shut.requested_by == CLIENT

    @property
    def is_by_lead(self) -> bool:
        by = self.shut.requested_by
        return bool(by) and not by.startswith("@")


def list_shut_for_client(
    engagement: Engagement,
    stored: Iterable[RoleCutOffs],
    roles: Sequence[Role],
    now: datetime,
) -> tuple[ShutRoleView, ...]:
    """Return the engagement's shut roles, also those that Daypass does not use any more: the
    policy may still be attached. `roles` are at least the roles in use."""
    items = {each.role: each for each in stored}
    shut_roles = list_shut_roles(engagement, roles, items.values(), now)
    return tuple(_build_view(shut, items[shut.role], now) for shut in shut_roles)


def _build_view(shut: ShutRole, stored: RoleCutOffs, now: datetime) -> ShutRoleView:
    ends = [each.needed_until for each in stored.cut_offs if not each.is_over(now)]
    return ShutRoleView(
        shut=shut,
        stops_until=max(ends, default=None),
        seen_at=stored.shut_seen_at,
        is_looked_at=stored.look_requested_at is not None,
    )
