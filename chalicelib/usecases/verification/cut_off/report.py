"""Build the report of a role's last cut-off check."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

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
    limits = [TRIED_ONLY, ONE_REGION if is_brake else CANNOT_TRY_DENY_ALL]
    if proof is None:
        return CutOffReport(
            checked_at=None,
            is_current=False,
            proven=False,
            brake_seen_at=None,
            checks=(),
            limits=tuple(limits),
        )
    is_current = proof.is_current(engagement, role)
    combined = _add_jobs_knowledge(proof, stored)
    return CutOffReport(
        checked_at=proof.checked_at,
        is_current=is_current,
        proven=is_current and combined.is_proven,
        brake_seen_at=combined.brake_seen_at if is_brake else None,
        checks=tuple(_build_lines(combined, is_brake=proof.method is CutOffMethod.BRAKE)),
        limits=tuple(limits),
    )


def _add_jobs_knowledge(proof: CutOffProof, stored: RoleCutOffs | None) -> CutOffProof:
    """Return the proof with what the job that writes cut-offs knows of the brake: it makes the
    drills, and may have looked after the last check."""
    if stored is None or stored.role_arn != proof.role_arn:
        return proof
    results = dict(proof.results)
    problem = stored.problem or proof.problem
    if stored.problem is CutOffProblem.AWS_UNREACHABLE:
        results.pop(CutOffCheck.BRAKE, None)
    elif stored.problem is not None:
        results[CutOffCheck.BRAKE] = Result.FAILED
    elif stored.canary_seen_at is not None:
        results[CutOffCheck.BRAKE], problem = Result.PASSED, None
    seen_at = max(filter(None, (proof.brake_seen_at, stored.canary_seen_at)), default=None)
    return replace(proof, results=results, problem=problem, brake_seen_at=seen_at)


def _build_lines(proof: CutOffProof, *, is_brake: bool) -> Iterator[CutOffLine]:
    """Yield the report's line for each check that applies to the method."""
    for check in CutOffCheck:
        if check is CutOffCheck.BRAKE and not is_brake:
            continue
        result, text = proof.results.get(check), CUT_OFF_CHECKS[check]
        problem = PROBLEM_TEXTS[proof.problem] if proof.problem else None
        if result is Result.PASSED:
            yield CutOffLine(check=check, result=result, message=text.passed)
        elif result is Result.FAILED:
            reason = f" {problem}" if problem and check is CutOffCheck.BRAKE else ""
            yield CutOffLine(
                check=check, result=result, message=f"{text.failed}{reason}", fix=text.fix
            )
        elif check is CutOffCheck.BRAKE:
            yield CutOffLine(check=check, result=None, message=problem or NOT_WRITTEN_YET)
        else:
            yield CutOffLine(check=check, result=None, message=NO_ANSWER)
