"""Look whether a role's brake is in force, with a canary: a session of the client's role that only
Daypass uses. Looking changes nothing in the client's account."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOffFailed,
    CutOffProblem,
    Denial,
    RoleCutOffs,
)
from chalicelib.domain.vending.cut_off.drills import has_brake_in_account, may_be_rewritten
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.verification.proof import Result
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.cut_offs.look import EXPLICIT, RoleCanaries

TIME_TO_APPLY = timedelta(minutes=5)
"""How long after a write Daypass does not count an undenied canary as a failure. IAM applies a
change later in some regions."""


class BrakeLook(Value, frozen=True, kw_only=True):
    """The result of one look at the brake with the canary of its current version."""

    result: Result | None = None
    """None if Daypass did not look, or AWS gave no clear answer."""
    problem: CutOffProblem | None = None
    canary: str = ""
    """The ID of the canary."""
    was_seen_before: bool = False
    """True if AWS denied the same canary before."""


def look_at_brake(
    ports: Ports,
    engagement: Engagement,
    role: Role,
    stored: RoleCutOffs | None,
    before: CutOffProof | None,
) -> BrakeLook:
    """Look at the brake with the canary of its current version, if Daypass has written one.

    Do not look while the job that writes cut-offs may be writing: it may have replaced the version
    that denies this canary. The job looks itself.
    """
    if stored is None or not has_brake_in_account(stored, role):
        return BrakeLook()
    if may_be_rewritten(stored, ports.now()):
        return BrakeLook()
    was_seen_before = stored.canary_seen_at is not None or (
        before is not None and before.seen_canary == stored.canary
    )
    look = BrakeLook(canary=stored.canary, was_seen_before=was_seen_before)
    canaries = RoleCanaries(ports, engagement, role)
    try:
        denial = canaries.look(stored.canary, role.arn)
        if denial is Denial.BOUNDARY:
            is_alone = canaries.is_other_answer(denial, role.arn)
            return replace(look, result=Result.PASSED) if is_alone else look
    except CutOffFailed as error:
        return replace(look, problem=error.problem)
    if denial in (Denial.UNKNOWN, Denial.ROLE_POLICY):
        return look  # AWS names one policy, and another one may deny the canary as well
    written_at = stored.tried_at
    is_recent = written_at is not None and ports.now() < written_at + TIME_TO_APPLY
    if not was_seen_before and is_recent:
        return look
    return replace(look, result=Result.FAILED, problem=CutOffProblem.NOT_IN_FORCE)


def may_look_at_shut_role(ports: Ports, role: Role, stored: RoleCutOffs | None) -> bool:
    """Return whether Daypass shut the role and can see whether the client has undone that. It
    cannot while a cut-off of the role is not over."""
    if stored is None or stored.shut_at is None or stored.role_arn != role.arn:
        return False
    return not stored.cut_offs and not may_be_rewritten(stored, ports.now())


def look_at_shut_role(
    ports: Ports, engagement: Engagement, role: Role, stored: RoleCutOffs
) -> RoleCutOffs:
    """Look with a canary whether the client has detached AWSDenyAll from a role that Daypass shut.
    Return the item with the result, or as it is if AWS gave no clear answer."""
    denial = RoleCanaries(ports, engagement, role).look_anew(stored)
    if denial is Denial.UNKNOWN:
        return stored
    if denial in EXPLICIT:
        return replace(stored, shut_seen_at=ports.now())
    return stored.without_deny_all()
