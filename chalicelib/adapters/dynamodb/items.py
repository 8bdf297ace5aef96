"""Things to and from what the tables hold: whatever a thing consists of, it is stored as its body.

An item that lacks what its declaration demands is refused (`msgspec.ValidationError`). What has a
default there takes it where it is missing, so that what an older version wrote can still be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import msgspec

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.keys import Key, Place
from chalicelib.domain.engagements.engagements import Engagement, ExternalIdTaken
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.notifications.delivery import Notified
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.slack.bindings import BindingCode
from chalicelib.domain.slack.pending import PendingAction, Seen
from chalicelib.domain.stops import Stop
from chalicelib.domain.things import Item, Thing
from chalicelib.domain.trail import Entry, position
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.closing import STOPPABLE
from chalicelib.domain.vending.many_sessions import ManySessions
from chalicelib.domain.verification.rounds import Sweep

T = TypeVar("T", bound=Thing)

# The kinds of items that are asked for many at a time, by what they are known by.
KEYS: Mapping[type[Item], Callable[..., Key]] = {
    Member: keys.member,
    Token: keys.token,
    Enrolment: keys.enrolment,
    Engagement: keys.engagement,
    Role: keys.role,
    Grant: keys.grant,
    AccessLink: keys.access_link,
    BindingCode: keys.binding_code,
    PendingAction: keys.task,
}
# Long after nobody can make use of it any more.
_KEPT = timedelta(days=1)


def place_of(item: Item) -> Place:
    """Where the item lives in the state table, and in which list it is found. TypeError for what
    is not stored there."""
    match item:
        case Member():
            return Place("member", keys.member(item.id), (keys.MEMBERS, item.id))
        case Leads():
            return Place("leads", keys.LEADS)
        case Token():
            got_with = (keys.got_with(item.enrolment), item.id) if item.enrolment else None
            return Place("token", keys.token(item.member, item.hash), got_with)
        case Enrolment():
            return Place("enrolment", keys.enrolment(item.member))
        case Identity():
            return Place("identity", keys.identity(item.hash))
        case Engagement():
            return Place("engagement", keys.engagement(item.id), (keys.ENGAGEMENTS, item.id))
        case ExternalIdTaken():
            return Place("external-id", keys.external_id(item.external_id))
        case Role():
            listed = (keys.ROLES, f"{item.engagement}#{item.name}")
            return Place("role", keys.role(item.engagement, item.name), listed)
        case Grant():
            granted = (keys.grants_to(item.member), item.engagement)
            return Place("grant", keys.grant(item.engagement, item.member), granted)
        case RoleSetup():
            return Place("setup", keys.setup(item.engagement, item.role))
        case SetupLink():
            listed = (keys.links(item.engagement), position(item.created_at, item.id))
            return Place("link", keys.link(item.hash), listed)
        case AccessLink():
            # What is pressed too late is told why, for a day.
            gone_after = item.expires_at + timedelta(days=1)
            return Place("access-link", keys.access_link(item.hash), gone_after=gone_after)
        case Stop():
            key = keys.stop(KEYS[STOPPABLE[item.kind]](*item.names))
            to_do = None if item.is_finished else (keys.STOPS, item.entry.position)
            return Place("stop", key, to_do)
        case Sweep():
            return Place("sweep", keys.SWEEP)
        case ManySessions():
            return Place("many-sessions", keys.MANY_SESSIONS)
        case Notified():
            return Place("notified", keys.notified(item.via))
        case BindingCode():
            key = keys.binding_code(item.hash)
            return Place("binding-code", key, None, item.created_at + _KEPT)
        case PendingAction():
            return Place("task", keys.task(item.hash), None, item.requested_at + _KEPT)
        case Seen():
            return Place("seen", keys.seen(item.hash), None, item.at + _KEPT)
    raise TypeError(f"nothing says where a {type(item).__name__} lives")


def key_of(item: Item) -> keys.Key:
    """The item's own key in the state table."""
    return place_of(item).key


def attributes_of(item: Item) -> dict[str, Any]:
    """All that is written for an item, keys included."""
    place = place_of(item)
    (pk, sk), (name, name_sk) = place.key, place.listed or (None, None)
    body = body_of(item)
    version = body.pop("version")
    return {
        "pk": pk,
        "sk": sk,
        "type": place.type,
        "version": version,
        "list": name,
        "list_sk": name_sk,
        "gone_after": int(place.gone_after.timestamp()) if place.gone_after else None,
        "body": body,
    }


def entry_attributes(entry: Entry, *, intent: Entry | None = None) -> dict[str, Any]:
    """All that is written for an entry, keys included. Empty text is not written.

    What came of an `intent` goes into the place that the intent has for it.
    """
    place = intent.position + keys.OUTCOME if intent else entry.position
    if entry.vend:
        attributes: dict[str, Any] = {
            "pk": keys.vends(entry.actor),
            "engagement": entry.engagement,
        }
    else:
        attributes = {"pk": keys.others(entry.engagement)}
        attributes |= {"actor": entry.actor, "subject": entry.subject}
    body = {name: value for name, value in msgspec.to_builtins(entry).items() if value}
    attributes |= {"sk": place, "day": place[:10], "body": body}
    return {name: value for name, value in attributes.items() if value}


def body_of(thing: Thing) -> dict[str, Any]:
    """What the thing consists of, in the values that JSON has. None is left out."""
    body: dict[str, Any] = msgspec.to_builtins(thing, order="deterministic")
    return {name: _plain(value) for name, value in body.items() if value is not None}


def _plain(value: Any) -> Any:
    """The value with lists in place of tuples, which pynamodb does not know."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if one is not None}
    return value


def thing_of(kind: type[T], body: dict[str, Any]) -> T:
    """The thing that has this body."""
    return msgspec.convert(body, kind)
