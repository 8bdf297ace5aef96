"""Define the entries of the audit trail. An entry's details are derived from the changed items, by
the declarations of their fields, and show no more of an item than responses do. To vend is to issue
a session to a member. A vend has two entries: an intent before Daypass calls AWS, and an outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from msgspec.structs import fields, replace

from chalicelib.domain.actions import Action as Action
from chalicelib.domain.moments import MAX_CLOCK_LEAD, Moment, format_sortable, rfc3339
from chalicelib.domain.values import Item, Value, marked_fields


class Outcome(StrEnum):
    """The result of an operation."""

    INTENDED = "intended"
    """Daypass was about to call AWS. If no other outcome of a vend follows, treat the session as
    issued."""
    ISSUED = "issued"
    """AWS issued the session, the session was still allowed, and Daypass handed it over."""
    WITHHELD = "withheld"
    """AWS may have issued the session, but Daypass did not hand it over."""
    FAILED = "failed"
    """The operation failed. If it was a vend, AWS issued no session."""
    REFUSED = "refused"
    """A rule forbids the operation. Daypass did nothing."""
    DONE = "done"
    """The operation succeeded."""


# Actors that are not members. No member can have such an ID.
OPERATOR = "@operator"
"""Anyone with permission to invoke the deployment's functions."""
CLIENT = "@client"
"""Anyone with the link to the client's page."""
SCHEDULE = "@schedule"
"""Jobs on a schedule: the daily checks, the session watch and notifications."""


class Entry(Value):
    """One entry of the audit trail. No field of it is ever set from a secret."""

    id: str
    """The entry's ID."""
    at: Moment
    """When the entry was recorded."""
    actor: str
    """The ID of the member who acted, `@operator`, `@client` (anyone with the link to the client's
    page) or `@schedule` (a scheduled job)."""
    token: str = ""
    """The ID of the actor's token. For `@client` it is the link's ID, and for an enrolment the
    code's ID. Empty for `@operator` and `@schedule`."""
    address: str = ""
    """The actor's IP address. Empty for `@operator` and `@schedule`."""
    action: Action
    outcome: Outcome
    reason: str = ""
    """Why the operation was refused or failed, or why the session was withheld, as a code.
    Otherwise empty."""
    engagement: str = ""
    """The ID of the engagement that the entry is about. Empty if there is none."""
    role: str = ""
    """The name of the role that the entry is about. Empty if there is none."""
    subject: str = ""
    """The ID of the member that the entry is about. Empty if that is the actor, or no member."""
    vend: str = ""
    """The ID of the vend that the entry belongs to. A vend is one attempt to issue a session. Empty
    for other operations."""
    details: Mapping[str, str] = {}
    """Further facts about the operation, by name. A changed field has its new value under its name,
    and its old value under `former_` and the name."""

    def detail(self, name: str) -> str:
        """Return the detail with this name, or ""."""
        return self.details.get(name, "")

    @property
    def position(self) -> str:
        """Return the entry's sort key on the trail. For a vend's outcome, use the intent's position
        instead."""
        return position(self.at, self.id)


def position(at: datetime, id: str) -> str:
    """Return the trail's sort key for this moment and ID. Positions sort by time."""
    return f"{format_sortable(at)}#{id}"


class Operation(Value):
    """The part of an entry that says what was done: action, outcome, target and details. Empty
    details are not recorded."""

    action: Action
    outcome: Outcome = Outcome.DONE
    reason: str = ""
    engagement: str = ""
    role: str = ""
    subject: str = ""
    details: Mapping[str, str] = {}


class TrailQuery(Value):
    """A query for entries, newest first, from `since` up to but excluding `until`. A vend's outcome
    counts as of the time of its intent. Raise ValueError for contradictory filters."""

    since: datetime
    until: datetime
    engagement: str = ""
    member: str = ""
    outcome: Outcome | None = None
    vends_only: bool = False
    """Only vends that recorded an intent, each with its outcome."""
    no_vends: bool = False
    """Everything about a member or an engagement except vends that recorded an intent."""
    revoked_sessions_only: bool = False
    """Only leads' revocations of single sessions. Each counts as of the session's intent, which can
    be an hour older."""
    limit: int = 50
    cursor: str = ""

    def __post_init__(self) -> None:
        if self.vends_only and (self.no_vends or self.outcome is not None):
            raise ValueError("a query with vends_only cannot have no_vends or an outcome")
        if self.no_vends and not (self.member or self.engagement):
            raise ValueError("a query with no_vends must name a member or an engagement")
        if self.revoked_sessions_only and (self.vends_only or self.member or self.engagement):
            raise ValueError("a query for revoked sessions cannot select vends by other criteria")

    @classmethod
    def until_now(cls, since: datetime, now: datetime, **filters: Any) -> TrailQuery:
        """Return a query up to now. It includes the entries of functions whose clocks are ahead."""
        return cls(since=since, until=now + MAX_CLOCK_LEAD, **filters)

    def after(self, cursor: str) -> TrailQuery:
        """Return the query for the page after this cursor."""
        return replace(self, cursor=cursor)


