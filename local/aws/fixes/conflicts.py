"""DynamoDB's transaction conflicts: an item inside a running transaction is not to be had.

"Amazon DynamoDB Transactions: How it works" and the service model's texts of
TransactionCanceledException, TransactionConflictException and TransactionInProgressException say
what is refused and how. ministack does a transaction in one step, so nothing is ever in its way.
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
Item = tuple[str, ...]
"""An item of any account: account, region, table and key."""

_ONGOING = "Transaction is ongoing for the item"
_IN_PROGRESS = "The transaction with the given request token is already in progress."
_SINGLE_WRITES = ("PutItem", "UpdateItem", "DeleteItem")


@dataclass(slots=True)
class _Duration:
    """How long a transaction takes, and the end of that setting."""

    milliseconds: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)


_duration = _Duration()
_busy: set[Item] = set()
_tokens_in_use: set[Item] = set()
_running: set[asyncio.Task[Response]] = set()


def set_duration(milliseconds: int) -> None:
    """Let every transaction from now on take so long, and those that run end at once.

    With 0 none is ever in the way of another.
    """
    _duration.milliseconds = milliseconds
    _duration.changed.set()
    _duration.changed = asyncio.Event()


def apply() -> None:
    """Refuse what a running transaction is in the way of. Plain reads are never hindered."""
    handle_request = dynamodb.handle_request

    async def handle_beside_transactions(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        async def handle() -> Response:
            response: Response = await handle_request(method, path, headers, body, query)
            return response

        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        request = _parsed(body)
        match operation:
            case "TransactWriteItems":
                return _refusal_of_transaction(request) or await _run(request, handle)
            case "TransactGetItems":
                return _cancelled_by_conflict(request) or await handle()
            case _ if operation in _SINGLE_WRITES and _item_of(request) in _busy:
                refusal: Response = error_response_json(
                    "TransactionConflictException", _ONGOING, 400
                )
                return refusal
            case _:
                return await handle()

    dynamodb.handle_request = handle_beside_transactions


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError:
        return {}  # ministack refuses it
    return request if isinstance(request, dict) else {}


async def _run(request: dict[str, Any], handle: Callable[[], Awaitable[Response]]) -> Response:
    """Hold the items for a while, then do it all at once. It goes on if the caller hangs up."""
    if not _duration.milliseconds or _done_before(request):
        return await handle()
    seconds, changed = _duration.milliseconds / 1000, _duration.changed

    async def hold_then_do() -> Response:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), seconds)
        return await handle()

    # Taken here, not in the task: between the look at what is busy and this nothing else runs.
    held = contextlib.ExitStack()
    held.enter_context(_kept(_busy, (item for item in _items_of(request) if item)))
    held.enter_context(_kept(_tokens_in_use, _token_of(request)))
    task = asyncio.create_task(hold_then_do())
    _running.add(task)
    task.add_done_callback(_running.discard)
    task.add_done_callback(lambda _: held.close())
    return await asyncio.shield(task)


@contextlib.contextmanager
def _kept(place: set[Item], items: Iterable[Item]) -> Iterator[None]:
    kept = set(items)
    place |= kept
    try:
        yield
    finally:
        place -= kept


def _refusal_of_transaction(request: dict[str, Any]) -> Response | None:
    if _tokens_in_use.intersection(_token_of(request)):
        refusal: Response = error_response_json("TransactionInProgressException", _IN_PROGRESS, 400)
        return refusal
    return None if _done_before(request) else _cancelled_by_conflict(request)


def _token_of(request: dict[str, Any]) -> list[Item]:
    token = request.get("ClientRequestToken")
    return [(get_account_id(), get_region(), str(token))] if token else []


def _done_before(request: dict[str, Any]) -> bool:
    """Whether the token is of a transaction that is done: it is answered, or refused, as it is."""
    token = request.get("ClientRequestToken")
    return bool(token) and dynamodb._txn_token_lookup(token) is not None


def _cancelled_by_conflict(request: dict[str, Any]) -> Response | None:
    """TransactionCanceledException with the reason of each item, or None if none is busy."""
    members = _members(request)
    conflicts = [_item_of(member) in _busy for member in members]
    if not any(conflicts):
        return None
    reasons = [
        {"Code": "TransactionConflict", "Message": _ONGOING} if conflict else _condition(member)
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


def _condition(member: dict[str, Any]) -> dict[str, Any]:
    """What DynamoDB says of an item that is in nobody's way: whether its own condition holds."""
    condition, table = member.get("ConditionExpression"), dynamodb._tables.get(_table(member))
    if not condition or not table:
        return {"Code": "None"}
    there = dynamodb._get_item_by_key(table, _key(member, table))
    values = member.get("ExpressionAttributeValues", {})
    names = member.get("ExpressionAttributeNames", {})
    if dynamodb._evaluate_condition(condition, there or {}, values, names):
        return {"Code": "None"}
    told = there and member.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return {
        "Code": "ConditionalCheckFailed",
        "Message": "The conditional request failed",
        **({"Item": there} if told else {}),
    }


def _members(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The Put, Update, Delete, ConditionCheck or Get in each of the transaction's items."""
    items = request.get("TransactItems")
    found = [next(iter(item.values()), None) for item in items or [] if isinstance(item, dict)]
    return [member for member in found if isinstance(member, dict)]


def _items_of(request: dict[str, Any]) -> list[Item | None]:
    return [_item_of(member) for member in _members(request)]


def _item_of(member: dict[str, Any]) -> Item | None:
    """None if there is no such table, or no such key: ministack refuses it."""
    name = _table(member)
    table = dynamodb._tables.get(name)
    if not table:
        return None
    key = json.dumps(_key(member, table), sort_keys=True)
    return (get_account_id(), get_region(), name, key)


def _table(member: dict[str, Any]) -> str:
    return str(dynamodb._normalize_table_name(member.get("TableName", "")))


def _key(member: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    given = member.get("Key") or member.get("Item") or {}
    return {name: given.get(name) for name in (table["pk_name"], table["sk_name"]) if name}
