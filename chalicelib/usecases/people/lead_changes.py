"""Suspend a member, and list a suspended lead's changes that are still in force. An attacker with
the lead's token may have made them, and the suspension does not undo most of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from msgspec import field

from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.moments import MAX_CLOCK_LEAD, Moment
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import LOOK_BACK, Caller, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry, Outcome, TrailQuery, target_of
from chalicelib.domain.values import Inline, Item, Value
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.lists import PAGE_SIZE, pick, read_trail
from chalicelib.usecases.people.lead_change_rules import (
    LISTED,
    RULES,
    ChangedItem,
    ChangeKind,
    LeadChange,
    RuleFacts,
    find_changed_items,
)
from chalicelib.usecases.people.members import find_member, revoke_member
from chalicelib.usecases.ports import MixedKey, Ports, State
from chalicelib.usecases.recording import retry_on_conflict

MAX_CHANGES_SHOWN = 200
"""The most changes in a response, so that it does not exceed Lambda's limit."""
MAX_TRAIL_PAGES = 10
"""How many pages of the trail are read, with TRAIL_PAGE_SIZE entries each."""
TRAIL_PAGE_SIZE = 500
MAX_LIST_READS = 100
"""How many pages of members' tokens are read, and how many of engagements' links."""


class LeadChanges(Value):
    """A lead's changes of the last 90 days that the trail shows, and that are still in force or
    ended with the suspension."""

    since: Moment
    """The time from which on Daypass looked for changes."""
    counts: Mapping[ChangeKind, int]
    """The number of changes by kind, including changes that the list leaves out."""
    changes: tuple[LeadChange, ...]
    """The changes, the most dangerous kind first. Of one kind, the latest change comes first. The
    list has 200 at most."""
    is_complete: bool
    """True if Daypass could read everything that shows the lead's changes. If false, look for
    further changes on the trail: GET /v1/trail?outcome=done&member=…"""

    @property
    def count(self) -> int:
        """Return the number of all changes, including those that the list leaves out."""
        return sum(self.counts.values())


class Suspension(Value, kw_only=False):
    """The result of a suspension."""

    revocation: Inline[Revocation] = field(name="of")
    lead_changes: LeadChanges | None
    """The changes that the member made as a lead. None for a member who never was a lead."""


def suspend_member(ports: Ports, lead: Caller, member: str, *, why: str) -> Suspension:
    """Suspend the member. For a member who is or was a lead, also return the changes that they made
    as a lead and that are still in force, MAX_CHANGES_SHOWN at most. For a suspended member, return
    the same result again."""
    revocation = revoke_member(ports, lead, member, why=why)

    changes: LeadChanges | None = None
    try:
        with suppress(NotFound):  # the member never was a lead
            changes = retry_on_conflict(ports, lead, lambda _: read_lead_changes(ports, member))
    except Unavailable:  # the member is suspended all the same, and the response must say so
        changes = LeadChanges(since=ports.now(), counts={}, changes=(), is_complete=False)
    return Suspension(revocation, changes)


def read_lead_changes(ports: Ports, member: str) -> LeadChanges:
    """Return the lead's changes of the last LOOK_BACK that are on the trail and still in force,
    MAX_CHANGES_SHOWN at most. `is_complete` is false if there were too many trail entries, tokens
    or links to read them all. Raise NotFound if the member does not exist or never was a lead."""
    lead = find_member(ports, member)
    if not lead.has_ever_led:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    since, order = ports.now() - LOOK_BACK, list(ChangeKind)
    entries, has_all_entries = _read_entries(ports, member, since)
    changes, has_all_items = _find_changes_in_force(ports, lead, entries)
    # The second sort keeps this order within each kind. ChangeKind lists the most dangerous first.
    changes.sort(key=lambda change: change.at, reverse=True)
    changes.sort(key=lambda change: order.index(change.kind))
    return LeadChanges(
        since=since,
        counts=dict(Counter(change.kind for change in changes)),
        changes=tuple(changes[:MAX_CHANGES_SHOWN]),
        is_complete=has_all_entries and has_all_items,
    )


