"""Sixteen processes vend on one engagement while leads take away and give back, and nobody is
refused without cause, nothing gets out after an answer, and no revocation is refused.

The processes are real ones, each with its own connections, on a local AWS whose transactions
conflict as DynamoDB's do. Each tells what it was given and when, and what it told is compared with
the trail and with the revocations' own answers (`tests/soak/ledger.py`).

It can fail: the same race finds what is wrong where one protection is taken away in the code.
`make soak` runs it for longer.
"""

from __future__ import annotations

import pytest

from tests.soak.race import ALL_DEEDS, MANY_REVOCATIONS, race

TRIES = 6


def test_every_vend_that_is_allowed_is_handed_over_and_none_after_a_revocation() -> None:
    told, wrong = race(ALL_DEEDS, seconds=12)
    assert wrong == []
    assert told.allowed_throughout > 50
    assert told.acknowledged > 8
    assert told.refusals


@pytest.mark.parametrize(
    ("defect", "found"),
    [
        ("no second look", "handed over after the answer"),
        ("written over", "handed over after the answer"),
        ("no insistence", "revocation refused"),
        ("settled in a transaction", "refused though allowed"),
    ],
)
def test_where_a_protection_is_taken_away_it_finds_what_is_wrong(defect: str, found: str) -> None:
    """Which of two comes first is a matter of luck: so there are some tries, of which the first
    is enough as a rule."""
    for _ in range(TRIES):
        _, wrong = race(MANY_REVOCATIONS, seconds=4, defect=defect)
        if any(one.startswith(found) for one in wrong):
            return
    raise AssertionError(f"nothing of this kind in {TRIES} races")
