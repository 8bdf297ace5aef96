"""Notify people of requests without a trail entry: a request still waits, or no one decided it.

Also find the approvers that the message about a request mentions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from chalicelib.domain.moments import CLOCK_MARGIN, format_sortable
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.requests.decisions import RequestContext
from chalicelib.domain.requests.effects import build_expiry_notification, build_wait_notification
from chalicelib.domain.requests.policies import find_missing
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.requests.view import build_view
from chalicelib.usecases.lists import read_again
from chalicelib.usecases.notifications.trail_run import TimeCheck
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.reading import find_request, read_context, read_contexts

MAX_MENTIONS = 10
"""The most approvers that one message mentions."""
_PAGE_SIZE = 100


class RequestNotices:
    """The RequestNotices port of notifying."""

    def find_due(
        self, ports: Ports, since: datetime, now: datetime, require_time: TimeCheck
    ) -> Iterator[Notification]:
        """Yield the notifications of requests that expired after `since` or still wait (see
        `_build_notification`). The earliest expiry comes first.

        The list of undecided requests may lag, so read each request again.
        """
        cursor = format_sortable(since)  # The list is sorted by expiry.
        while True:
            require_time()
            page = ports.state.list(AccessRequest, limit=_PAGE_SIZE, cursor=cursor)
            keys = [request.key for request in page.items]
            require_time()
            requests = read_again(ports.state, AccessRequest, keys)
            for context in read_contexts(ports, requests):
                notification = _build_notification(context, now)
                if notification is not None:
                    yield notification
            if not page.cursor:
                return
            cursor = page.cursor

    def find_approvers(self, ports: Ports, notification: Notification) -> Sequence[str]:
        """Return the IDs of the members that the message about a request mentions.

        If the policy names a first approver, the message about the new request mentions only them,
        and the later reminder mentions the others.
        """
        request = find_request(ports, notification.request)
        if request is None or request.status_at(ports.now()) is not RequestStatus.WAITING:
            return ()
        context = read_context(ports, request)
        waiting = _list_undecided(context)
        first = context.policy.first_approver
        if first not in waiting:
            return waiting[:MAX_MENTIONS]
        is_first_message = bool(notification.entry)  # a reminder comes from no trail entry
        others = [member for member in waiting if member != first]
        return [first] if is_first_message else others[:MAX_MENTIONS]


def _build_notification(context: RequestContext, now: datetime) -> Notification | None:
    """Return the notification that is due for this request: that it has expired, or a reminder to
    the other approvers after the first approver's time is over. Return None if none is due."""
    request = context.request
    if request.status is not RequestStatus.WAITING:
        return None
    # A decision may still arrive from a function whose clock is behind.
    if request.expires_at <= now - CLOCK_MARGIN:
        return build_expiry_notification(request, now)
    others_at = request.created_at + timedelta(seconds=context.policy.others_after)
    if not others_at <= now < request.expires_at:
        return None
    if not find_missing(context.valid_approvals, context.policy).people:
        return None
    waiting = _list_undecided(context)
    # Without a first approver who can decide, the message about the new request mentioned everyone.
    # If the first approver is the only one who can decide, there is no one to remind.
    if context.policy.first_approver not in waiting or len(waiting) == 1:
        return None
    return build_wait_notification(request, build_view(context), now)


def _list_undecided(context: RequestContext) -> list[str]:
    """Return the members who may decide the request and have not approved it, sorted by ID."""
    approved = {each.by for each in context.valid_approvals if not each.is_client}
    return sorted({each.id for each in context.possible_approvers} - approved)
