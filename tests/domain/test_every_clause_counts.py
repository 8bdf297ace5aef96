"""The tables are complete: a rule that loses any one clause gives a wrong answer to some row."""

from __future__ import annotations

import pytest

from chalicelib.domain.vending.access import decide
from tests.domain.rows import Row
from tests.domain.tables import RULES, Rule
from tests.domain.vending.access_links_table import BY_LINK
from tests.domain.vending.access_table import DECIDED
from tests.mutants.mutations import variants


def tells_apart(table: list[Row], rule: Rule) -> bool:
    """Whether some row gets a wrong answer; a rule that breaks gives none at all."""
    for row in table:
        try:
            if row.told_by(rule) != row.answer:
                return True
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
            return True
    return False


@pytest.mark.parametrize(
    ("variant", "table"),
    [
        pytest.param(variant, table, id=lost)
        for rule, part, table, _ in RULES
        for lost, variant in variants(rule, part)
    ],
)
def test_a_rule_without_this_clause_gives_a_wrong_answer(variant: Rule, table: list[Row]) -> None:
    assert tells_apart(table, variant)


@pytest.mark.parametrize(
    ("rule", "part", "table", "fewest"),
    [pytest.param(*row, id=f"{row[0].__qualname__} {row[1]}".strip()) for row in RULES],
)
def test_the_whole_rule_gives_none_and_its_clauses_are_found(
    rule: Rule, part: str, table: list[Row], fewest: int
) -> None:
    assert not tells_apart(table, rule)
    assert len(list(variants(rule, part))) >= fewest


def test_a_table_that_forgets_a_clause_is_found_out() -> None:
    whole = DECIDED + BY_LINK
    forgetful = [row for row in whole if getattr(row.given[0].grant, "member", "") != "bob"]
    forgotten = [lost for lost, variant in variants(decide) if not tells_apart(forgetful, variant)]
    (clause,) = forgotten
    assert ": without grant.member != caller.member.id in" in clause
