"""What the trail says: its entries, and what they say of items that are written. That follows from
the items' declarations, and is no more than answers show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from msgspec import field
from msgspec.structs import fields, replace

from chalicelib.domain.moments import Moment, rfc3339, sortable
from chalicelib.domain.values import Item, Value, marked


class Action(StrEnum):
    """What was tried."""

    VEND = "vend"
    ACCESS_LINK_CREATE = "access-link.create"
    ACCESS_LINK_USE = "access-link.use"
    ACCESS_LINK_REVOKE = "access-link.revoke"
    MEMBER_CREATE = "member.create"
    MEMBER_CHANGE = "member.change"
    MEMBER_REVOKE = "member.revoke"
    MEMBER_REINSTATE = "member.reinstate"
    MANY_SESSIONS = "member.many-sessions"
    """Daypass saw that a member has more live sessions than one person works with."""
    LEAD_RECOVER = "lead.recover"
    LEAD_CHANGES_END = "lead-changes.end"
    """How much of what a suspended lead had set up was ended. Each end has an entry of its own."""
    ENROLMENT_CREATE = "enrolment.create"
    ENROLMENT_REVOKE = "enrolment.revoke"
    ENROLMENT_USE = "enrolment.use"
    TOKEN_CHANGE = "token.change"
    TOKEN_ROTATE = "token.rotate"
    TOKEN_REVOKE = "token.revoke"
    ENGAGEMENT_CREATE = "engagement.create"
    ENGAGEMENT_CHANGE = "engagement.change"
    ENGAGEMENT_CLOSE = "engagement.close"
    ENGAGEMENT_RENEW = "engagement.renew"
    ENGAGEMENT_REVOKE = "engagement.revoke"
    ENGAGEMENT_REOPEN = "engagement.reopen"
    ENGAGEMENT_IMPORT = "engagement.import"
    ENGAGEMENT_LEAVE = "engagement.leave"
    """Whether the client's roles refuse us, once an engagement is over."""
    EXTERNAL_ID_ROTATE = "external-id.rotate"
    EXTERNAL_ID_PROMOTE = "external-id.promote"
    EXTERNAL_ID_RETIRE = "external-id.retire"
    ROLE_CREATE = "role.create"
    ROLE_CHANGE = "role.change"
    ROLE_END = "role.end"
    ROLE_VERIFY = "role.verify"
    ROLE_OVERRIDE = "role.override"
    ROLE_OVERRIDE_END = "role.override-end"
    ROLE_SETUP = "role.setup"
    DAILY_CHECK = "daily-check"
    """Daypass could not check a role or an engagement today. What was known of it stands."""
    ROLE_POLICY_REPLACED = "role.policy-replaced"
    """The client says that a trust policy with a later end is in place. Nobody has seen it."""
    LINK_CREATE = "link.create"
    LINK_REVOKE = "link.revoke"
    LINK_CHECK = "link.check"
    GRANT_CREATE = "grant.create"
    GRANT_CHANGE = "grant.change"
    GRANT_REVOKE = "grant.revoke"
    NOTICE = "notice"
    """What people are told of an entry, once it is written. Only that it failed is an entry."""
    SLACK_BIND = "slack.bind"
    """A Slack user is a member's from now on."""
    READ = "read"


class Outcome(StrEnum):
    """What came of it."""

    INTENDED = "intended"
    """Recorded before AWS is asked. With nothing after it, treat the session as issued."""
    ISSUED = "issued"
    """The session was issued, still allowed, and handed over."""
    WITHHELD = "withheld"
    """AWS may have issued the session; it was not handed over to anybody."""
    FAILED = "failed"
    """AWS issued nothing."""
    REFUSED = "refused"
    """A rule said no; nothing was done."""
    DONE = "done"
    """A change of Daypass's own records, written together with this entry."""


# The actors that are no members; no member can have such an id.
OPERATOR = "@operator"
"""Whoever may run the deployment's functions."""
CLIENT = "@client"
"""Whoever has the link to the client's page."""
SCHEDULE = "@schedule"
"""What runs by itself: the daily re-check, and what tells people of the trail."""


_NAMED_BEFORE = {"former_ends_at": "former_end", "arn": "role_arn"}


class Entry(Value, frozen=True, kw_only=True):
    """One audit line. It never holds a secret: no field is made from one."""

    id: str
    at: Moment
    actor: str
    token: str = ""
    """The id of the token that the actor came with. In its place: of the link, for a client, and of
    the code, for whoever enrols. The operator and the schedule have none."""
    address: str = ""
    """The IP address that the actor came from."""
    action: Action
    outcome: Outcome
    reason: str = ""
    engagement: str = ""
    role: str = ""
    subject: str = ""
    """The member it is about, where that is not the actor."""
    vend: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    def detail(self, name: str) -> str:
        """Return this detail, or "". An earlier version may have recorded it by another name."""
        return self.details.get(name) or self.details.get(_NAMED_BEFORE.get(name, ""), "")

    @property
    def position(self) -> str:
        """Where it stands on the trail, if it is not what came of a vend: that stands after its
        intent."""
        return position(self.at, self.id)


