"""What people are told of: a notice for each entry that is no routine, and for each near end.

The words hold ids and dates alone, and of what somebody typed only why they did it, which is kept
apart. Each value is cut by itself, so that none can push out another.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.notifications import of_engagements, of_people, of_what_widens
from chalicelib.domain.notifications.notification import Notification, notification_key
from chalicelib.domain.notifications.wording import LONGEST_TEXT, origin_of, value
from chalicelib.domain.trail import Entry
from chalicelib.domain.vending.many_sessions import MOST_SESSIONS

SOON = timedelta(days=7)
"""How long before an engagement's end people are told."""
MANY_SESSIONS_KNOWN_FOR = timedelta(days=2)
"""Longer than a late notice is still sent."""
DAYS_BEFORE_POLICY_END = (1, 3, 14)
"""Days before the end of a client's trust policy on which Daypass notifies the leads."""
_TABLE = {**of_people.TABLE, **of_engagements.TABLE, **of_what_widens.TABLE}


def notification_of(entry: Entry) -> Notification | None:
    """What people are told of the entry; None if it is routine."""
    says = _TABLE.get((entry.action, entry.outcome))
    words = says(entry) if says else None
    if words is None:
        return None
    return Notification(
        key=notification_key(words.key or entry.id),
        at=entry.at,
        until=entry.at + words.silent,
        title=words.title,
        says=words.says,
        said=value(entry.details.get("said", ""), LONGEST_TEXT),
        about=value(words.about),
        entry=entry.id,
        grave=words.grave,
        origin=origin_of(entry) if words.grave else "",
    )


def notification_of_end(place: Engagement, now: datetime) -> Notification | None:
    """That the engagement ends soon: once for each end. None if it does not, or is over."""
    if place.is_over(now) or place.ends_at > now + SOON:
        return None
    ends_at = rfc3339(place.ends_at)
    return Notification(
        key=notification_key("ends", place.id, str(int(place.ends_at.timestamp()))),
        at=now,
        until=place.ends_at,
        title=f"{place.id} ends soon",
        says=f"The engagement {place.id} ends at {ends_at}. If the work goes on, give it a later"
        " end; if it is done, nothing has to be done here.",
    )


def notification_of_many_sessions(member: str, since: datetime) -> Notification:
    """Return the notice that a member has too many sessions, once for each time that they rise."""
    return Notification(
        key=notification_key("many-sessions", member, str(int(since.timestamp()))),
        at=since,
        until=since + MANY_SESSIONS_KNOWN_FOR,
        title=f"{member} has more than {MOST_SESSIONS} sessions",
        says=f"More than {MOST_SESSIONS} sessions of {member} may be alive, which is hardly one"
        f" person's work. Ask {member}, or suspend them.",
        about=member,
        grave=True,
    )


def notification_of_policy_end(place: Engagement, role: Role, now: datetime) -> Notification | None:
    """Return the notice that the client's trust policy ends soon and before the engagement: one for
    each of the days before. None if it does not, has ended, or the engagement or role is over."""
    end = role.trust_policy
    if end is None or not end.needs_update or place.is_over(now) or not now < end.ends_at:
        return None
    left = end.ends_at - now
    days = next((days for days in DAYS_BEFORE_POLICY_END if left <= timedelta(days=days)), None)
    if days is None:
        return None
    ends_at, of_which = rfc3339(end.ends_at), f"the role {role.name} of {place.id}"
    return Notification(
        key=notification_key(
            "policy", str(days), str(int(end.ends_at.timestamp())), place.id, role.name
        ),
        at=now,
        until=end.ends_at,
        title=f"The client's policy for {role.name} of {place.id} ends soon",
        says=f"The client's trust policy for {of_which} ends at {ends_at}, as Daypass asked. The"
        f" engagement goes on until {rfc3339(place.ends_at)}. AWS refuses every session after that,"
        " until the client has updated it: their page says how.",
    )
