"""Build the report of a role's last check, with the exact fix for each finding."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.onboarding.setup.removal import build_fix_commands
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.verification.cut_off_report import CutOffReport
from chalicelib.domain.verification.diagnosis import Cause, are_causes_certain
from chalicelib.domain.verification.findings import (
    CAUSES,
    CHECKS,
    IMPORTED_EXTERNAL_ID,
    REQUIRED_ATTRIBUTES,
    Fix,
)
from chalicelib.domain.verification.proof import Check, Result, grade_results
from chalicelib.domain.verification.report import CheckLine, LikelyCause, Report
from chalicelib.domain.verification.verification import Verification


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
    for check in Check:
        result, check_text = verification.results.get(check), CHECKS[check]
        if result is Result.PASSED:
            yield CheckLine(check=check, result=result, message=check_text.passed)
        elif result is Result.FAILED:
            # If the report lists causes for the refusal, the commands stand with the causes.
            has_causes = check is Check.RIGHT_ID and bool(verification.causes)
            fix_kind = Fix.NOTHING if has_causes else check_text.fix_kind
            commands = _build_commands(fix_kind, spec)
            yield CheckLine(
                check=check,
                result=result,
                message=check_text.failed,
                fix=check_text.fix,
                commands=commands,
            )


def build_cause_text(cause: Cause, role: Role) -> str:
    """Return the sentence for this cause. For an end date that has passed, name the date."""
    verification, text = role.verification, CAUSES[cause].message
    if cause is not Cause.END_DATE or verification is None:
        return text
    past_ends = [end_date for end_date in role.possible_ends if end_date <= verification.checked_at]
    if not past_ends:
        return text
    return f"{text} Daypass requested a trust policy that ends on {utc_text(min(past_ends))}."
