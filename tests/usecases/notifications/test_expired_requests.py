"""Notify counts each request that expires, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.usecases.notifications.expired_requests import count_expired_requests
from tests.builders import a_request, a_request_id
from tests.fakes import NOON
from tests.usecases.notifications.notifying import NotifyScene

SECOND = timedelta(seconds=1)


def expiring(number: int, seconds: int, **changes: RequestStatus) -> AccessRequest:
    """Return a request that expires this many seconds after noon."""
    expires_at = NOON + seconds * SECOND
    return a_request(id=a_request_id(number=number), expires_at=expires_at, **changes)


def test_each_request_that_no_one_decided_is_counted_once() -> None:
    notifying = NotifyScene()
    expiries = [0, 1, 59, 60, 61, 150, 3600]
    notifying.world.add(*(expiring(number, at) for number, at in enumerate(expiries)))
    notifying.world.later(seconds=1)
    counts = [notifying.a_minute_later().expired for _ in range(5)]
    assert counts == [3, 2, 1, 0, 0]


@pytest.mark.parametrize("status", [s for s in RequestStatus if s is not RequestStatus.PENDING])
def test_a_request_that_was_decided_is_not_counted(status: RequestStatus) -> None:
    notifying = NotifyScene()
    notifying.world.add(expiring(1, 30, status=status))
    assert notifying.a_minute_later().expired == 0


def test_a_request_whose_decision_the_list_does_not_show_yet_is_not_counted() -> None:
    notifying = NotifyScene()
    notifying.world.add(expiring(1, 30))
    state = notifying.scene.ports.state
    listed = state.list(AccessRequest, limit=10)
    notifying.world.add(expiring(1, 30, status=RequestStatus.APPROVED))
    state.list = lambda *_, **__: listed  # type: ignore[method-assign]
    notifying.world.later(minutes=1)
    assert count_expired_requests(notifying.scene.ports) == 0


def test_if_the_list_cannot_be_read_people_are_notified_all_the_same() -> None:
    notifying = NotifyScene()
    notifying.run()
    notifying.happens("alice")
    down = Unavailable(Reason.RECORDS_UNAVAILABLE)

    read = notifying.scene.ports.state.list

    def fail(kind: Any, **by: Any) -> Any:
        if kind is AccessRequest:
            raise down
        return read(kind, **by)

    notifying.scene.ports.state.list = fail  # type: ignore[method-assign]
    assert notifying.a_minute_later().sent == 1
    assert down in notifying.errors
