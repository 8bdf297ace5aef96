"""The tables are complete: a rule that loses any clause gives a wrong result for some row."""

from __future__ import annotations

import pytest

from chalicelib.domain.vending.access import decide_access
from tests.domain.rows import Row
from tests.domain.tables import RULES, Rule
from tests.domain.vending.access_links_table import BY_LINK
from tests.domain.vending.access_table import DECIDED
from tests.domain.vending.approved_table import BY_APPROVAL
from tests.mutants.mutations import variants


def detects(table: list[Row], rule: Rule) -> bool:
    """Return whether some row gets a wrong result or an error from this rule."""
    for row in table:
        try:
            if row.result_of(rule) != row.expected:
                return True
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
            return True
    return False


@pytest.mark.parametrize(
    ("rule", "part", "table", "fewest"),
    [pytest.param(*row, id=f"{row[0].__qualname__} {row[1]}".strip()) for row in RULES],
)
def test_without_any_one_clause_the_rule_gives_a_wrong_result(
    rule: Rule, part: str, table: list[Row], fewest: int
) -> None:
    assert not detects(table, rule)
    changed = list(variants(rule, part))
    assert [lost for lost, variant in changed if not detects(table, variant)] == []
    assert len(changed) >= fewest


def test_a_table_that_lacks_a_row_for_a_clause_is_detected() -> None:
    complete = DECIDED + BY_LINK + BY_APPROVAL
    incomplete = [row for row in complete if getattr(row.arguments[0].grant, "member", "") != "bob"]
    undetected = [
        lost for lost, variant in variants(decide_access) if not detects(incomplete, variant)
    ]
    (clause,) = undetected
    assert ": without grant.member != caller.member.id in" in clause
