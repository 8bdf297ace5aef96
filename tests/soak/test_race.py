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

from tests.soak.ledger import Ledger, until_found
from tests.soak.race import ALL_DEEDS, MANY_REVOCATIONS, NOTHING_TAKEN_AWAY, Plan, race

LONGEST = 150  # seconds; it ends as soon as it has shown what it is for


def seen_a_lot(told: Ledger, _wrong: list[str]) -> bool:
    return told.allowed_throughout > 40 and told.acknowledged > 8 and len(told.refusals) > 0


def test_every_vend_that_is_allowed_is_handed_over_and_none_after_a_revocation() -> None:
    response, wrong = race(ALL_DEEDS, seconds=LONGEST, enough=seen_a_lot)
    assert wrong == []
    assert seen_a_lot(response, wrong)


@pytest.mark.parametrize(
    ("defect", "plan", "found"),
    [
        ("no second look", MANY_REVOCATIONS, "handed over after the answer"),
        ("written over", MANY_REVOCATIONS, "handed over after the answer"),
        ("stopped in a transaction", MANY_REVOCATIONS, "revocation refused"),
        ("settled in a transaction", NOTHING_TAKEN_AWAY, "refused though allowed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_where_a_protection_is_taken_away_it_finds_what_is_wrong(
    defect: str, plan: Plan, found: str
) -> None:
    """Which of two comes first is a matter of luck: so there is some time for it."""
    enough = until_found(found)
    response, wrong = race(plan, seconds=LONGEST, enough=enough, defect=defect)
    assert enough(response, wrong)
