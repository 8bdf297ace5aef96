"""The tables are complete: a rule that loses any clause gives a wrong result for some row."""

import pytest

from chalicelib.domain.vending.access import decide_access
from tests.domain.tables import RULES
from tests.domain.vending.approved_table import ACCESS
from tests.mutants.mutations import variants


def detects(table, rule):
    """Return whether some row gets a wrong result or an error from this rule."""
    for row in table:
        try:
            if row.result_of(rule) != row.expected:
                return True
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
            return True
    return False


@pytest.mark.parametrize(
    ("rule", "table", "fewest", "part"),
    [
        pytest.param(rule, table, fewest, "".join(part), id=" ".join([rule.__qualname__, *part]))
        for rule, table, fewest, *part in RULES
    ],
)
def test_without_any_one_clause_the_rule_gives_a_wrong_result(rule, table, fewest, part):
    assert not detects(table, rule)
    changed = list(variants(rule, part))
    assert [lost for lost, variant in changed if not detects(table, variant)] == []
    assert len(changed) >= fewest


def test_a_table_that_lacks_a_row_for_a_clause_is_detected():
    incomplete = [row for row in ACCESS if getattr(row.arguments[0].grant, "member", "") != "bob"]
    undetected = [
        lost for lost, variant in variants(decide_access) if not detects(incomplete, variant)
    ]
    (clause,) = undetected
    assert ": without grant.member != caller.member.id in" in clause