Edit = tuple[Item | None, Item]
"""An item before a change (None if it is new) and after it. The first only tells the trail entry
what changed. What the write replaces depends on the key and version of the second (see
`State.change`)."""

_COLUMNS = ("engagement", "role", "subject")
"""The parts of a target that are fields of an entry. Others, such as a link's ID, are details."""


def build_operation(action: Action, *edits: Edit, details: Mapping[str, str]) -> Operation:
    """Return the operation for a trail entry of these edits, with its target and its details.

    The target is the item of the first edit. Its changed fields are details, such as `ends_at` and
    `former_ends_at` for an engagement. A changed field of another item has a prefix that names the
    item, such as `role.readonly.arn` (see `_find_changes_beside_target`). `details` adds facts that
    no item holds. They replace details with the same name.
    """
    (old, new), *other_edits = edits
    target = target_of(new)
    target_columns = {name: value for name, value in target.items() if name in _COLUMNS}
    # The parts of the target that are details, such as `link` with the link's ID. If the old item
    # had another ID, that is `former_link`.
    changes = _add_former_details(
        {} if old is None else _keep_target_details(target_of(old)), _keep_target_details(target)
    )
    changes |= find_differences(old, new)
    for before, after in other_edits:
        changes |= _find_changes_beside_target(before, after, target_columns)
    return replace(Operation(action=action, details={**changes, **details}), **target_columns)


def target_of(item: Item) -> dict[str, str]:
    """Return what a trail entry calls the item, such as its `engagement` and its `role`."""
    return {name: getattr(item, attribute) for name, attribute in item.TARGET.items()}


def find_differences(old: Value | None, new: Value | None) -> dict[str, str]:
    """Return, as details, the recorded fields that differ between two versions of an item.

    None means that the item does not exist in that version. A changed field `label` gives the
    details `label`, with the new value, and `former_label`, with the old one. Fields of a nested
    value are details of the item itself.
    """
    changes: dict[str, str] = {}
    version = old if new is None else new
    for attribute, name in () if version is None else list_recorded_fields(type(version)):
        before, after = getattr(old, attribute, None), getattr(new, attribute, None)
        if isinstance(before, Value) or isinstance(after, Value):
            changes |= find_differences(before, after)
        elif before != after:
            old_text, new_text = _format_detail(before), _format_detail(after)
            changes |= _add_former_details({name: old_text}, {name: new_text})
    return changes


@cache
def list_recorded_fields(kind: type[Value]) -> tuple[tuple[str, str], ...]:
    """Return the fields that trail entries record of a value of this kind, as pairs of the
    attribute's name and the name in JSON."""
    omitted = (
        marked_fields(kind, "internal")
        | marked_fields(kind, "secret")
        | marked_fields(kind, "not_on_trail")
    )
    if issubclass(kind, Item):
        # The entry names these fields as its target.
        omitted |= set(kind.TARGET.values())
    recorded = (field for field in fields(kind) if field.name not in omitted)
    return tuple((field.name, field.encode_name) for field in recorded)


def _find_changes_beside_target(
    old: Item | None, new: Item, target_columns: Mapping[str, str]
) -> dict[str, str]:
    """Return, as details, the changed fields of an item that is not the operation's target.

    Their prefix names the item. If the target is an engagement, a new ARN of its role `readonly` is
    the detail `role.readonly.arn`. A new end of its link `x1` is `link.expires_at`, and another
    detail, `link`, is `x1`.
    """
    changes = find_differences(old, new)
    # An item without a TARGET only reserves a name.
    if not new.TARGET or not changes:
        return {}
    # Leave out what the operation's target has too, such as the engagement's ID.
    item_parts = {
        name: value for name, value in target_of(new).items() if target_columns.get(name) != value
    }
    # A name that is not one of an entry's own fields (_COLUMNS) becomes a detail with its value, so
    # the prefix does not repeat that value.
    prefix = "".join(
        f"{name}.{value}." if name in _COLUMNS else f"{name}." for name, value in item_parts.items()
    )
    return _keep_target_details(item_parts) | {
        prefix + name: text for name, text in changes.items()
    }


def _keep_target_details(target: Mapping[str, str]) -> dict[str, str]:
    """Return the parts of a target that are details, not fields, of an entry."""
    return {name: key for name, key in target.items() if name not in _COLUMNS}


def _add_former_details(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return the new details, and each old one that has changed as `former_<name>`. Leave out empty
    texts."""
    former = {f"former_{name}": text for name, text in old.items() if text != new.get(name)}
    return {name: text for name, text in ({**new, **former}).items() if text}


def _format_detail(value: Any) -> str:
    """Return a field's value as an entry records it. None is an empty text. Raise TypeError for a
    type that entries do not record."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return rfc3339(value)
        case frozenset():
            return " ".join(sorted(map(_format_detail, value)))
        case tuple():
            return " ".join(map(_format_detail, value))
        case str() | int():
            return str(value)
    raise TypeError(f"an entry cannot record a {type(value).__name__}")
