"""Write the report of a role's last check, with the exact fix for each finding."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.onboarding.setup.removal import fix_commands
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.verification.diagnosis import Cause, is_certain
from chalicelib.domain.verification.findings import (
    CAUSES,
    CHECKS,
    IMPORTED_EXTERNAL_ID,
    REQUIRED_ATTRIBUTES,
    Fix,
)
from chalicelib.domain.verification.proof import Check, Result, grade
from chalicelib.domain.verification.report import CheckLine, LikelyCause, Report
from chalicelib.domain.verification.verification import Verification


def report(engagement: Engagement, role: Role, spec: RoleSpec) -> Report | None:
    """Return the role's report, or None if it was never checked."""
    proof = role.verification
    if proof is None:
        return None
    causes = tuple(
        LikelyCause(
            cause=cause,
            message=cause_text(cause, role),
            how_to_tell=CAUSES[cause].how_to_tell,
            fix=CAUSES[cause].fix,
            commands=fix_commands(CAUSES[cause].fix_kind, spec),
        )
        for cause in proof.causes
    )
    return Report(
        grade=grade(proof.results, external_id_imported=engagement.external_id_imported),
        passed=proof.passed,
        checked_at=proof.checked_at,
        is_current=proof.role_arn == role.arn and proof.external_id == engagement.external_id,
        lines=tuple(_lines(proof, spec)),
        remarks=(
            *(REQUIRED_ATTRIBUTES[attribute] for attribute in proof.required_attributes),
            *((IMPORTED_EXTERNAL_ID,) if engagement.external_id_imported else ()),
        ),
        causes=causes,
        is_certain=is_certain(proof.causes),
        trust_policy=role.trust_policy,
    )


def _lines(proof: Verification, spec: RoleSpec) -> Iterator[CheckLine]:
    for check in Check:
        result, text = proof.results.get(check), CHECKS[check]
        if result is Result.PASSED:
            yield CheckLine(check=check, result=result, message=text.passed)
        elif result is Result.FAILED:
            # If AWS refuses Daypass, the causes have the commands.
            fix_kind = Fix.NOTHING if proof.causes and check is Check.RIGHT_ID else text.fix_kind
            commands = fix_commands(fix_kind, spec)
            yield CheckLine(
                check=check, result=result, message=text.failed, fix=text.fix, commands=commands
            )


def cause_text(cause: Cause, role: Role) -> str:
    """Return the cause's sentence. For an end date that has passed, add the requested end."""
    proof, text = role.verification, CAUSES[cause].message
    if cause is not Cause.END_DATE or proof is None:
        return text
    passed = [end for end in role.possible_ends if end <= proof.checked_at]
    if not passed:
        return text
    return f"{text} Daypass requested one that ends on {utc_text(min(passed))}."
