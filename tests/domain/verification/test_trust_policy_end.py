"""The ends that a trust policy may have, given the ends that Daypass requested."""

from datetime import timedelta

from chalicelib.domain.moments import CLOCK_MARGIN
from chalicelib.domain.verification.trust_policy_end import (
    MAX_REQUESTED_ENDS,
    add_requested_end,
    find_possible_ends,
)
from tests.fakes import DAY, HOUR, NOON
from tests.rows import every

A, B, C = (NOON + day * DAY for day in (1, 2, 3))
MANY = tuple(NOON + hour * HOUR for hour in range(MAX_REQUESTED_ENDS))


@every(
    "requested, end, ends",
    [
        ((), A, (A,)),
        ((A,), B, (A, B)),
        ((B,), A, (B, A)),
        ((A,), A, (A,)),
        ((A, B), A, (B, A)),
        ((A, A, B), C, (A, B, C)),
        (MANY, C, (*MANY[:-1], C)),
        (MANY[::-1], C, (*MANY[-2::-1], C)),
    ],
)
def test_each_requested_end_is_kept_once_and_the_latest_request_is_last(requested, end, ends):
    assert add_requested_end(requested, end) == ends


@every(
    "accepted_at, possible",
    [
        (A, (B, A, C)),
        (A + CLOCK_MARGIN - timedelta(microseconds=1), (B, A, C)),
        (A + CLOCK_MARGIN, (B, C)),
        (B + CLOCK_MARGIN, (C,)),
        (C + CLOCK_MARGIN, (C,)),
    ],
)
def test_a_policy_that_still_accepts_has_none_of_the_passed_ends(accepted_at, possible):
    assert find_possible_ends((B, A, C), accepted_at) == possible
