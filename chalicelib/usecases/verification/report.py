"""Build the report of the last check of a role and its cut-off, with the fix for each finding."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.onboarding.setup.removal import build_fix_commands
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.vending.cut_off.cut_offs import CutOffProblem, RoleCutOffs
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.vending.cut_off.view import PROBLEM_TEXTS
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.diagnosis import Cause, are_causes_certain
from chalicelib.domain.verification.findings import (
    CANNOT_TRY_DENY_ALL,
    CAUSES,
    CHECKS,
    CUT_OFF_CHECKS,
    IMPORTED_EXTERNAL_ID,
    NO_ANSWER,
    NOT_WRITTEN_YET,
    ONE_REGION,
    REQUIRED_ATTRIBUTES,
    TRIED_ONLY,
    CheckText,
    Fix,
)
from chalicelib.domain.verification.proof import Check, Result, grade_results
from chalicelib.domain.verification.report import CheckLine, CutOffReport, LikelyCause, Report
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports


def build_report(
    engagement: Engagement, role: Role, spec: RoleSpec | None, cut_off: CutOffReport | None
) -> Report | None:
    """Return the report of the role's last check, or None if the role was never checked.

    `spec` is the role as Daypass requests it from the client. The fixes' commands bring the
    client's role into this state. Without it, the report has no commands. `cut_off` is the report
    of the cut-off's last check.
    """
    verification = role.verification
    if verification is None:
        return None
    causes = tuple(
        LikelyCause(
            cause=cause,
            message=build_cause_text(cause, role),
            how_to_tell=CAUSES[cause].how_to_tell,
            fix=CAUSES[cause].fix,
            commands=_build_commands(CAUSES[cause].fix_kind, spec),
        )
        for cause in verification.causes
    )
    return Report(
        grade=grade_results(
            verification.results, external_id_imported=engagement.external_id_imported
        ),
        passed=verification.passed,
        checked_at=verification.checked_at,
        is_current=verification.role_arn == role.arn
        and verification.external_id == engagement.external_id,
        lines=tuple(_build_check_lines(verification, spec)),
        remarks=(
            *(REQUIRED_ATTRIBUTES[attribute] for attribute in verification.required_attributes),
            *((IMPORTED_EXTERNAL_ID,) if engagement.external_id_imported else ()),
        ),
        causes=causes,
        is_certain=are_causes_certain(verification.causes),
        cut_off=cut_off,
        trust_policy=role.trust_policy,
    )


def _build_commands(fix: Fix, spec: RoleSpec | None) -> str:
    """Return the AWS CLI commands that make the fix; empty without a specification of the role."""
    return build_fix_commands(fix, spec) if spec is not None else ""


def _build_check_lines(verification: Verification, spec: RoleSpec | None) -> Iterator[CheckLine]:
    """Yield the report's line for each check that passed or failed. Skip checks that were not
    made."""
    for check in filter(verification.results.__contains__, Check):
        result, text = verification.results[check], CHECKS[check]
        # If the report lists causes for the refusal, the commands stand with the causes.
        has_causes = check is Check.RIGHT_ID and bool(verification.causes)
        fix_kind = Fix.NOTHING if has_causes else text.fix_kind
        yield _build_line(check, result, text, commands=_build_commands(fix_kind, spec))


def _build_line(
    check: str, result: Result, text: CheckText, problem: str = "", commands: str = ""
) -> CheckLine:
    if result is Result.PASSED:
        return CheckLine(check=check, result=result, message=text.passed)
    message = f"{text.failed} {problem}".strip()
    return CheckLine(check=check, result=result, message=message, fix=text.fix, commands=commands)


def build_cause_text(cause: Cause, role: Role) -> str:
    """Return the sentence for this cause. For an end date that has passed, name the date."""
    verification, text = role.verification, CAUSES[cause].message
    if cause is not Cause.END_DATE or verification is None:
        return text
    past_ends = [end_date for end_date in role.possible_ends if end_date <= verification.checked_at]
    if not past_ends:
        return text
    return f"{text} Daypass requested a trust policy that expires on {utc_text(min(past_ends))}."


def read_cut_off_report(ports: Ports, engagement: Engagement, role: Role) -> CutOffReport | None:
    """Read the role's items, and return the report of its last cut-off check."""
    proof = ports.state.get(CutOffProof, *role.key)
    stored = ports.state.get(RoleCutOffs, *role.key)
    return build_cut_off_report(engagement, role, proof, stored)


def read_cut_off_reports(
    ports: Ports, engagement: Engagement
) -> tuple[tuple[Role, CutOffReport], ...]:
    """Return the engagement's roles in use with the reports of their last cut-off checks. Return
    none if the engagement has no method for cut-offs. For those, and for ended roles,
    `build_cut_off_report` returns None."""
    roles = list_all(ports.state, Role, engagement=engagement.id)
    keys = [role.key for role in roles]
    proofs = ports.state.get_many(CutOffProof, keys)
    stored = ports.state.get_many(RoleCutOffs, keys)
    reports = (
        (role, build_cut_off_report(engagement, role, proofs.get(role.key), stored.get(role.key)))
        for role in roles
    )
    return tuple((role, report) for role, report in reports if report is not None)


def build_cut_off_report(
    engagement: Engagement, role: Role, proof: CutOffProof | None, stored: RoleCutOffs | None
) -> CutOffReport | None:
    """Return the report, or None if there is nothing to check: the role has ended, or the
    engagement has no method for cut-offs. `proof` is None if the cut-off was never checked. The
    report claims only what responses of AWS showed."""
    if engagement.cut_off is CutOffMethod.NONE or role.ended_at is not None:
        return None
    is_brake = engagement.cut_off is CutOffMethod.BRAKE
    limits = (TRIED_ONLY, ONE_REGION if is_brake else CANNOT_TRY_DENY_ALL)
    if proof is None:
        return CutOffReport(limits=limits)
    # Cut-offs that are stored for another ARN of this role say nothing about the proof.
    if stored is not None and stored.role_arn != proof.role_arn:
        stored = None
    lines = [
        _build_line(check, proof.results[check], CUT_OFF_CHECKS[check])
        if check in proof.results
        else CheckLine(check=check, result=None, message=NO_ANSWER)
        for check in CutOffCheck
        if check is not CutOffCheck.BRAKE  # its result is in `stored`, not in the proof
    ]
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


_INCONCLUSIVE_PROBLEMS = (CutOffProblem.AWS_UNREACHABLE, CutOffProblem.CANARY_REFUSED)
"""With these, Daypass could not look whether the brake works."""


def _build_brake_line(stored: RoleCutOffs | None) -> CheckLine:
    """Return the report's line about the brake, the role's permissions boundary that the job for
    cut-offs writes: passed if the job has seen it work, and failed if the job met a problem with
    it. Without a result, the job has not looked yet, or AWS gave no answer."""
    check, text = CutOffCheck.BRAKE, CUT_OFF_CHECKS[CutOffCheck.BRAKE]
    problem = stored.problem if stored is not None else None
    if stored is not None and stored.is_brake_seen:
        return _build_line(check, Result.PASSED, text)
    if problem is not None and problem not in _INCONCLUSIVE_PROBLEMS:
        return _build_line(check, Result.FAILED, text, PROBLEM_TEXTS[problem])
    message = PROBLEM_TEXTS[problem] if problem is not None else NOT_WRITTEN_YET
    return CheckLine(check=check, result=None, message=message)
