"""The last check of a role in words, with the exact fix for each finding."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.onboarding.setup.removal import commands
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.verification.diagnosis import Cause, is_certain
from chalicelib.domain.verification.findings import (
    CAUSES,
    CHECKS,
    CHOSEN_ELSEWHERE,
    REQUIRED_ATTRIBUTES,
    Fix,
)
from chalicelib.domain.verification.proof import Check, Result, grade
from chalicelib.domain.verification.report import CheckLine, LikelyCause, Report
from chalicelib.domain.verification.verification import Verification


def report(place: Engagement, role: Role, setup: RoleSpec) -> Report | None:
    """The report on the role, or None if it has never been checked."""
    proof = role.verification
    if proof is None:
        return None
    causes = tuple(
        LikelyCause(
            cause=cause,
            message=cause_text(cause, role),
            how_to_tell=CAUSES[cause].how_to_tell,
            fix=CAUSES[cause].fix,
            commands=commands(CAUSES[cause].mend, setup),
        )
        for cause in proof.causes
    )
    return Report(
        grade=grade(proof.results, external_id_imported=place.external_id_imported),
        passed=proof.passed,
        checked_at=proof.checked_at,
        is_current=proof.role_arn == role.arn and proof.external_id == place.external_id,
        lines=tuple(_lines(proof, setup)),
        remarks=(
            *(REQUIRED_ATTRIBUTES[part] for part in proof.required_attributes),
            *((CHOSEN_ELSEWHERE,) if place.external_id_imported else ()),
        ),
        causes=causes,
        is_certain=is_certain(proof.causes),
        trust_policy=role.trust_policy,
    )


def _lines(proof: Verification, setup: RoleSpec) -> Iterator[CheckLine]:
    for check in Check:
        result, words = proof.results.get(check), CHECKS[check]
        if result is Result.PASSED:
            yield CheckLine(check=check, result=result, message=words.passed)
        elif result is Result.FAILED:
            # Where AWS refuses us, the fix is that of the cause.
            mend = Fix.NOTHING if proof.causes and check is Check.RIGHT_ID else words.mend
            given = commands(mend, setup)
            yield CheckLine(
                check=check, result=result, message=words.failed, fix=words.fix, commands=given
            )


def cause_text(cause: Cause, role: Role) -> str:
    """Return what the cause is; for an end that has passed, which one Daypass asked for."""
    proof, text = role.verification, CAUSES[cause].message
    if cause is not Cause.END_DATE or proof is None:
        return text
    passed = [end for end in role.possible_ends if end <= proof.checked_at]
    if not passed:
        return text
    return f"{text} Daypass asked for one that ends on {utc_text(min(passed))}."
