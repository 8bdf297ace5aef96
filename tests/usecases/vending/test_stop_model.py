"""The stop's model holds in every interleaving, and each of its rules is needed."""

from __future__ import annotations

import pytest

from tests.usecases.vending.stop_model import Rules, walk

LATE = "handed over after the answer"
NOT_HELD = "an answered revocation does not hold"
BACK = "brought back"


def test_no_interleaving_breaks_a_promise() -> None:
    states, wrong = walk(Rules())
    assert wrong == set()
    assert states > 10_000


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (Rules(reads_stop=False), {LATE, NOT_HELD}),
        (Rules(looks_twice=False), {LATE}),
        (Rules(first_writer_wins=False), {LATE}),
        (Rules(notes_stop=False), {BACK}),
        (Rules(checks_version=False), {BACK}),
    ],
)
def test_without_one_of_its_rules_the_walk_finds_what_is_wrong(
    rules: Rules, found: set[str]
) -> None:
    _, wrong = walk(rules, until=frozenset(found))
    assert wrong == found
