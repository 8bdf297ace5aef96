"""Choose the trail entries that people at a client hear of, by e-mail.

The e-mail is written when it is sent, from what is stored then: a request that was decided
meanwhile needs no decision.
"""

from __future__ import annotations

from chalicelib.domain.notifications.notification import Notification, build_notification_key
from chalicelib.domain.trail import CLIENT, SCHEDULE, Action, Entry, Outcome

ACTIONS = frozenset(
    {
        Action.REQUEST_CREATE,
        Action.REQUEST_APPROVE,
        Action.REQUEST_DENY,
        Action.REQUEST_WITHDRAW,
        Action.REQUEST_REVOKE,
        Action.EMERGENCY_BEGIN,
        Action.APPROVER_CREATE,
        Action.APPROVER_REVOKE,
        Action.APPROVER_LINK_CREATE,
        Action.CLIENT_APPROVAL_REQUIRE,
        Action.CLIENT_APPROVAL_LIFT,
        Action.PAUSE_LIFT_REQUEST,
        Action.PAUSE_LIFT,
    }
)
"""The actions that people at the client hear of, if the client approves requests."""
_DETAILS = ("request", "approver", "name", "email", "span", "waiting_for", "refuse_until")


def build_client_notification(entry: Entry) -> Notification | None:
    """Return the notification about the entry for people at the client. None: they hear nothing.

    It holds no text that someone typed, except the name and address of an approver or contact.
    """
    if entry.outcome is not Outcome.DONE or entry.action not in ACTIONS or not entry.engagement:
        return None
    if entry.action is Action.APPROVER_LINK_CREATE and entry.actor == SCHEDULE:
        return None  # the link of a mail that Daypass sends already
    if entry.action is Action.PAUSE_LIFT and entry.actor == CLIENT:
        return None  # someone at the client entered the code
    facts = {name: entry.detail(name) for name in _DETAILS} | {
        "action": entry.action.value,
        "actor": entry.actor,
        "engagement": entry.engagement,
        "role": entry.role,
        "member": entry.subject or entry.actor,
    }
    return Notification(
        key=build_notification_key(entry.id),
        at=entry.at,
        until=entry.at,
        title=f"{entry.action.value} for the client",
        text="",
        entry=entry.id,
        for_client=True,
        facts={name: text for name, text in facts.items() if text},
    )
