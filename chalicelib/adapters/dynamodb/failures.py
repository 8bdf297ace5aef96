"""Translate DynamoDB's errors into Daypass's own errors. Add and remove DynamoDB's type tags, such
as "S" in {"S": "text"}."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import FactsChanged, Reason, Unavailable

CONDITION_FAILED = "ConditionalCheckFailedException"
_TRANSACTION_CANCELED = "TransactionCanceledException"
# Error codes that only a wrong request of Daypass causes.
_BUG_CODES = frozenset({"ValidationException", "SerializationException"})
# Codes in the cancellation reasons of a transaction ("TransactWriteItems", DynamoDB API Reference).
_CONDITION_FAILED_REASON = "ConditionalCheckFailed"
_TEMPORARY_REASONS = frozenset(
    {
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
    }
)
_TRANSACTION_CONFLICT = "TransactionConflictException"


class Busy(Exception):
    """DynamoDB did nothing, because another transaction was changing an item or it throttled the
    call. The call can be retried with the same facts."""


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise FactsChanged, Busy or Unavailable instead of a DynamoDB error. Leave an error that
    only a bug can cause as it is."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise translate_error(error) from error


def translate_error(error: BaseException) -> BaseException:
    """Return the error to raise for an error of DynamoDB's client: FactsChanged, Busy or
    Unavailable. Raise the client's error itself if only a bug can cause it.

    The callers catch only errors of botocore and pynamodb. Those without a response from DynamoDB,
    such as a timeout, become Unavailable."""
    if not isinstance(error, ClientError):
        return Unavailable(Reason.RECORDS_UNAVAILABLE)
    code: str = error.response["Error"]["Code"]
    if code == CONDITION_FAILED:
        return FactsChanged()
    if code == _TRANSACTION_CONFLICT:
        return Busy()
    if code == _TRANSACTION_CANCELED:
        cancellations = error.response.get("CancellationReasons", ())
        # DynamoDB gives one reason for each operation: "None" if that operation was not the cause.
        reasons = {reason.get("Code", "None") for reason in cancellations} - {"None"}
        if _CONDITION_FAILED_REASON in reasons:
            return FactsChanged()
        return Busy() if reasons & _TEMPORARY_REASONS else Unavailable(Reason.RECORDS_UNAVAILABLE)
    if code in _BUG_CODES:
        raise error
    return Unavailable(Reason.RECORDS_UNAVAILABLE)


def remove_type_tags(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return an item's attributes without DynamoDB's type tags."""
    # Text comes first, because every vend reads about fifty texts.
    return {
        name: tagged["S"] if "S" in tagged else _remove_type_tag(tagged)
        for name, tagged in item.items()
    }


def _remove_type_tag(tagged: Mapping[str, Any]) -> Any:
    """Return the attribute's value. Raise TypeError for a type that Daypass does not store."""
    ((tag, value),) = tagged.items()
    match tag:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "L":
            return [_remove_type_tag(element) for element in value]
        case "M":
            return remove_type_tags(value)
    raise TypeError(f"unexpected attribute type {tag}")


def add_type_tags(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return an entry's attributes (text, and maps of text) with DynamoDB's type tags."""
    return {
        name: {"S": value} if isinstance(value, str) else {"M": add_type_tags(value)}
        for name, value in values.items()
    }
