"""What DynamoDB's failures mean: a conflict is no news, a failed condition is, a bug stays one."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from pynamodb.exceptions import PynamoDBException

from chalicelib.adapters.dynamodb.failures import Busy, translate_errors, translated, untagged
from chalicelib.adapters.dynamodb.rows import translate_row_errors
from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason
from tests.adapters.dynamodb.recorded import refused


def canceled(*codes: str | None) -> ClientError:
    """A transaction of so many items, each with what was the matter with it."""
    results = [{"Code": code} if code else {} for code in codes]
    return refused("TransactionCanceledException", CancellationReasons=results)


@pytest.mark.parametrize(
    ("error", "means"),
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
def test_what_a_failure_means(error: Exception, means: type[Exception]) -> None:
    suggestion = translated(error)
    assert type(suggestion) is means
    if isinstance(suggestion, Unavailable):
        assert suggestion.reason is Reason.RECORDS_UNAVAILABLE
    with pytest.raises(means), translate_errors():
        raise error


def test_what_pynamodb_complains_of_by_itself_is_a_failure_too() -> None:
    with pytest.raises(Unavailable), translate_row_errors():
        raise PynamoDBException("no AWS was asked")


@pytest.mark.parametrize("code", ["ValidationException", "SerializationException"])
def test_a_request_that_dynamodb_cannot_read_is_our_own_mistake(code: str) -> None:
    with pytest.raises(ClientError, match=code), translate_errors():
        raise refused(code)


def test_nor_is_a_bug_of_ours_taken_for_a_failure_of_dynamodb() -> None:
    with pytest.raises(KeyError), translate_errors():
        raise KeyError("engagement")


def test_what_is_stored_is_read_without_its_tags_and_nothing_is_guessed() -> None:
    stored = {
        "text": {"S": "a"},
        "number": {"N": "7"},
        "truth": {"BOOL": True},
        "list": {"L": [{"S": "a"}, {"M": {"in": {"S": "b"}}}]},
        "map": {"M": {"in": {"N": "8"}}},
    }
    expected = {"text": "a", "number": 7, "truth": True, "list": ["a", {"in": "b"}]}
    assert untagged(stored) == expected | {"map": {"in": 8}}
    with pytest.raises(TypeError, match="BS"):
        untagged({"bytes": {"BS": [b"a"]}})
