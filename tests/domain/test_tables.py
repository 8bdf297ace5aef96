"""Each rule gives the results that its table expects."""

import pytest

from tests.domain.tables import RULES
from tests.rows import every

# A rule may be listed twice: for itself, and for a function that it calls.
ROWS = {(rule, id(row)): row for rule, table, *_ in RULES for row in table}


@every(
    "rule, row",
    [
        pytest.param(rule, row, id=f"{rule.__qualname__} {number}: {row}")
        for number, ((rule, _), row) in enumerate(ROWS.items(), start=1)
    ],
)
def test_a_rule_gives_the_expected_result_of_each_row(rule, row):
    assert row.result_of(rule) == row.expected
