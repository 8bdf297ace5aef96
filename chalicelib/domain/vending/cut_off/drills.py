"""Request that Daypass writes the brake of a role, and looks: a drill, or a repair.

The job that writes cut-offs does it, so that one writer alone writes the brake.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.cut_off import plan
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOff,
    CutOffProblem,
    CutOffStatus,
    RoleCutOffs,
)


def request_drill(
    stored: RoleCutOffs | None, engagement: Engagement, role: Role, now: datetime
) -> RoleCutOffs | None:
    """Return the item with a pending drill, or None if a drill must not or need not be requested.

    A drill writes a version with a new canary. It comes after everything else that the job has to
    do with the role's cut-offs, and not while the brake denies sessions.
    """
    if stored is None:
        return RoleCutOffs(
            engagement=engagement.id,
            role=role.name,
            role_arn=role.arn,
            method=engagement.cut_off,
            drill_requested_at=now,
        )
    if stored.denies or may_be_rewritten(stored, now):
        return None
    return next_version(
        stored.for_role(role.arn, engagement.cut_off),
        drill_requested_at=now,
        tried_at=None,
        try_count=0,
    )


def request_repair(stored: RoleCutOffs, now: datetime) -> RoleCutOffs:
    """Return the item after AWS did not deny the canary: Daypass writes the brake again.

    Each cut-off that the brake should make and that is not over goes back to `requested`, because
    its policy is not in force.
    """

    def update(cut_off: CutOff) -> CutOff:
        if cut_off.is_over(now) or cut_off.role_arn is not None:
            return cut_off
        return replace(
            cut_off,
            status=CutOffStatus.REQUESTED,
            problem=CutOffProblem.NOT_IN_FORCE,
            written_at=None,
            seen_at=None,
        )

    return next_version(
        stored,
        cut_offs=tuple(map(update, stored.cut_offs)),
        canary="",
        canary_seen_at=None,
        drill_requested_at=now,
        tried_at=None,
        try_count=0,
        told_problem=None,
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
    """Return whether the job that writes cut-offs may be at work on the role now, or soon: for a
    cut-off, a drill, or to release the brake after a cut-off."""
    return (
        bool(stored.writing)
        or bool(plan.list_ended(stored, now))
        or plan.needs_write(stored, now)
        or plan.needs_look(stored, now)
        or plan.has_stale_denials(stored, now)
        or stored.drill_requested_at is not None
    )
