"""Build the report of a role's last cut-off check."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.vending.cut_off.cut_offs import CutOffProblem, RoleCutOffs
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.vending.cut_off.view import PROBLEM_TEXTS
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.cut_off_report import (
    CANNOT_TRY_DENY_ALL,
    CUT_OFF_CHECKS,
    NO_ANSWER,
    NOT_WRITTEN_YET,
    ONE_REGION,
    TRIED_ONLY,
    CutOffLine,
    CutOffReport,
)
from chalicelib.domain.verification.proof import Result
from chalicelib.usecases.ports import Ports


def read_cut_off_report(ports: Ports, engagement: Engagement, role: Role) -> CutOffReport | None:
    """Return the report of the role's last cut-off check, or None if the engagement has no method
    for cut-offs, so that there is nothing to check."""
    if engagement.cut_off is CutOffMethod.NONE or role.ended_at is not None:
        return None
    proof = ports.state.get(CutOffProof, engagement.id, role.name)
    stored = ports.state.get(RoleCutOffs, engagement.id, role.name)
    return build_cut_off_report(engagement, role, proof, stored)


def build_cut_off_report(
    engagement: Engagement, role: Role, proof: CutOffProof | None, stored: RoleCutOffs | None
) -> CutOffReport:
    """Return the report. `proof` is None if the cut-off was never checked. It claims only the
    responses that Daypass got from AWS."""
    is_brake = engagement.cut_off is CutOffMethod.BRAKE
    limits = (TRIED_ONLY, ONE_REGION if is_brake else CANNOT_TRY_DENY_ALL)
    if proof is None:
        return CutOffReport(
            checked_at=None,
            is_current=False,
            proven=False,
            brake_seen_at=None,
            checks=(),
            limits=limits,
        )
    if stored is not None and stored.role_arn != proof.role_arn:
        stored = None
    lines = [_build_line(check, proof) for check in CutOffCheck if check is not CutOffCheck.BRAKE]
    if is_brake:
        lines.append(_build_brake_line(stored))
    is_current = proof.is_current(engagement, role)
    return CutOffReport(
        checked_at=proof.checked_at,
        is_current=is_current,
        proven=is_current and all(line.result is Result.PASSED for line in lines),
        brake_seen_at=stored.brake_seen_at if is_brake and stored is not None else None,
        checks=tuple(lines),
        limits=limits,
    )


def _build_line(check: CutOffCheck, proof: CutOffProof) -> CutOffLine:
    result, text = proof.results.get(check), CUT_OFF_CHECKS[check]
    if result is None:
        return CutOffLine(check=check, result=None, message=NO_ANSWER)
    if result is Result.PASSED:
        return CutOffLine(check=check, result=result, message=text.passed)
    return CutOffLine(check=check, result=result, message=text.failed, fix=text.fix)


_NOT_SEEN = (CutOffProblem.AWS_UNREACHABLE, CutOffProblem.CANARY_REFUSED)
"""With these, Daypass could not look."""


def _build_brake_line(stored: RoleCutOffs | None) -> CutOffLine:
    """Return the line of what the job that writes cut-offs knows of the brake. It makes the drills,
    and looks."""
    check, text = CutOffCheck.BRAKE, CUT_OFF_CHECKS[CutOffCheck.BRAKE]
    problem = stored.problem if stored is not None else None
    if problem is not None:
        message = PROBLEM_TEXTS[problem]
        if problem in _NOT_SEEN:
            return CutOffLine(check=check, result=None, message=message)
        return CutOffLine(
            check=check, result=Result.FAILED, message=f"{text.failed} {message}", fix=text.fix
        )
    if stored is not None and stored.is_brake_seen:
        return CutOffLine(check=check, result=Result.PASSED, message=text.passed)
    return CutOffLine(check=check, result=None, message=NOT_WRITTEN_YET)
