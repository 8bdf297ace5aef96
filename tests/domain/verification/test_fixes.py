"""The fix of each failed check and each cause. A client gets commands only for its own part."""

from __future__ import annotations

from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.findings import CAUSES, CHECKS, Fix
from chalicelib.domain.verification.proof import Check

FIXED_BY_THE_TRUST_POLICY = {
    Check.RIGHT_ID,
    Check.NO_ID,
    Check.WRONG_ID,
    Check.OTHER_CASE,
    Check.NEAR_MISS,
    Check.RETIRED_ID,
    Check.SOURCE_IDENTITY,
    Check.TAGS,
    Check.AGENT_NAME,
    Check.PREVIOUS_ID,
}
CAUSED_BY_THE_TRUST_POLICY = {
    Cause.OTHER_CASE,
    Cause.NEXT_ID_ONLY,
    Cause.PREVIOUS_ID_ONLY,
    Cause.SOURCE_IDENTITY,
    Cause.TAGS,
    Cause.EXTERNAL_ID,
    Cause.PRINCIPAL,
    Cause.END_DATE,
    Cause.NAMES_PEOPLE,
    Cause.OTHER_CONDITION,
}


def test_each_failed_check_is_fixed_where_it_failed() -> None:
    expected = {
        check: Fix.TRUST_POLICY if check in FIXED_BY_THE_TRUST_POLICY else Fix.NOTHING
        for check in Check
    } | {Check.FULL_HOUR: Fix.MAX_SESSION_DURATION}
    assert {check: text.fix_kind for check, text in CHECKS.items()} == expected


def test_each_cause_has_its_own_fix() -> None:
    """Causes on Daypass's side, and temporary ones, need no new trust policy."""
    assert {cause: cause_text.fix_kind for cause, cause_text in CAUSES.items()} == {
        cause: Fix.TRUST_POLICY if cause in CAUSED_BY_THE_TRUST_POLICY else Fix.NOTHING
        for cause in Cause
    }
