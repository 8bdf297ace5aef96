"""Which vends that are under way a change puts an end to, row by row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.people.recognition import Denied
from chalicelib.domain.vending.access import Facts, Wish, decide
from chalicelib.domain.vending.closing import end_of, is_under
from chalicelib.domain.vending.intents import latest_end
from tests.builders import presented_by, some_facts
from tests.domain.rows import Row
from tests.domain.vending.closing_table import ENDED, UNDER, VEND
from tests.fakes import NOON

WISH = Wish(role="readonly", duration=900)


@pytest.mark.parametrize("row", UNDER, ids=str)
def test_what_a_vend_was_decided_on(row: Row) -> None:
    assert row.told_by(is_under) == row.answer


@pytest.mark.parametrize("row", ENDED, ids=str)
def test_what_puts_an_end_to_a_vend(row: Row) -> None:
    assert row.told_by(end_of) == row.answer


# Every item of the table that is of the vend's own facts, with what it does to the vend.
CHANGED = [
    (name, row.given[1])
    for row in ENDED
    for name in Facts.__struct_fields__
    if row.given[0] == VEND and type(row.given[1]).__name__.lower() == name
]


@given(st.lists(st.sampled_from(CHANGED), max_size=3, unique_by=lambda one: one[0]))
def test_a_vend_that_is_not_allowed_any_more_is_ended_by_one_of_the_changed_items_and_no_other_is(
    changes: list[tuple[str, object]],
) -> None:
    before = some_facts()
    after = replace(before, **dict(changes))
    again = decide(after, presented_by(), WISH, NOON, began=NOON)
    ends = [end_of(VEND, getattr(after, name), NOON) for name, _ in changes]
    if isinstance(again, Denied):
        assert any(ends)
    else:
        moved = again.terms.role_arn != VEND.details["role_arn"]
        too_late = latest_end(VEND) > again.deadline
        assert any(ends) == (moved or too_late)
