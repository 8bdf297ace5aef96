"""Access decisions that the table cannot express."""

from __future__ import annotations

from chalicelib.domain.vending.access import SessionRequest, decide_access
from tests.builders import presented_by, some_facts
from tests.fakes import NOON


def test_an_outsider_gets_the_same_answer_for_known_and_unknown_engagements() -> None:
    request, presented = SessionRequest(role="readonly"), presented_by()
    without_grant = decide_access(some_facts(grant=None), presented, request, NOON)
    no_engagement = some_facts(engagement=None, role=None, grant=None)
    unknown = decide_access(no_engagement, presented, request, NOON)
    assert without_grant == unknown
    assert repr(without_grant) == repr(unknown)
