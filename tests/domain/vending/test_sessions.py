"""Which sessions may be alive, read from the trail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.trail import Outcome, Question
from chalicelib.domain.vending.sessions import sessions_alive
from tests.domain.rows import Row
from tests.domain.vending.sessions_table import ALIVE, INTENT, ISSUED, an_entry
from tests.fakes import NOON


@pytest.mark.parametrize("row", ALIVE, ids=str)
def test_what_may_be_alive(row: Row) -> None:
    assert row.told_by(sessions_alive) == row.answer


def test_every_vend_is_a_session_of_its_own_and_the_last_to_end_comes_first() -> None:
    bobs = an_entry(Outcome.INTENDED, vend="v2", actor="bob", role="deploy")
    soon = replace(ISSUED, details={"expires_at": "2026-11-24T12:01:00Z"})
    later = replace(INTENT, vend="v3", at=NOON + timedelta(seconds=10))
    found = sessions_alive([soon, bobs, INTENT, later], NOON)
    assert [(s.vend, s.member, s.role) for s in found] == [
        ("v3", "alice", "readonly"),
        ("v2", "bob", "deploy"),
        ("v1", "alice", "readonly"),
    ]


def test_a_question_goes_on_where_a_page_ended() -> None:
    question = Question(since=NOON, until=NOON, engagement="acme-prod", limit=7)
    assert question.after("there") == replace(question, cursor="there")
