"""Each rule gives the answers that its table has."""

from __future__ import annotations

import pytest

from tests.domain.rows import Row
from tests.domain.tables import RULES, Rule

# A rule may stand there twice: for itself, and for a function that it calls.
ROWS = {(rule, id(row)): row for rule, _, table, _ in RULES for row in table}


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        pytest.param(rule, row, id=f"{rule.__qualname__} {number}: {row}")
        for number, ((rule, _), row) in enumerate(ROWS.items(), start=1)
    ],
)
def test_a_rule_gives_the_answer_of_each_row(rule: Rule, row: Row) -> None:
    assert row.told_by(rule) == row.answer