def position(at: datetime, id: str) -> str:
    """Where the entry of this moment and id stands on the trail: positions sort as time does."""
    return f"{sortable(at)}#{id}"


class Operation(Value, frozen=True, kw_only=True):
    """What an entry says beside when, by whom and from where: the action, what came of it, its
    target and the details. Empty details are not recorded."""

    action: Action
    outcome: Outcome = Outcome.DONE
    reason: str = ""
    engagement: str = ""
    role: str = ""
    subject: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


class TrailQuery(Value, frozen=True, kw_only=True):
    """Which entries to read: newest first, from `since` until before `until`. What came of a vend
    counts as of its intent's moment. ValueError for a question that nothing could answer truly."""

    since: datetime
    until: datetime
    engagement: str = ""
    member: str = ""
    outcome: Outcome | None = None
    vends_only: bool = False
    """Only vends that reached their intent, each whole: whatever came of it."""
    no_vends: bool = False
    """Only what is no vend that reached its intent: about a member or an engagement."""
    limit: int = 50
    cursor: str = ""

    def __post_init__(self) -> None:
        if self.vends_only and (self.no_vends or self.outcome is not None):
            raise ValueError("only vends are asked for, and less than that at once")
        if self.no_vends and not (self.member or self.engagement):
            raise ValueError("all but vends is asked for of a member or an engagement alone")

    def after(self, cursor: str) -> TrailQuery:
        """The same question, going on where a page ended."""
        return replace(self, cursor=cursor)


Edit = tuple[Item | None, Item]
"""An item as it was, or None where it is new, and as it is written."""

_COLUMNS = ("engagement", "role", "subject")


def operation(action: Action, *edits: Edit, details: Mapping[str, str]) -> Operation:
    """Return what an entry says of these edits. Its target is the first item.

    What differs in another item stands under that item's key: `role.readonly.arn`, and
    `link.expires_at` beside `link`. `details` is what no item says; it goes before what one does.
    """
    (old, new), *others = edits
    target = target_of(new)
    columns = {name: value for name, value in target.items() if name in _COLUMNS}
    found = _changes({} if old is None else _details(target_of(old)), _details(target))
    found |= differences(old, new)
    for before, after in others:
        found |= _of_another(before, after, columns)
    return replace(Operation(action=action, details={**found, **details}), **columns)


def target_of(item: Item) -> dict[str, str]:
    """Return the keys by which an entry names the item."""
    return {name: getattr(item, attribute) for name, attribute in item.TARGET.items()}


def differences(old: Value | None, new: Value | None) -> dict[str, str]:
    """Return the recorded fields that differ, as text: `name`, and `former_name` for what it was;
    of a thing within the thing under its own names."""
    found: dict[str, str] = {}
    thing = old if new is None else new
    for attribute, name in () if thing is None else recorded_fields(type(thing)):
        before, after = getattr(old, attribute, None), getattr(new, attribute, None)
        if isinstance(before, Value) or isinstance(after, Value):
            found |= differences(before, after)
        elif before != after:
            found |= _changes({name: _text(before)}, {name: _text(after)})
    return found


@cache
def recorded_fields(kind: type[Value]) -> tuple[tuple[str, str], ...]:
    """Return the fields that entries repeat: attributes, and their names in JSON."""
    left_out = marked(kind, "hidden") | marked(kind, "secret") | marked(kind, "unrecorded")
    if issubclass(kind, Item):
        left_out |= set(kind.TARGET.values())
    return tuple((one.name, one.encode_name) for one in fields(kind) if one.name not in left_out)


def _of_another(old: Item | None, new: Item, columns: Mapping[str, str]) -> dict[str, str]:
    found = differences(old, new)
    if not new.TARGET or not found:
        return {}
    own = {name: key for name, key in target_of(new).items() if columns.get(name) != key}
    prefix = "".join(
        f"{name}.{key}." if name in _COLUMNS else f"{name}." for name, key in own.items()
    )
    return _details(own) | {prefix + name: text for name, text in found.items()}


def _details(target: Mapping[str, str]) -> dict[str, str]:
    return {name: key for name, key in target.items() if name not in _COLUMNS}


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    former = {f"former_{name}": text for name, text in old.items() if text != new.get(name)}
    return {name: text for name, text in ({**new, **former}).items() if text}


def _text(value: Any) -> str:
    """Return the text by which an entry gives a field's value; empty for none."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return rfc3339(value)
        case frozenset():
            return " ".join(sorted(map(_text, value)))
        case tuple():
            return " ".join(map(_text, value))
        case str() | int():
            return str(value)
    raise TypeError(f"no entry can hold a {type(value).__name__}")
