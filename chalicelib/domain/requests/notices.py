"""Build the notifications that a request still waits, or that no one decided it in time."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.moments import utc_text
from chalicelib.domain.notifications.notification import Notification, build_notification_key
from chalicelib.domain.requests.effects import describe_opening
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.text import LONGEST_TEXT, clean_text


def build_wait_notification(
    request: AccessRequest, view: RequestView, now: datetime
) -> Notification:
    """Return the notification that the request still waits, with the buttons that decide it. It is
    sent once."""
    access = f"{request.engagement}/{request.role}"
    return Notification(
        key=build_notification_key("waits", request.id),
        at=now,
        until=request.expires_at,
        title=f"The request of {request.member} for {access} still waits",
        text=f"{request.member} asks for {access}, {view.span}. {view.message}",
        why=clean_text(request.reason, LONGEST_TEXT),
        engagement=request.engagement,
        request=request.id,
        effect=describe_opening(view),
    )


def build_expiry_notification(request: AccessRequest, now: datetime) -> Notification:
    """Return the notification for the member that no one decided their request in time."""
    access = f"{request.engagement}/{request.role}"
    return Notification(
        key=build_notification_key("expired", request.id),
        at=request.expires_at,
        until=now,
        title=f"The request of {request.member} for {access} has expired",
        text=f"No one decided the request {request.id} until {utc_text(request.expires_at)}, so it"
        f" opens nothing. If {request.member} still needs the access, they can send another.",
        member=request.member,
        engagement=request.engagement,
    )
