"""What DynamoDB's failures mean to Daypass, and the plain values in its items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason

CONDITION_FAILED = "ConditionalCheckFailedException"
_TRANSACTION_CANCELED = "TransactionCanceledException"
_OUR_MISTAKE = frozenset({"ValidationException", "SerializationException"})
# "TransactWriteItems" (DynamoDB API Reference): why an item can cancel a transaction.
_CHANGED = "ConditionalCheckFailed"
_PASSES = frozenset(
    {
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
    }
)
_CONFLICT = "TransactionConflictException"


class Busy(Exception):
    """Somebody else was writing one of the items at that moment: nothing was written, and nothing
    that was read is known to have changed."""


@contextmanager
def records() -> Iterator[None]:
    """Turn a failure of DynamoDB into FactsChanged, Busy or Unavailable. A bug stays what it is."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise meaning(error) from error


def meaning(error: BaseException) -> BaseException:
    """What a failure is to Daypass. A mistake of ours is raised as it is."""
    if not isinstance(error, ClientError):
        return Unavailable(Reason.RECORDS_UNAVAILABLE)
    code: str = error.response["Error"]["Code"]
    if code == CONDITION_FAILED:
        return FactsChanged()
    if code == _CONFLICT:
        return Busy()
    if code == _TRANSACTION_CANCELED:
        told = error.response.get("CancellationReasons", ())
        reasons = {reason.get("Code", "None") for reason in told} - {"None"}
        if _CHANGED in reasons:
            return FactsChanged()
        return Busy() if reasons & _PASSES else Unavailable(Reason.RECORDS_UNAVAILABLE)
    if code in _OUR_MISTAKE:
        raise error
    return Unavailable(Reason.RECORDS_UNAVAILABLE)


def plain(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """An item's attributes without DynamoDB's type tags."""
    # Most values are text: every vend reads some fifty of them.
    return {name: tagged["S"] if "S" in tagged else _plain(tagged) for name, tagged in item.items()}


def _plain(tagged: Mapping[str, Any]) -> Any:
    ((tag, value),) = tagged.items()
    match tag:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "L":
            return [_plain(element) for element in value]
        case "M":
            return plain(value)
    raise TypeError(f"no item of ours has an attribute of type {tag}")


def tagged(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """An entry's values with DynamoDB's type tags: text, and maps of such."""
    return {
        name: {"S": value} if isinstance(value, str) else {"M": tagged(value)}
        for name, value in values.items()
    }
