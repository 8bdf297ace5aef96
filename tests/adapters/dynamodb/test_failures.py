"""The errors that DynamoDB's failures become: conflict, failed condition, unavailable, bug."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from pynamodb.exceptions import PynamoDBException

from chalicelib.adapters.dynamodb.failures import (
    Busy,
    remove_type_tags,
    translate_error,
    translate_errors,
)
from chalicelib.adapters.dynamodb.rows import translate_row_errors
from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason
from tests.adapters.dynamodb.recorded import refused
from tests.rows import every


def canceled(*codes: str | None) -> ClientError:
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
def test_a_failure_becomes_the_matching_error(error: Exception, means: type[Exception]) -> None:
    error_raised = translate_error(error)
    assert type(error_raised) is means
    if isinstance(error_raised, Unavailable):
        assert error_raised.reason is Reason.RECORDS_UNAVAILABLE
    with pytest.raises(means), translate_errors():
        raise error


def test_an_error_of_pynamodb_itself_is_unavailable() -> None:
    with pytest.raises(Unavailable), translate_row_errors():
        raise PynamoDBException("no AWS was asked")


@pytest.mark.parametrize("code", ["ValidationException", "SerializationException"])
def test_an_invalid_request_stays_a_bug(code: str) -> None:
    with pytest.raises(ClientError, match=code), translate_errors():
        raise refused(code)


def test_a_bug_is_not_reported_as_a_failure_of_dynamodb() -> None:
    with pytest.raises(KeyError), translate_errors():
        raise KeyError("engagement")


def test_stored_values_are_read_without_type_tags_and_unknown_types_are_refused() -> None:
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
