"""List the roles that Daypass froze, for the client's page: only the client can undo that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.trail import CLIENT
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.frozen import FrozenRole, list_freezes


class FrozenRoleView(Value, frozen=True, kw_only=True):
    """One role to which Daypass attached AWSDenyAll, as the client's page shows it."""

    frozen: FrozenRole
    stops_until: datetime | None
    """When the last session that the freeze may have ended expires. None if they have expired."""
    seen_at: datetime | None
    """When a check's session was last denied after the freeze. None if no check has looked."""

    @property
    def is_by_pause(self) -> bool:
        return self.frozen.requested_by == CLIENT

    @property
    def is_by_lead(self) -> bool:
        by = self.frozen.requested_by
        return bool(by) and not by.startswith("@")


def list_frozen_for_client(
    engagement: Engagement,
    stored: Iterable[RoleCutOffs],
    roles: Sequence[Role],
    now: datetime,
) -> tuple[FrozenRoleView, ...]:
    """Return the engagement's frozen roles, also those that Daypass does not use any more: the
    policy may still be attached. `roles` are at least the roles in use."""
    items = {each.role: each for each in stored}
    freezes = list_freezes(engagement, roles, items.values(), now)
    return tuple(_build_view(frozen, items[frozen.role], now) for frozen in freezes)


def _build_view(frozen: FrozenRole, stored: RoleCutOffs, now: datetime) -> FrozenRoleView:
    ends = [each.needed_until for each in stored.cut_offs if not each.is_over(now)]
    return FrozenRoleView(
        frozen=frozen, stops_until=max(ends, default=None), seen_at=stored.freeze_seen_at
    )
