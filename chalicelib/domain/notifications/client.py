"""Choose the trail entries that people at a client are notified of, by e-mail.

The e-mail is written when it is sent, from what is stored then: a request that was decided
meanwhile needs no decision.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.moments import Moment
from chalicelib.domain.notifications.notification import NotificationKey, build_notification_key
from chalicelib.domain.trail import CLIENT, SCHEDULE, Action, Entry, Outcome
from chalicelib.domain.values import Value

ACTIONS = frozenset(
    {
        Action.REQUEST_CREATE,
        Action.REQUEST_APPROVE,
        Action.REQUEST_DENY,
        Action.REQUEST_WITHDRAW,
        Action.REQUEST_REVOKE,
        Action.EMERGENCY_BEGIN,
        Action.APPROVER_CREATE,
        Action.APPROVER_CONFIRM,
        Action.APPROVER_REVOKE,
        Action.APPROVER_LINK_CREATE,
        Action.CLIENT_APPROVAL_REQUIRE,
        Action.CLIENT_APPROVAL_LIFT,
        Action.PAUSE_LIFT_REQUEST,
        Action.PAUSE_LIFT,
    }
)
"""The actions that people at the client hear of, if the client approves requests."""


class ClientEvent(Value):
    """An event that people at a client are notified of.

    It holds no text that someone typed, except the name and address of an approver or contact.
    """

    key: NotificationKey
    at: Moment
    action: Action
    engagement: str
    actor: str
    member: str = ""
    role: str = ""
    request: str = ""
    span: str = ""
    is_still_waiting: bool = False
    """True for an approval of a request that still waits for another."""
    approver: str = ""
    """The ID of the approver or contact who was named, confirmed or revoked, gets a link, or
    acted."""
    by_approver: str = ""
    """The ID of the approver who confirmed or removed another."""
    is_proposal: bool = False
    """True if a lead named an approver while no approver of the client counted. Former approvers
    can refuse this approver."""
    name: str = ""
    email: str = ""
    """Name and address of an approver or contact who was revoked."""
    named_at: Moment | None = None
    """When the revoked approver or contact was named."""
    refuse_until: Moment | None = None
    """Until when the client can refuse that leads lift its pause."""


def build_client_event(entry: Entry) -> ClientEvent | None:
    """Return the event for people at the client. Return None if they are not notified of the
    entry."""
    if entry.outcome is not Outcome.DONE or entry.action not in ACTIONS or not entry.engagement:
        return None
    if entry.action is Action.APPROVER_LINK_CREATE and entry.actor == SCHEDULE:
        return None  # Daypass created the link for an e-mail that it sends anyway
    if entry.action is Action.PAUSE_LIFT and entry.actor == CLIENT:
        return None  # someone at the client entered the code
    is_removal = entry.action is Action.APPROVER_REVOKE
    return ClientEvent(
        key=build_notification_key(entry.id),
        at=entry.at,
        action=entry.action,
        engagement=entry.engagement,
        actor=entry.actor,
        member=entry.subject or entry.actor,  # without a subject, it is about its actor
        role=entry.role,
        request=entry.detail("request"),
        span=entry.detail("span"),
        is_still_waiting=bool(entry.detail("waiting_for")),
        approver=entry.detail("approver"),
        by_approver=entry.detail("by_approver"),
        # No approver could confirm the new approver, so former approvers can refuse this person.
        is_proposal=entry.detail("alone") == "true",
        name=entry.detail("name") if is_removal else "",
        email=entry.detail("email") if is_removal else "",
        named_at=_parse_moment(entry.detail("named_at")),
        refuse_until=_parse_moment(entry.detail("refuse_until")),
    )


def _parse_moment(text: str) -> datetime | None:
    """Return the recorded time, or None if the text is empty or not a time."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
