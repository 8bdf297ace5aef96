"""Notices of what lets people do more than the leads have agreed to: roles, imports, requests."""

from __future__ import annotations

from chalicelib.domain.engagements.roles import WIDENINGS, Widening
from chalicelib.domain.notifications.wording import (
    LONGEST_TEXT,
    Table,
    Words,
    actor_of,
    role_of,
    value,
)
from chalicelib.domain.trail import Action, Entry, Outcome


def _role_widened(entry: Entry) -> Words | None:
    ways = [way for way in WIDENINGS if way in entry.details.get("widened", "").split()]
    if not ways:
        return None
    said = [WIDENINGS[way] for way in ways]
    if Widening.OTHER_ARN in ways:
        now, before = (value(entry.detail(name), LONGEST_TEXT) for name in ("arn", "former_arn"))
        said.append(f"Now: {now}. Before: {before}.")
    role = role_of(entry)
    return Words(
        title=f"The role {role} has other rules",
        says=f"{actor_of(entry)} has changed the role {role}. {' '.join(said)}",
        grave=True,
    )


def _opened(entry: Entry) -> Words | None:
    roles = value(", ".join(entry.details.get("chaining", "").split()), LONGEST_TEXT)
    if not roles:
        return None
    place = value(entry.engagement)
    return Words(
        title=f"Roles of {place} allow chaining",
        says=f"{actor_of(entry)} has opened {place}. Sessions of {roles} may assume further roles,"
        " which a cut-off does not end.",
        grave=True,
    )


def _imported(entry: Entry) -> Words:
    place = value(entry.engagement)
    return Words(
        title=f"{place} is imported with an external ID chosen elsewhere",
        says=f"{actor_of(entry)} has imported {place} from a profile. Whoever has the profile knows"
        " the external ID: rotate it.",
        grave=True,
    )


def _everything_asked(entry: Entry) -> Words | None:
    if entry.details.get("asks_for") != "everything":
        return None
    role = role_of(entry)
    return Words(
        title=f"The client is asked for everything in {role}",
        says=f"{actor_of(entry)} has chosen a permissions policy for the role {role} that makes it"
        " an administrator of the client's account. The client's page asks for that.",
        grave=True,
    )


TABLE: Table = {
    (Action.ROLE_CREATE, Outcome.DONE): _role_widened,
    (Action.ROLE_CHANGE, Outcome.DONE): _role_widened,
    (Action.ENGAGEMENT_CREATE, Outcome.DONE): _opened,
    (Action.ENGAGEMENT_IMPORT, Outcome.DONE): _imported,
    (Action.ROLE_SETUP, Outcome.DONE): _everything_asked,
}
