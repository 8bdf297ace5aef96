"""Who may have what, now: every rule of access, row by row."""

from __future__ import annotations

from chalicelib.domain.vending.access import SessionRequest, decide
from tests.builders import presented_by, some_facts
from tests.fakes import NOON


def test_an_outsider_cannot_tell_a_client_of_ours_from_none() -> None:
    request, asking = SessionRequest(role="readonly"), presented_by()
    stranger = decide(some_facts(grant=None), asking, request, NOON)
    nowhere = decide(some_facts(engagement=None, role=None, grant=None), asking, request, NOON)
    assert stranger == nowhere
    assert repr(stranger) == repr(nowhere)
