"""Which sessions may be alive, by what the trail says of a vend, as a table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.sessions import Session, SessionStatus
from tests.domain.rows import Row
from tests.fakes import NOON

EXPIRES = NOON + timedelta(seconds=902)  # AWS began two seconds after the intent
LATEST = NOON + timedelta(seconds=30 + 900 + 5)  # the function's life, the session's, the clocks'
TICK = timedelta(microseconds=1)
ROLE_ARN = "arn:aws:iam::987654321098:role/ContractorRole"
MARGIN = timedelta(seconds=5)  # by which AWS's clock may be behind ours


def an_entry(outcome: Outcome, **changes: Any) -> Entry:
    facts = {
        "id": f"{outcome}-1",
        "at": NOON,
        "actor": "alice",
        "action": Action.VEND,
        "engagement": "acme-prod",
        "role": "readonly",
        "vend": "v1",
        "details": {"duration": "900", "role_arn": ROLE_ARN, "session_name": "alice.v1"},
    }
    return Entry(outcome=outcome, **(facts | changes))


def an_outcome(outcome: Outcome, **changes: Any) -> Entry:
    """What came of the vend a second later; AWS gave a key with it."""
    details = {"access_key_id": "ASIA1", "expires_at": "2026-11-24T12:15:02Z"}
    later = NOON + timedelta(seconds=1)
    return an_entry(outcome, **({"at": later, "details": details} | changes))


def a_session(standing: SessionStatus, ends_by: Any, access_key_id: str = "") -> Session:
    return Session(
        vend="v1",
        member="alice",
        engagement="acme-prod",
        role="readonly",
        status=standing,
        began_at=NOON,
        ends_by=ends_by,
        role_arn=ROLE_ARN,
        session_name="alice.v1",
        access_key_id=access_key_id,
    )


def seen(says: str, entries: list[Entry], *sessions: Session, now: Any = NOON) -> Row:
    return Row(says, sessions, (entries, now))


INTENT = an_entry(Outcome.INTENDED)
ISSUED = an_outcome(Outcome.ISSUED)
WITHHELD = an_outcome(Outcome.WITHHELD)
LOST = an_outcome(Outcome.WITHHELD, details={"session_name": "alice.v1"})  # AWS never answered
UNKNOWN = a_session(SessionStatus.UNKNOWN, LATEST)
LIVE = a_session(SessionStatus.LIVE, EXPIRES, "ASIA1")
KEPT = a_session(SessionStatus.WITHHELD, EXPIRES, "ASIA1")

ALIVE = [
    seen("an empty trail", []),
    seen("an intent alone may be a session, to its last possible moment", [INTENT], UNKNOWN),
    seen("handed over", [INTENT, ISSUED], LIVE),
    seen("newest first, as the trail is read", [ISSUED, INTENT], LIVE),
    seen("withheld", [INTENT, WITHHELD], KEPT),
    seen("withheld with no answer from AWS", [INTENT, LOST],
         a_session(SessionStatus.WITHHELD, LATEST)),
    seen("AWS issued nothing", [INTENT, an_outcome(Outcome.FAILED)]),
    seen("a refusal", [an_entry(Outcome.REFUSED, vend="")]),
    seen("a probe's intent", [an_entry(Outcome.INTENDED, vend="", action=Action.ROLE_VERIFY)]),
    seen("a change", [an_entry(Outcome.DONE, vend="", action=Action.GRANT_CREATE)]),
    seen("another vend's failure", [INTENT, an_outcome(Outcome.FAILED, vend="v2")], UNKNOWN),
    # Until it has expired by AWS's clock too.
    seen("just before it expires", [INTENT, ISSUED], LIVE, now=EXPIRES - TICK),
    seen("expired by our clock", [INTENT, ISSUED], LIVE, now=EXPIRES),
    seen("just before it has expired by any clock", [INTENT, ISSUED], LIVE,
         now=EXPIRES + MARGIN - TICK),
    seen("expired", [INTENT, ISSUED], now=EXPIRES + MARGIN),
    seen("withheld, and expired by our clock", [INTENT, WITHHELD], KEPT, now=EXPIRES),
    seen("withheld, just before it has expired by any clock", [INTENT, WITHHELD], KEPT,
         now=EXPIRES + MARGIN - TICK),
    seen("withheld, and expired", [INTENT, WITHHELD], now=EXPIRES + MARGIN),
    seen("unknown, after AWS's expiry could be", [INTENT], UNKNOWN, now=EXPIRES + MARGIN),
    seen("unknown, at its last moment by our clock", [INTENT], UNKNOWN, now=LATEST),
    seen("unknown, at its last moment by any clock", [INTENT], UNKNOWN,
         now=LATEST + MARGIN - TICK),
    seen("unknown, after it", [INTENT], now=LATEST + MARGIN),
]  # fmt: skip
