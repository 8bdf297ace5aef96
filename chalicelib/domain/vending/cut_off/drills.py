"""Request that Daypass writes the brake of a role, and looks: a drill, or a repair.

The job that writes cut-offs does it, so that one writer alone writes the brake.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.cut_offs import CutOffProblem, CutOffStatus, RoleCutOffs


def request_drill(
    stored: RoleCutOffs | None, engagement: Engagement, role: Role, now: datetime
) -> RoleCutOffs | None:
    """Return the item with a pending drill, or None if a drill must not or need not be requested.

    A drill writes a version with every cut-off that is not over, and with a new canary. If cut-offs
    are stored for another ARN or method, they come first.
    """
    if stored is None:
        return RoleCutOffs(
            engagement=engagement.id,
            role=role.name,
            role_arn=role.arn,
            method=engagement.cut_off,
            drill_requested_at=now,
        )
    if stored.drill_requested_at is not None or any(
        cut_off.is_pending(now) for cut_off in stored.cut_offs
    ):
        return None
    if (stored.role_arn, stored.method) == (role.arn, engagement.cut_off):
        return next_version(stored, drill_requested_at=now, tried_at=None, try_count=0)
    if any(not each.is_over(now) for each in stored.cut_offs):
        return None
    return next_version(
        stored,
        role_arn=role.arn,
        method=engagement.cut_off,
        canary="",
        canary_seen_at=None,
        versions=(),
        drill_requested_at=now,
        tried_at=None,
        try_count=0,
    )


def request_repair(stored: RoleCutOffs, now: datetime) -> RoleCutOffs:
    """Return the item after AWS did not deny the canary: Daypass writes the brake again.

    Each cut-off that is not over goes back to `requested`, because its policy is not in force.
    """
    cut_offs = tuple(
        each
        if each.is_over(now)
        else replace(
            each,
            status=CutOffStatus.REQUESTED,
            problem=CutOffProblem.NOT_IN_FORCE,
            written_at=None,
            seen_at=None,
        )
        for each in stored.cut_offs
    )
    return next_version(
        stored,
        cut_offs=cut_offs,
        canary="",
        canary_seen_at=None,
        drill_requested_at=now,
        tried_at=None,
        try_count=0,
    )


def has_brake_in_account(stored: RoleCutOffs | None, role: Role) -> bool:
    """Return whether Daypass has written a version of this role's brake, with a canary."""
    return (
        stored is not None
        and stored.method is CutOffMethod.BRAKE
        and stored.role_arn == role.arn
        and bool(stored.canary)
    )


def may_be_rewritten(stored: RoleCutOffs, now: datetime) -> bool:
    """Return whether the job that writes cut-offs may be writing the brake now: for a cut-off, a
    drill, or to release the brake after a cut-off."""
    return stored.drill_requested_at is not None or any(
        cut_off.is_pending(now) or cut_off.is_over(now) for cut_off in stored.cut_offs
    )
