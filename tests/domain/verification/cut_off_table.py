"""Probes of a cut-off role, and the results that follow."""

from collections.abc import Mapping

from chalicelib.domain.verification.cut_off_checks import CutOffCheck, judge_cut_off_probes
from chalicelib.domain.verification.proof import ProbeOutcome, Result
from tests.domain.rows import Row

IN, NO, TOO_LONG, REGION_OFF, UNKNOWN = ProbeOutcome
ROLE, NONE, NAME = CutOffCheck.ROLE, CutOffCheck.NO_ID, CutOffCheck.OTHER_NAME
WRONG = CutOffCheck.WRONG_ID
PASSED, FAILED = Result
ALL_PASSED = {ROLE: PASSED, NONE: PASSED, NAME: PASSED}
NO_TO_ALL = [(NONE, NO), (NAME, NO)]


def row(
    right: list[ProbeOutcome],
    negative: list[tuple[CutOffCheck, ProbeOutcome]],
    expected: Mapping[CutOffCheck, Result] | None,
) -> Row:
    answers = ", ".join(f"{check} {outcome}" for check, outcome in negative)
    return Row(f"right {' then '.join(right)}; {answers}", expected, right, negative)


CUT_OFF_RESULTS = [
    row([IN], NO_TO_ALL, ALL_PASSED),
    row([REGION_OFF], NO_TO_ALL, {ROLE: FAILED}),
    row([IN, NO], NO_TO_ALL, {ROLE: FAILED}),
    row([NO, IN], NO_TO_ALL, None),
    row([IN, UNKNOWN], NO_TO_ALL, None),
    row([IN, IN], [(NONE, IN), (NAME, NO)], {**ALL_PASSED, NONE: FAILED}),
    row([IN, IN], [(NONE, NO), (NAME, REGION_OFF)], None),
    row([IN, IN], [(NONE, UNKNOWN), (NAME, IN)], {NAME: FAILED}),
    row([NO], [(NONE, IN), (NAME, NO)], {ROLE: FAILED, NONE: FAILED}),
    # One accepted wrong ID counts, whatever the others.
    row([IN, IN], [(WRONG, NO), (WRONG, IN), (WRONG, NO)], {ROLE: PASSED, WRONG: FAILED}),
]

RULES = [
    (judge_cut_off_probes, CUT_OFF_RESULTS, 8),
]
