"""List the roles that Daypass froze, for the client's page: only the client can undo that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.trail import CLIENT
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.frozen import FrozenRole, find_frozen_role
from chalicelib.usecases.onboarding.role_view import RoleView


class FrozenRoleView(Value, frozen=True, kw_only=True):
    """One role to which Daypass attached AWSDenyAll, as the client's page shows it."""

    frozen: FrozenRole
    stops_until: datetime | None
    """When the last session that the freeze may have ended expires. None if they have expired."""
    is_checked: bool
    """True if checks look whether a session of the role works again."""
    checked_at: datetime | None
    """The last check that did not see one work. None if there is none since the freeze."""

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
    roles: Sequence[RoleView],
    now: datetime,
) -> tuple[FrozenRoleView, ...]:
    """Return the engagement's frozen roles, also those that Daypass does not use any more: the
    policy may still be attached."""
    frozen = ((find_frozen_role(item), item) for item in stored)
    return tuple(
        _build_view(engagement, role, item, roles, now) for role, item in frozen if role is not None
    )


def _build_view(
    engagement: Engagement,
    frozen: FrozenRole,
    stored: RoleCutOffs,
    roles: Sequence[RoleView],
    now: datetime,
) -> FrozenRoleView:
    ends = [each.needed_until for each in stored.cut_offs if not each.is_over(now)]
    key = stored.role, stored.role_arn
    reports = [each.cut_off for each in roles if (each.name, each.role.arn) == key]
    checked_at = reports[0].checked_at if reports and reports[0] is not None else None
    was_checked = checked_at is not None and checked_at > frozen.frozen_at
    has_checks = engagement.cut_off is not CutOffMethod.NONE and not engagement.is_over(now)
    return FrozenRoleView(
        frozen=frozen,
        stops_until=max(ends, default=None),
        is_checked=has_checks and bool(reports),
        checked_at=checked_at if was_checked and not ends else None,
    )
