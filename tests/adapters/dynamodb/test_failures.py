"""The errors that DynamoDB's failures become, and the requests that are made again. An entry that
could not be put on the trail is logged at once, with a metric."""

import logging
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from pynamodb.exceptions import PynamoDBException

from chalicelib.adapters.dynamodb import retries
from chalicelib.adapters.dynamodb.failures import (
    Busy,
    remove_type_tags,
    translate_error,
    translate_errors,
)
from chalicelib.adapters.dynamodb.retries import retry_while_busy
from chalicelib.adapters.dynamodb.rows import translate_row_errors
from chalicelib.adapters.dynamodb.trail import DynamoTrail, log_if_unrecorded
from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.vends import build_outcome_entry
from chalicelib.telemetry import logger
from tests.adapters.dynamodb.recorded import Recorded, as_stored, refused
from tests.adapters.faults import FAULTS, failing
from tests.adapters.scene import entry
from tests.builders import NOON, a_member, an_intent
from tests.rows import every


def canceled(*codes):
    """Return a cancelled transaction with one reason code for each item."""
    results = [{"Code": code} if code else {} for code in codes]
    return refused("TransactionCanceledException", CancellationReasons=results)


@every(
    "error, means",
    [
        (refused("ConditionalCheckFailedException"), FactsChanged),
        (canceled("None", "ConditionalCheckFailed"), FactsChanged),
        (canceled("TransactionConflict", "ConditionalCheckFailed"), FactsChanged),
        (refused("TransactionConflictException"), Busy),
        (canceled("TransactionConflict"), Busy),
        (canceled("None", None, "TransactionConflict"), Busy),
        (canceled("ThrottlingError"), Busy),
        (canceled("ProvisionedThroughputExceeded"), Busy),
        (canceled("RequestLimitExceeded"), Busy),
        (canceled("ItemCollectionSizeLimitExceeded"), Unavailable),
        (canceled("None", None), Unavailable),
        (refused("TransactionCanceledException"), Unavailable),
        (refused("ProvisionedThroughputExceededException"), Unavailable),
        (refused("AccessDeniedException"), Unavailable),
        (EndpointConnectionError(endpoint_url="https://dynamodb"), Unavailable),
    ],
)
def test_a_failure_becomes_the_matching_error(error, means):
    error_raised = translate_error(error)
    assert type(error_raised) is means
    if isinstance(error_raised, Unavailable):
        assert error_raised.reason is Reason.RECORDS_UNAVAILABLE
    with pytest.raises(means), translate_errors():
        raise error


def test_an_error_of_pynamodb_itself_is_unavailable():
    with pytest.raises(Unavailable), translate_row_errors():
        raise PynamoDBException("no AWS was asked")


@every("code", ["ValidationException", "SerializationException"])
def test_an_invalid_request_stays_a_bug(code):
    with pytest.raises(ClientError, match=code), translate_errors():
        raise refused(code)


def test_a_bug_is_not_reported_as_a_failure_of_dynamodb():
    with pytest.raises(KeyError), translate_errors():
        raise KeyError("engagement")


def test_stored_values_are_read_without_type_tags_and_unknown_types_are_refused():
    stored = {
        "text": {"S": "a"},
        "number": {"N": "7"},
        "truth": {"BOOL": True},
        "list": {"L": [{"S": "a"}, {"M": {"in": {"S": "b"}}}]},
        "map": {"M": {"in": {"N": "8"}}},
    }
    expected = {"text": "a", "number": 7, "truth": True, "list": ["a", {"in": "b"}]}
    assert remove_type_tags(stored) == expected | {"map": {"in": 8}}
    with pytest.raises(TypeError, match="BS"):
        remove_type_tags({"bytes": {"BS": [b"a"]}})


@dataclass
class Clock:
    """A clock that only pauses advance, each by `pauses` seconds."""

    pauses: float
    at: float = 1000.0
    pause_calls: list[tuple[int, float]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def monotonic(self):
        return self.at

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.at += seconds

    def pause(self, tries, longest):
        self.pause_calls.append((tries, longest))
        return self.pauses


def clock(monkeypatch, pauses):
    fake_clock = Clock(pauses)
    monkeypatch.setattr(retries, "time", fake_clock)
    monkeypatch.setattr(retries, "random_pause_seconds", fake_clock.pause)
    return fake_clock


def raise_busy():
    raise Busy


@pytest.mark.parametrize("conflicts", [0, 1, 3])
def test_it_waits_longer_each_time_and_returns_the_result(monkeypatch, conflicts):
    time = clock(monkeypatch, 0.125)

    def act():
        return raise_busy() if len(time.slept) < conflicts else "done"

    assert retry_while_busy(act) == "done"
    assert time.pause_calls == [(tries, 0.16) for tries in range(conflicts)]
    assert time.slept == [0.125] * conflicts


@pytest.mark.parametrize(("pauses", "tries"), [(0.125, 4), (0.25, 2), (0.3, 1), (0.6, 0)])
def test_it_gives_up_before_a_pause_that_would_pass_half_a_second(monkeypatch, pauses, tries):
    time = clock(monkeypatch, pauses)
    with pytest.raises(Unavailable) as given_up:
        retry_while_busy(raise_busy)
    assert given_up.value.reason is Reason.RECORDS_UNAVAILABLE
    assert len(time.slept) == tries


def test_a_failed_condition_is_not_retried(monkeypatch):
    time = clock(monkeypatch, 0.125)

    def changed():
        raise FactsChanged

    with pytest.raises(FactsChanged):
        retry_while_busy(changed)
    assert time.slept == []


INTENT = an_intent("lena", "a-vend")
ISSUED = build_outcome_entry(INTENT, Outcome.ISSUED, at=NOON)
OTHER = build_outcome_entry(INTENT, Outcome.WITHHELD, at=NOON)


@pytest.fixture
def unrecorded_lines():
    """Return a function that returns the "unrecorded" log lines so far."""
    lines = []
    handler = logging.Handler()
    handler.emit = lines.append
    logger.addHandler(handler)
    yield lambda: [vars(line) for line in lines if line.getMessage() == "unrecorded"]
    logger._logger.removeHandler(handler)


@pytest.mark.parametrize("step", ["record", "put_outcome"])
@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServerError"])
def test_an_entry_that_dynamodb_refuses_is_logged(unrecorded_lines, step, code):
    trail = DynamoTrail(Recorded(refused(code)).tables)
    with pytest.raises(Unavailable):
        trail.record(INTENT) if step == "record" else trail.put_outcome(INTENT, ISSUED)
    (line,) = unrecorded_lines()
    assert (line["action"], line["vend"]) == ("vend", "a-vend")
    assert line["entry"] == (INTENT.id if step == "record" else ISSUED.id)
    assert line["outcome"] == ("intended" if step == "record" else "issued")
    assert (line["engagement"], line["levelname"]) == ("acme-prod", "ERROR")
    assert line["Unrecorded"] == [1.0]


def test_a_change_that_fails_with_its_entry_is_logged(unrecorded_lines, aws, dynamodb, name):
    unreachable = FAULTS["unreachable"]
    with failing(dynamodb, "TransactWriteItems", unreachable), pytest.raises(Unavailable):
        aws.ports.state.change([a_member(name)], entry(name))
    assert [line.get("entry") for line in unrecorded_lines()] == [name]


def test_an_entry_that_is_recorded_or_meets_another_is_not_logged(unrecorded_lines):
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
