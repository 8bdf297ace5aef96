"""Run the steps of a revocation that has several items, within the time that its function has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import DaypassError, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.several_revocations import BlockedEngagement, BlockStatus
from chalicelib.usecases.ports import Ports

TIME_TO_BEGIN = timedelta(seconds=12)
"""After this time, a call begins no further step. The Lambda function has 25 s, and one step may
take a few seconds."""

T = TypeVar("T")


def run_each(
    ports: Ports, latest_begin: datetime, calls: Sequence[Callable[[], T]]
) -> list[T | DaypassError]:
    """Make several of the calls at a time, and return the result or the error of each, in order.
    Begin no call after `latest_begin`."""

    def run(call: Callable[[], T]) -> T | DaypassError:
        if ports.now() > latest_begin:
            return Unavailable(Reason.REQUEST_UNFINISHED)
        try:
            return call()
        except DaypassError as error:
            return error

    return list(ports.side_by_side(partial(run, call) for call in calls))


def build_part(
    engagement: Engagement,
    result: Revocation | DaypassError,
    *,
    revoked_at: datetime | None = None,
) -> BlockedEngagement:
    """Return the part of the response for this engagement. `revoked_at` is the time of a revocation
    that is stored, but not finished."""
    if isinstance(result, Revocation):
        return BlockedEngagement(
            engagement=engagement.id,
            client=engagement.client,
            status=BlockStatus.BLOCKED,
            revoked_at=result.revoked_at,
            alive=result.alive,
            last_moment=result.last_moment,
        )
    return BlockedEngagement(
        engagement=engagement.id,
        client=engagement.client,
        status=BlockStatus.UNFINISHED if revoked_at else BlockStatus.NOT_BLOCKED,
        revoked_at=revoked_at,
        reason=result.reason,
        detail=result.detail,
    )
