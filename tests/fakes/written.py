"""The partition keys under which functions put and check items, in every test on fakes.

A test fails if the function's role does not permit one of them: see `tests/conftest.py`. What
somebody else does between two steps of a request (`World.before`) counts for no function. The
policies name keys of the tables, so this asks the adapter for them; the fakes do not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from chalicelib.adapters.dynamodb.items import entry_attributes
from chalicelib.adapters.dynamodb.keys import key_of
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Item
from tests import permitted

# The functions that no route leads to, by their handlers.
JOBS = {
    "first_lead": "FirstLead",
    "notify": "Notify",
    "recover_lead": "RecoverLead",
    "slack_work": "SlackWork",
    "sweep": "Sweep",
    "watch": "Watch",
}
_HANDLERS = "chalicelib.entrypoints."

forbidden: list[str] = []
"""What functions have done since the test began, and their roles may not."""
_running: ContextVar[str | None] = ContextVar("running", default=None)


@contextmanager
def by(function: str) -> Iterator[None]:
    """What is put until the block ends, this function puts. An empty name: somebody else."""
    token = _running.set(function)
    try:
        yield
    finally:
        _running.reset(token)


def put(item: Item) -> None:
    """Note that the running function puts the item, under its partition key."""
    _note("dynamodb:PutItem", permitted.STATE, key_of(item)[0])


def put_entry(entry: Entry) -> None:
    """Note that the running function puts the entry, under its partition key."""
    _note("dynamodb:PutItem", permitted.TRAIL, entry_attributes(entry)["pk"])


def check(item: Item) -> None:
    """Note that the running function checks the item in a transaction."""
    _note("dynamodb:ConditionCheckItem", permitted.STATE, key_of(item)[0])


def _note(action: str, table: str, key: str) -> None:
    running = _running.get()
    function = _job() if running is None else running
    if function and not permitted.may(function, action, table, key):
        forbidden.append(f"{action} by {function} of {key} in {table}")


def _job() -> str:
    frame = sys._getframe()
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith(_HANDLERS) and frame.f_code.co_name in JOBS:
            return JOBS[frame.f_code.co_name]
        frame = frame.f_back  # type: ignore[assignment]
    return ""
