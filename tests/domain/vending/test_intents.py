"""What a vend puts on the trail before AWS is asked, and afterwards."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.intents import outcome_of
from tests.domain.vending.sessions_table import INTENT
from tests.fakes import NOON


def test_an_outcome_is_of_its_vend_and_an_entry_of_its_own() -> None:
    later = NOON + timedelta(seconds=2)
    why, closed = "grant-not-current", {"closed_by": "lena"}
    found = outcome_of(
        INTENT,
        Outcome.WITHHELD,
        at=later,
        reason=why,
        details=closed,
    )
    details = {"session_name": INTENT.details["session_name"], **closed}
    assert found == replace(
        INTENT,
        id=f"{INTENT.vend}-outcome",
        at=later,
        outcome=Outcome.WITHHELD,
        reason=why,
        details=details,
    )
    assert outcome_of(INTENT, Outcome.ISSUED, at=later).details.keys() == {"session_name"}
