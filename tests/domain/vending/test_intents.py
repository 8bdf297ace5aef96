"""The outcome entry of a vend."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.intents import build_outcome_entry
from tests.domain.vending.sessions_table import INTENT
from tests.fakes import NOON


def test_an_outcome_repeats_the_intents_fields_under_its_own_id() -> None:
    later = NOON + timedelta(seconds=2)
    reason, added_details = "grant-not-current", {"closed_by": "lena"}
    outcome = build_outcome_entry(
        INTENT,
        Outcome.WITHHELD,
        at=later,
        reason=reason,
        details=added_details,
    )
    details = {"session_name": INTENT.details["session_name"], **added_details}
    assert outcome == replace(
        INTENT,
        id=f"{INTENT.vend}-outcome",
        at=later,
        outcome=Outcome.WITHHELD,
        reason=reason,
        details=details,
    )
    assert build_outcome_entry(INTENT, Outcome.ISSUED, at=later).details.keys() == {"session_name"}
