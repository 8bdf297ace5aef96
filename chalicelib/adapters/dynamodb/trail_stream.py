"""Read the records of the trail's stream, as AWS Lambda hands them over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.failures import remove_type_tags
from chalicelib.domain.evidence.trail_events import NewEntry
from chalicelib.domain.trail import Entry


def read_stream(event: Mapping[str, Any]) -> Sequence[NewEntry]:
    """Return the entries that were written, in the order of the stream. The record of a deletion
    has no entry, so it is left out."""
    changes = (record["dynamodb"] for record in event["Records"])
    return [_parse(change) for change in changes if "NewImage" in change]


def _parse(change: Mapping[str, Any]) -> NewEntry:
    return NewEntry(
        position=change["SequenceNumber"],
        recorded_at=datetime.fromtimestamp(change["ApproximateCreationDateTime"], UTC),
        key=change["Keys"]["sk"]["S"],
        entry=_parse_entry(change["NewImage"]),
    )


def _parse_entry(image: Mapping[str, Any]) -> Entry | None:
    """Return the entry, or None if someone stored an item that is not an entry."""
    try:
        return keys.parse_body(Entry, remove_type_tags(image["body"]["M"]))
    except (KeyError, TypeError, ValueError, AttributeError, msgspec.MsgspecError):
        return None
