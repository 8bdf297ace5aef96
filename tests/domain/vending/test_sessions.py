"""Which sessions may be alive, read from the trail."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.trail import Outcome, TrailQuery
from chalicelib.domain.vending.sessions import Revocation, SessionStatus, sessions_alive
from tests.domain.vending.sessions_table import INTENT, ISSUED, an_entry
from tests.fakes import NOON


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
    question = TrailQuery(since=NOON, until=NOON, engagement="acme-prod", limit=7)
    assert question.after("there") == replace(question, cursor="there")


def revoked(number: int) -> Revocation:
    """What is said when so many sessions may be alive, all but one of them withheld."""
    intents = [replace(INTENT, vend=f"v{n}", at=NOON - timedelta(seconds=n)) for n in range(number)]
    withheld = [replace(intent, outcome=Outcome.WITHHELD) for intent in intents[1:]]
    entries = [*intents, *withheld]
    moments = {"revoked_at": NOON, "cut_off_at": NOON + timedelta(seconds=6)}
    return Revocation.of(sessions_alive(entries, NOON), **moments)


def test_the_message_says_that_no_session_is_alive() -> None:
    said = revoked(0)
    assert (said.alive, said.status_counts, said.sessions, said.last_moment) == (0, {}, (), None)
    assert said.message == "Daypass vends no new sessions from now on. No session is alive."


def test_the_message_has_the_number_of_sessions_their_end_and_who_can_end_them() -> None:
    said = revoked(200)
    assert (said.alive, len(said.sessions)) == (200, 200)
    assert said.status_counts == {SessionStatus.UNKNOWN: 1, SessionStatus.WITHHELD: 199}
    assert said.last_moment == max(session.ends_by for session in said.sessions)
    assert said.message == (
        "Daypass vends no new sessions from now on. 200 sessions may still be alive, the last until"
        f" {rfc3339(said.last_moment)}. AWS cannot recall issued sessions; only the client can end"
        " them sooner, by denying what was issued at or before 2026-11-24T12:00:06Z."
    )


def test_a_revocation_lists_two_hundred_and_says_where_the_rest_are() -> None:
    all_of_them, most = revoked(200), revoked(201)
    assert (most.alive, most.sessions) == (201, all_of_them.sessions)
    assert most.message == (
        f"{most.summary} The 200 sessions that end last are listed here;"
        " GET /v1/sessions lists all."
    )
    assert "/v1/" not in most.summary


def test_the_api_has_three_session_statuses() -> None:
    assert [*map(str, SessionStatus)] == ["live", "unknown", "withheld"]
