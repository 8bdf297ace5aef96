"""Translate DynamoDB's errors into Daypass's. Add and remove DynamoDB's type tags, as in {"S":
"text"}."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason

CONDITION_FAILED = "ConditionalCheckFailedException"
_TRANSACTION_CANCELED = "TransactionCanceledException"
_BUGS = frozenset({"ValidationException", "SerializationException"})
# Codes in the cancellation reasons of a transaction ("TransactWriteItems", DynamoDB API Reference).
_CHANGED = "ConditionalCheckFailed"
_TEMPORARY = frozenset(
    {
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
    }
)
_CONFLICT = "TransactionConflictException"


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
        raise translated_error(error) from error


def translated_error(error: BaseException) -> BaseException:
    """Return FactsChanged, Busy or Unavailable for an error of DynamoDB's client. Raise the error
    itself if only a bug can cause it."""
    if not isinstance(error, ClientError):
        return Unavailable(Reason.RECORDS_UNAVAILABLE)
    code: str = error.response["Error"]["Code"]
    if code == CONDITION_FAILED:
        return FactsChanged()
    if code == _CONFLICT:
        return Busy()
    if code == _TRANSACTION_CANCELED:
        cancellations = error.response.get("CancellationReasons", ())
        reasons = {reason.get("Code", "None") for reason in cancellations} - {"None"}
        if _CHANGED in reasons:
            return FactsChanged()
        return Busy() if reasons & _TEMPORARY else Unavailable(Reason.RECORDS_UNAVAILABLE)
    if code in _BUGS:
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
