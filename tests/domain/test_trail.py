"""Queries of the trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.trail import Outcome, TrailQuery
from tests.builders import NOON

FIRM: dict[str, Any] = {}
MEMBER, ENGAGEMENT = {"member": "alice"}, {"engagement": "acme-prod"}
VENDS, NO_VENDS, DONE = {"vends_only": True}, {"no_vends": True}, {"outcome": Outcome.DONE}


def ask(facts: dict[str, Any]) -> TrailQuery:
    return TrailQuery(since=NOON - timedelta(days=1), until=NOON, **facts)


@pytest.mark.parametrize(
    "facts",
    [
        FIRM,
        DONE,
        VENDS,
        VENDS | MEMBER,
        MEMBER | DONE,
        NO_VENDS | MEMBER | DONE,
        NO_VENDS | ENGAGEMENT,
    ],
    ids=" ".join,
)
def test_every_answerable_query_is_accepted(facts: dict[str, Any]) -> None:
    assert ask(facts).after("c").cursor == "c"


@pytest.mark.parametrize(
    "facts",
    [
        VENDS | DONE,  # a page of vends is complete, and may end with an intent
        VENDS | DONE | MEMBER,
        VENDS | NO_VENDS | MEMBER,
        NO_VENDS,  # all entries of a day are together, vends too
        NO_VENDS | DONE,
    ],
    ids=" ".join,
)
def test_contradictory_queries_are_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="vends"):
        ask(facts)
