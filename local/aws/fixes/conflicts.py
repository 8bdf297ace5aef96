"""DynamoDB's transaction conflicts: refuse requests for an item in a running transaction.

The rules are in "Amazon DynamoDB Transactions: How it works" and in the service model's texts of
TransactionCanceledException, TransactionConflictException and TransactionInProgressException.
ministack completes a transaction in one step, so it never has a conflict.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import dynamodb

Response = tuple[int, dict[str, str], bytes]
ItemKey = tuple[str, ...]
"""Account, region, table and key of an item; or account, region and a client request token."""

_ONGOING = "Transaction is ongoing for the item"
_IN_PROGRESS = "The transaction with the given request token is already in progress."
_SINGLE_WRITES = ("PutItem", "UpdateItem", "DeleteItem")


@dataclass(slots=True)
class _Duration:
    """The duration of a transaction."""

    milliseconds: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the duration changes: running transactions then complete at once."""


_duration = _Duration()
_locked: set[ItemKey] = set()
"""The items in running transactions."""
_tokens_in_use: set[ItemKey] = set()
_running: set[asyncio.Task[Response]] = set()


def set_duration(milliseconds: int) -> None:
    """Set the duration of transactions, and complete the running ones at once.

    With 0 there are no conflicts.
    """
    _duration.milliseconds = milliseconds
    _duration.changed.set()
    _duration.changed = asyncio.Event()


def apply() -> None:
    """Refuse writes and transactions for items in a running transaction. Plain reads succeed."""
    handle_request = dynamodb.handle_request

    async def handle_beside_transactions(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        async def handle() -> Response:
            response: Response = await handle_request(method, path, headers, body, query)
            return response

        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        request = _parse_request(body)
        match operation:
            case "TransactWriteItems":
                return _find_transaction_refusal(request) or await _run(request, handle)
            case "TransactGetItems":
                return _find_conflict_refusal(request) or await handle()
            case _ if operation in _SINGLE_WRITES and _build_item_key(request) in _locked:
                refusal: Response = error_response_json(
                    "TransactionConflictException", _ONGOING, 400
                )
                return refusal
            case _:
                return await handle()

    dynamodb.handle_request = handle_beside_transactions


def _parse_request(body: bytes) -> dict[str, Any]:
    """Return the request in the body, or an empty one if the body is no JSON object."""
    try:
        request = json.loads(body)
    except ValueError:
        return {}  # ministack refuses it
    return request if isinstance(request, dict) else {}


async def _run(request: dict[str, Any], handle: Callable[[], Awaitable[Response]]) -> Response:
    """Lock the items for the duration, then run the transaction, even if the caller hangs up."""
    if not _duration.milliseconds or _is_repeated(request):
        return await handle()
    seconds, changed = _duration.milliseconds / 1000, _duration.changed

    async def wait_then_handle() -> Response:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), seconds)
        return await handle()

    # Lock here, not in the task: nothing else can run between the check for conflicts and this.
    locks = contextlib.ExitStack()
    locks.enter_context(_hold_keys(_locked, (key for key in _build_item_keys(request) if key)))
    locks.enter_context(_hold_keys(_tokens_in_use, _build_token_keys(request)))
    task = asyncio.create_task(wait_then_handle())
    _running.add(task)
    task.add_done_callback(_running.discard)
    task.add_done_callback(lambda _: locks.close())
    return await asyncio.shield(task)


@contextlib.contextmanager
def _hold_keys(target: set[ItemKey], keys: Iterable[ItemKey]) -> Iterator[None]:
    """Add the keys to the set until the block ends."""
    added = set(keys)
    target |= added
    try:
        yield
    finally:
        target -= added


def _find_transaction_refusal(request: dict[str, Any]) -> Response | None:
    """Return the refusal of a transaction that may not begin now, or None if it may."""
    if _tokens_in_use.intersection(_build_token_keys(request)):
        refusal: Response = error_response_json("TransactionInProgressException", _IN_PROGRESS, 400)
        return refusal
    return None if _is_repeated(request) else _find_conflict_refusal(request)


def _build_token_keys(request: dict[str, Any]) -> list[ItemKey]:
    """Return the key of the transaction's client request token, if it has one."""
    token = request.get("ClientRequestToken")
    return [(get_account_id(), get_region(), str(token))] if token else []


def _is_repeated(request: dict[str, Any]) -> bool:
    """Return whether a transaction with this token is complete. ministack then handles it."""
    token = request.get("ClientRequestToken")
    return bool(token) and dynamodb._txn_token_lookup(token) is not None


def _find_conflict_refusal(request: dict[str, Any]) -> Response | None:
    """Return TransactionCanceledException with each item's reason, or None without a conflict."""
    members = _list_members(request)
    conflicts = [_build_item_key(member) in _locked for member in members]
    if not any(conflicts):
        return None
    reasons = [
        {"Code": "TransactionConflict", "Message": _ONGOING}
        if conflict
        else _find_condition_reason(member)
        for member, conflict in zip(members, conflicts, strict=True)
    ]
    codes = ", ".join(str(reason["Code"]) for reason in reasons)
    name = "TransactionCanceledException"
    body = {
        "__type": name,
        "message": "Transaction cancelled, please refer cancellation reasons for specific reasons "
        f"[{codes}]",
        "CancellationReasons": reasons,
    }
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": name}
    return 400, headers, json.dumps(body).encode()


def _find_condition_reason(member: dict[str, Any]) -> dict[str, Any]:
    """Return the cancellation reason of an item without a conflict: does its condition hold?"""
    condition, table = (
        member.get("ConditionExpression"),
        dynamodb._tables.get(_find_table_name(member)),
    )
    if not condition or not table:
        return {"Code": "None"}
    item = dynamodb._get_item_by_key(table, _build_key(member, table))
    values = member.get("ExpressionAttributeValues", {})
    names = member.get("ExpressionAttributeNames", {})
    if dynamodb._evaluate_condition(condition, item or {}, values, names):
        return {"Code": "None"}
    returns_item = item and member.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return {
        "Code": "ConditionalCheckFailed",
        "Message": "The conditional request failed",
        **({"Item": item} if returns_item else {}),
    }


def _list_members(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the Put, Update, Delete, ConditionCheck or Get in each of the transaction's items."""
    items = request.get("TransactItems")
    members = [next(iter(item.values()), None) for item in items or [] if isinstance(item, dict)]
    return [member for member in members if isinstance(member, dict)]


def _build_item_keys(request: dict[str, Any]) -> list[ItemKey | None]:
    """Return the keys of the transaction's items. A key is None if its table does not exist."""
    return [_build_item_key(member) for member in _list_members(request)]


def _build_item_key(member: dict[str, Any]) -> ItemKey | None:
    """Return the key of the member's item, or None without its table: ministack refuses that."""
    name = _find_table_name(member)
    table = dynamodb._tables.get(name)
    if not table:
        return None
    key = json.dumps(_build_key(member, table), sort_keys=True)
    return (get_account_id(), get_region(), name, key)


def _find_table_name(member: dict[str, Any]) -> str:
    """Return the name of the table that a part of a transaction names."""
    return str(dynamodb._normalize_table_name(member.get("TableName", "")))


def _build_key(member: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """Return the key attributes of the item, by their names."""
    attributes = member.get("Key") or member.get("Item") or {}
    return {name: attributes.get(name) for name in (table["pk_name"], table["sk_name"]) if name}
