"""An entry that could not be put on the trail is logged at once, with a metric."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.failures import Busy
from chalicelib.adapters.dynamodb.trail import DynamoTrail, log_if_unrecorded
from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.intents import build_outcome_entry
from chalicelib.telemetry import logger
from tests.adapters.dynamodb.recorded import Recorded, as_stored, refused
from tests.adapters.faults import FAULTS, failing
from tests.adapters.scene import Aws, entry
from tests.builders import NOON, a_member

INTENT = entry(
    "a-vend",
    action=Action.VEND,
    outcome=Outcome.INTENDED,
    vend="a-vend",
    engagement="acme-prod",
    details={"session_name": "lena.a-vend"},
)
ISSUED = build_outcome_entry(INTENT, Outcome.ISSUED, at=NOON)
OTHER = build_outcome_entry(INTENT, Outcome.WITHHELD, at=NOON)


@pytest.fixture
def unrecorded_lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Return a function that returns the "unrecorded" log lines so far."""
    lines: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = lines.append  # type: ignore[method-assign]
    logger.addHandler(handler)
    yield lambda: [vars(line) for line in lines if line.getMessage() == "unrecorded"]
    logger._logger.removeHandler(handler)


@pytest.mark.parametrize("step", ["record", "put_outcome"])
@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServerError"])
def test_an_entry_that_dynamodb_refuses_is_logged(
    unrecorded_lines: Any, step: str, code: str
) -> None:
    trail = DynamoTrail(Recorded(refused(code)).tables)
    with pytest.raises(Unavailable):
        trail.record(INTENT) if step == "record" else trail.put_outcome(INTENT, ISSUED)
    (line,) = unrecorded_lines()
    assert (line["action"], line["vend"]) == ("vend", "a-vend")
    assert line["entry"] == (INTENT.id if step == "record" else ISSUED.id)
    assert line["outcome"] == ("intended" if step == "record" else "issued")
    assert (line["engagement"], line["levelname"]) == ("acme-prod", "ERROR")
    assert line["Unrecorded"] == [1.0]


def test_a_change_that_fails_with_its_entry_is_logged(
    unrecorded_lines: Any, aws: Aws, dynamodb: Any, name: str
) -> None:
    unreachable = FAULTS["unreachable"]
    with failing(dynamodb, "TransactWriteItems", unreachable), pytest.raises(Unavailable):
        aws.ports.state.change([a_member(name)], entry(name))
    assert [line.get("entry") for line in unrecorded_lines()] == [name]


def test_an_entry_that_is_recorded_or_meets_another_is_not_logged(unrecorded_lines: Any) -> None:
    there = {"Item": as_stored(OTHER, intent=INTENT)}
    client = Recorded({}, refused("ConditionalCheckFailedException", **there))
    trail = DynamoTrail(client.tables)
    trail.record(INTENT)
    assert trail.put_outcome(INTENT, ISSUED).outcome is Outcome.WITHHELD
    with suppress(FactsChanged), log_if_unrecorded(INTENT):
        raise FactsChanged
    with suppress(Unavailable), log_if_unrecorded(INTENT):
        raise Unavailable(Reason.RECORDS_UNAVAILABLE) from Busy()
    assert unrecorded_lines() == []
