"""Which vends that are under way a change puts an end to, row by row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.people.authentication import AuthenticationFailure
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.trail import Entry
from chalicelib.domain.vending.access import AccessFacts, SessionRequest, decide
from chalicelib.domain.vending.intents import latest_end
from chalicelib.domain.vending.withholding import withhold_reason
from tests.builders import facts_by_link, presented_by, presented_in_slack, some_facts
from tests.domain.vending.closing_table import BY_LINK, ENDED, LINK, VEND
from tests.fakes import NOON

WISH = SessionRequest(role="readonly", duration=900)


def changed_for(vend: Entry, *others: str) -> list[tuple[str, object]]:
    """Every item of the table that is of the vend's own facts; and those of any vend but these."""
    kinds = {"accesslink": "link"}
    named = [(row, type(row.given[1]).__name__.lower()) for row in ENDED]
    return [
        (kinds.get(name, name), row.given[1])
        for row, name in named
        if row.given[0] == vend or (others and row.given[0] == VEND and name not in others)
    ]


# By a token of her own, and by a link, which was asked for with another token.
VENDS = {
    "by a token": (VEND, some_facts(), presented_by(), changed_for(VEND)),
    "by a link": (
        BY_LINK,
        facts_by_link(),
        presented_in_slack(link=LINK),
        changed_for(BY_LINK, "token"),
    ),
}


@pytest.mark.parametrize("vend", VENDS.values(), ids=VENDS)
@given(st.data())
def test_a_vend_that_is_not_allowed_any_more_is_ended_by_one_of_the_changed_items_and_no_other_is(
    vend: tuple[Entry, AccessFacts, PresentedToken, list[tuple[str, object]]], data: st.DataObject
) -> None:
    intent, before, presented, changed = vend
    changes = data.draw(
        st.lists(st.sampled_from(changed), max_size=3, unique_by=lambda one: one[0])
    )
    after = replace(before, **dict(changes))
    again = decide(after, presented, WISH, NOON, began=NOON)
    ends = [withhold_reason(intent, getattr(after, name), NOON) for name, _ in changes]
    if isinstance(again, AuthenticationFailure):
        assert any(ends)
    else:
        moved = again.terms.role_arn != intent.details["role_arn"]
        too_late = latest_end(intent) > again.deadline
        assert any(ends) == (moved or too_late)


def test_every_fact_of_a_vend_is_among_what_may_have_changed() -> None:
    assert {name for name, _ in VENDS["by a link"][-1]} == set(AccessFacts.__struct_fields__)
