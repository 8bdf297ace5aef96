"""The records of emergency access: a member opens a role themself, and a lead reviews it later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from chalicelib.domain.identifiers import EngagementId, MemberId, RequestId
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Item, Value


class EmergencyRecord(Item, frozen=True, kw_only=True):
    """How often a member opened a role of an engagement in an emergency, and when last."""

    STORED_AS: ClassVar[str] = "emergency"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("engagement", "member")

    engagement: EngagementId
    member: MemberId
    count: int
    last_at: Moment


class EmergencyCount(Value, frozen=True):
    """How often any member opened a role of an engagement in an emergency, and when last."""

    count: int
    last_at: datetime | None
    """None if no one did."""


def count_all(records: Iterable[EmergencyRecord]) -> EmergencyCount:
    """Return the sum of the records of an engagement's members."""
    records = tuple(records)
    last_at = max((record.last_at for record in records), default=None)
    return EmergencyCount(sum(record.count for record in records), last_at)


class EmergencyLock(Item, frozen=True, kw_only=True):
    """The last emergency of a member, in any engagement. Until a lead has reviewed it, the member
    can open no other."""

    STORED_AS: ClassVar[str] = "emergency-lock"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("member",)

    member: MemberId
    request: RequestId | None = None
    """The emergency's request. None if a lead has reviewed it."""
