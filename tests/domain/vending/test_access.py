"""Who may have what, now: every rule of access, row by row."""

from __future__ import annotations

import pytest

from chalicelib.domain.people.recognition import recognise
from chalicelib.domain.vending.access import Wish, decide
from chalicelib.domain.vending.access_links import AccessLink
from tests.builders import presented_by, some_facts
from tests.domain.rows import Row
from tests.domain.vending.access_links_table import AT_FAULT, BY_LINK, PROVES
from tests.domain.vending.access_table import DECIDED, RECOGNISED
from tests.fakes import NOON


@pytest.mark.parametrize("row", RECOGNISED, ids=str)
def test_whose_token_it_is(row: Row) -> None:
    assert row.told_by(recognise) == row.answer


@pytest.mark.parametrize("row", [*DECIDED, *BY_LINK], ids=str)
def test_who_may_have_a_session_and_on_what_terms(row: Row) -> None:
    assert row.told_by(decide) == row.answer


@pytest.mark.parametrize("row", AT_FAULT, ids=str)
def test_why_an_access_link_is_not_good(row: Row) -> None:
    assert row.told_by(AccessLink.fault) == row.answer


@pytest.mark.parametrize("row", PROVES, ids=str)
def test_whom_an_access_link_is_for(row: Row) -> None:
    assert row.told_by(AccessLink.proves) == row.answer


def test_an_outsider_cannot_tell_a_client_of_ours_from_none() -> None:
    wish, asking = Wish(role="readonly"), presented_by()
    stranger = decide(some_facts(grant=None), asking, wish, NOON)
    nowhere = decide(some_facts(engagement=None, role=None, grant=None), asking, wish, NOON)
    assert stranger == nowhere
    assert repr(stranger) == repr(nowhere)
