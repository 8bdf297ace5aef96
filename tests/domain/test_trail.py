"""Queries of the trail."""

from datetime import timedelta

import pytest

from chalicelib.domain.trail import Outcome, TrailQuery
from tests.builders import NOON
from tests.rows import every

FIRM, REVOKED = {}, {"revoked_sessions_only": True}
MEMBER, ENGAGEMENT = {"member": "alice"}, {"engagement": "acme-prod"}
VENDS, NO_VENDS, DONE = {"vends_only": True}, {"no_vends": True}, {"outcome": Outcome.DONE}


def ask(facts):
    return TrailQuery(since=NOON - timedelta(days=1), until=NOON, **facts)


@every(
    "facts",
    [
        FIRM,
        DONE,
        VENDS,
        VENDS | MEMBER,
        MEMBER | DONE,
        NO_VENDS | MEMBER | DONE,
        NO_VENDS | ENGAGEMENT,
        REVOKED,
    ],
)
def test_every_answerable_query_is_accepted(facts):
    assert ask(facts).after("c").cursor == "c"


@every(
    "facts",
    [
        VENDS | DONE,  # a page of vends is complete, and may end with an intent
        VENDS | DONE | MEMBER,
        VENDS | NO_VENDS | MEMBER,
        NO_VENDS,  # all entries of a day are together, vends too
        NO_VENDS | DONE,
        REVOKED | VENDS,
        REVOKED | MEMBER,
        REVOKED | ENGAGEMENT,
    ],
)
def test_contradictory_queries_are_refused(facts):
    with pytest.raises(ValueError, match="vends"):
        ask(facts)
