"""What mends each check that failed, and each cause: no client is sent to change what is ours, and
none is left to find out what is theirs."""

from __future__ import annotations

from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.findings import CAUSES, CHECKS, Fix
from chalicelib.domain.verification.proof import Check

MENDED_BY_THE_TRUST_POLICY = {
    Check.RIGHT_ID,
    Check.NO_ID,
    Check.WRONG_ID,
    Check.OTHER_CASE,
    Check.NEAR_MISS,
    Check.RETIRED_ID,
    Check.SOURCE_IDENTITY,
    Check.TAGS,
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


def test_each_check_that_failed_is_mended_by_what_it_looked_at() -> None:
    expected = {
        check: Fix.TRUST_POLICY if check in MENDED_BY_THE_TRUST_POLICY else Fix.NOTHING
        for check in Check
    } | {Check.FULL_HOUR: Fix.MAX_SESSION_DURATION}
    assert {check: words.fix_kind for check, words in CHECKS.items()} == expected


def test_each_cause_is_mended_where_it_lies() -> None:
    """Above all not in the trust policy, where it lies with us or is gone by itself."""
    assert {cause: advice.fix_kind for cause, advice in CAUSES.items()} == {
        cause: Fix.TRUST_POLICY if cause in CAUSED_BY_THE_TRUST_POLICY else Fix.NOTHING
        for cause in Cause
    }
