"""The partition keys under which functions put and check items, in every test on fakes.

A test fails if the function's role does not permit one of the keys: see `tests/conftest.py`.
Changes by another actor between two steps of a request (`World.before`) count for no function.
The policies name keys of the tables, so this module gets the keys from the adapter.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from chalicelib.adapters.dynamodb.keys import build_entry_attributes, table_key_of
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Item
from tests import permitted
from tests.fakes import wording

JOBS = {
    "client_decision": "ClientDecision",
    "cut_off": "CutOff",
    "digest": "Digest",
    "first_lead": "FirstLead",
    "notify": "Notify",
    "overview": "Overview",
    "recover_lead": "RecoverLead",
    "slack_work": "SlackWork",
    "sweep": "Sweep",
    "watch": "Watch",
}
"""Functions without a route, by their handler."""
_HANDLERS = "chalicelib.entrypoints."

forbidden: list[str] = []
"""Operations since the test began that the function's role does not permit."""
_running: ContextVar[str | None] = ContextVar("running", default=None)


@contextmanager
def by_function(function: str) -> Iterator[None]:
    """Attribute all writes in the block to this function. An empty name means no function."""
    token = _running.set(function)
    try:
        yield
    finally:
        _running.reset(token)


def put(item: Item) -> None:
    """Record that the running function puts the item."""
    _record("dynamodb:PutItem", permitted.STATE, table_key_of(item)[0])


def put_entry(entry: Entry) -> None:
    """Record that the running function puts the entry, and put the entry into words."""
    wording.check(entry)
    _record("dynamodb:PutItem", permitted.TRAIL, build_entry_attributes(entry)["pk"])


def check(item: Item) -> None:
    """Record that the running function checks the item in a transaction."""
    _record("dynamodb:ConditionCheckItem", permitted.STATE, table_key_of(item)[0])


def _record(action: str, table: str, key: str) -> None:
    running = _running.get()
    function = _job() if running is None else running
    if function and not permitted.may(function, action, table, key):
        forbidden.append(f"{action} by {function} of {key} in {table}")


def _job() -> str:
    frame = sys._getframe()
    while frame is not None:
        job = JOBS.get(frame.f_code.co_name)
        if job and str(frame.f_globals.get("__name__", "")).startswith(_HANDLERS):
            return job
        frame = frame.f_back  # type: ignore[assignment]
    return ""
