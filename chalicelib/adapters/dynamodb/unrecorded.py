"""Say in the log, with a metric for an alarm, that an entry could not be put on the trail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.adapters.dynamodb.failures import Busy
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.trail import Entry
from chalicelib.telemetry import logger, measured


@contextmanager
def told_if_unrecorded(entry: Entry) -> Iterator[None]:
    """Whatever writes the entry runs in this. What it raises goes on, and nothing is handed over.

    An entry that may be there after all, because DynamoDB did not answer, counts as well. Two leads
    who were in each other's way do not: nothing was written, and they are told so.
    """
    try:
        yield
    except Unavailable as error:
        if isinstance(error.__cause__, Busy):
            raise
        named = {
            "action": entry.action.value,
            "outcome": entry.outcome.value,
            "entry": entry.id,
            "vend": entry.vend,
            "engagement": entry.engagement,
        }
        logger.error("unrecorded", extra=named | measured({"Unrecorded": 1}))
        raise