def _read_entries(ports: Ports, lead: str, since: datetime) -> tuple[list[Entry], bool]:
    """Return the trail entries of the lead's successful operations since then, latest first, and
    whether all were read. Leave out vends, the issuing of sessions: a session changes nothing."""
    query = TrailQuery(
        since=since,
        until=ports.now() + MAX_CLOCK_LEAD,
        member=lead,
        outcome=Outcome.DONE,
        no_vends=True,
        limit=TRAIL_PAGE_SIZE,
    )
    entries, are_all = read_trail(ports.trail, query, MAX_TRAIL_PAGES)
    # The query also finds entries of others about the lead.
    return [entry for entry in entries if entry.actor == lead], are_all


def _find_changes_in_force(
    ports: Ports, lead: Member, entries: Sequence[Entry]
) -> tuple[list[LeadChange], bool]:
    """Return the lead's changes that are still in force by `RULES`, or that only the suspension of
    this lead ended, and whether all items could be read. `entries` are the trail entries of the
    lead's operations, latest first."""
    now = ports.now()
    entries_by_change: dict[ChangedItem, list[Entry]] = {}
    for entry in entries:
        for change in find_changed_items(lead.id, entry, now):
            entries_by_change.setdefault(change, []).append(entry)
    listed_items, is_complete = _read_listed_items(ports.state, entries_by_change)
    keys: list[MixedKey] = []
    for kind, key in entries_by_change:
        if kind not in LISTED:  # the items of the others are read already
            item_type, _ = RULES[kind]
            keys.append((item_type, key))
        # The rules of these kinds read a second item: the role's set-up, the token's member.
        if kind is ChangeKind.ADMIN_ROLE:
            keys.append((RoleSetup, key))
        if kind is ChangeKind.TOKEN:
            keys.append((Member, key[:1]))
    facts = RuleFacts(lead=lead, items=ports.state.get_together(keys), now=now)
    changes: list[LeadChange] = []
    for (kind, key), entries_of_item in entries_by_change.items():
        item_type, is_in_force = RULES[kind]
        stored = pick(facts.items, item_type, *key)
        for item in listed_items.get((kind, key), [stored] if stored else []):
            in_force = [entry for entry in entries_of_item if is_in_force(facts, item, entry)]
            # Several entries of one item count as one change, the latest.
            changes += [_build_lead_change(kind, entry, item) for entry in in_force[:1]]
    return changes, is_complete


def _read_listed_items(
    state: State, changes: Collection[ChangedItem]
) -> tuple[Mapping[ChangedItem, list[Item]], bool]:
    """Return the items that may come from each change of a kind in `LISTED`, and whether all were
    read. Read MAX_LIST_READS pages of each kind at most.

    The key of such a change is not the item's key, but its owner and the ID on the trail, such as a
    token's member and the ID of the token's code.
    """
    items: dict[ChangedItem, list[Item]] = {}
    is_complete = True
    for kind, (owner_field, find_id) in LISTED.items():
        item_type, _ = RULES[kind]
        reads = 0
        for owner in dict.fromkeys(key[0] for changed, key in changes if changed is kind):
            by, cursor, has_more = {owner_field: owner}, "", True
            while has_more and reads < MAX_LIST_READS:
                page = state.list(item_type, limit=PAGE_SIZE, cursor=cursor, **by)
                for item in page.items:
                    items.setdefault((kind, (owner, find_id(item))), []).append(item)
                reads += 1
                cursor, has_more = page.cursor, bool(page.cursor)
            # Without a read left, the list of this owner counts as incomplete, too.
            is_complete = is_complete and not has_more
    return items, is_complete


def _build_lead_change(kind: ChangeKind, entry: Entry, item: Item) -> LeadChange:
    """Return the change, with its time and the names of the changed item."""
    target = target_of(item)
    return LeadChange(
        # A change of a member is of the kind that they have now: a lead, auditor or member.
        kind=ChangeKind(item.kind) if isinstance(item, Member) else kind,
        # A token that came from a code is newer than the entry about the code.
        at=item.created_at if isinstance(item, Token) else entry.at,
        engagement=target.get("engagement", ""),
        role=target.get("role", ""),
        member=target.get("subject", ""),
        id=next((target[name] for name in ("approver", "token", "link") if name in target), ""),
    )
