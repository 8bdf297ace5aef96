"""Entries on the trail, and the sessions that may be active."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.sessions import (
    Session,
    SessionStatus,
    find_alive_sessions,
    find_issued_status,
)
from chalicelib.domain.vending.vends import Vend, group_by_vend
from tests.domain.rows import Row
from tests.fakes import NOON

EXPIRES = NOON + timedelta(seconds=902)  # AWS began two seconds after the intent
LATEST = NOON + timedelta(seconds=30 + 900 + 5)  # function timeout, session duration, clocks
TICK = timedelta(microseconds=1)
ROLE_ARN = "arn:aws:iam::987654321098:role/ContractorRole"
CLOCK_DIFFERENCE = timedelta(seconds=5)  # AWS's clock may be this much behind


def an_entry(outcome: Outcome, **changes: Any) -> Entry:
    fields = {
        "id": f"{outcome}-1",
        "at": NOON,
        "actor": "alice",
        "action": Action.VEND,
        "engagement": "acme-prod",
        "role": "readonly",
        "vend": "v1",
        "details": {"duration": "900", "role_arn": ROLE_ARN, "session_name": "alice.v1"},
    }
    return Entry(outcome=outcome, **(fields | changes))


def an_outcome(outcome: Outcome, **changes: Any) -> Entry:
    """Return the vend's outcome, a second later, with the access key that AWS issued."""
    details = {"access_key_id": "ASIA1", "expires_at": "2026-11-24T12:15:02Z"}
    at = NOON + timedelta(seconds=1)
    return an_entry(outcome, **({"at": at, "details": details} | changes))


def a_session(status: SessionStatus, ends_by: Any, access_key_id: str = "") -> Session:
    return Session(
        vend="v1",
        member="alice",
        token="",
        engagement="acme-prod",
        role="readonly",
        status=status,
        began_at=NOON,
        ends_by=ends_by,
        role_arn=ROLE_ARN,
        session_name="alice.v1",
        access_key_id=access_key_id,
    )


def read(name: str, entries: list[Entry], *sessions: Session, now: Any = NOON) -> Row:
    return Row(name, sessions, entries, now)


INTENT = an_entry(Outcome.INTENDED)
ISSUED = an_outcome(Outcome.ISSUED)
WITHHELD = an_outcome(Outcome.WITHHELD)
# AWS had not answered: the outcome has no access key.
WITHHELD_UNANSWERED = an_outcome(Outcome.WITHHELD, details={"session_name": "alice.v1"})
GIVEN_BACK = an_entry(Outcome.DONE, action=Action.SESSION_END)
REVOKED = an_entry(Outcome.DONE, action=Action.SESSION_REVOKE, actor="lena", subject="alice")
UNKNOWN_SESSION = a_session(SessionStatus.UNKNOWN, LATEST)
LIVE_SESSION = a_session(SessionStatus.LIVE, EXPIRES, "ASIA1")
WITHHELD_SESSION = a_session(SessionStatus.WITHHELD, EXPIRES, "ASIA1")

OTHER_INTENT = an_entry(Outcome.INTENDED, vend="v2")
VENDS = [
    Row("no entries", [], []),
    Row("an intent", [Vend(intent=INTENT)], [INTENT]),
    Row("a probe's intent", [], [an_entry(Outcome.INTENDED, vend="")]),
    Row("all entries of a vend",
        [Vend(intent=INTENT, outcome=ISSUED, given_back=GIVEN_BACK, revoked=REVOKED)],
        [REVOKED, ISSUED, GIVEN_BACK, INTENT]),
    Row("two vends, in the order of their intents",
        [Vend(intent=INTENT, given_back=GIVEN_BACK), Vend(intent=OTHER_INTENT)],
        [INTENT, OTHER_INTENT, GIVEN_BACK]),
]  # fmt: skip

ISSUED_STATUSES = [
    Row("live", "live", Vend(intent=INTENT, outcome=ISSUED)),
    Row("given back", "given-back", Vend(intent=INTENT, given_back=GIVEN_BACK)),
    Row("revoked", "revoked", Vend(intent=INTENT, revoked=REVOKED)),
]  # fmt: skip

ALIVE = [
    read("an empty trail", []),
    read("an intent alone may be a session until its last possible moment", [INTENT],
         UNKNOWN_SESSION),
    read("issued", [INTENT, ISSUED], LIVE_SESSION),
    read("entries newest first", [ISSUED, INTENT], LIVE_SESSION),
    read("withheld", [INTENT, WITHHELD], WITHHELD_SESSION),
    read("withheld with no answer from AWS", [INTENT, WITHHELD_UNANSWERED],
         a_session(SessionStatus.WITHHELD, LATEST)),
    read("given back", [INTENT, GIVEN_BACK, ISSUED],
         a_session(SessionStatus.GIVEN_BACK, EXPIRES, "ASIA1")),
    read("revoked", [INTENT, ISSUED, REVOKED], a_session(SessionStatus.REVOKED, EXPIRES, "ASIA1")),
    read("given back does not hide that it was revoked", [INTENT, GIVEN_BACK, ISSUED, REVOKED],
         a_session(SessionStatus.REVOKED, EXPIRES, "ASIA1")),
    read("AWS issued nothing", [INTENT, an_outcome(Outcome.FAILED)]),
    read("a probe's intent", [an_entry(Outcome.INTENDED, vend="", action=Action.ROLE_VERIFY)]),
    # A session counts until it has expired by AWS's clock, too.
    read("withheld, and expired by Daypass's clock", [INTENT, WITHHELD], WITHHELD_SESSION,
         now=EXPIRES),
    read("withheld, and expired", [INTENT, WITHHELD], now=EXPIRES + CLOCK_DIFFERENCE),
    read("unknown, at its last moment by Daypass's clock", [INTENT], UNKNOWN_SESSION, now=LATEST),
    read("unknown, after its last moment by every clock", [INTENT], now=LATEST + CLOCK_DIFFERENCE),
]  # fmt: skip

RULES = [
    (find_alive_sessions, ALIVE, 5),
    (find_alive_sessions, ALIVE, 10, "_build_session"),
    (find_issued_status, ISSUED_STATUSES, 3),
    (group_by_vend, VENDS, 4),
]
