"""Read which changes of a former lead still work, in at most seven calls to AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime

from chalicelib.domain.errors import NotFound
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import LOOK_BACK, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop, with_stop
from chalicelib.domain.trail import Action, Entry, Outcome, TrailQuery
from chalicelib.domain.values import Item, Value
from chalicelib.usecases.lists import pick
from chalicelib.usecases.people.lead_change_rules import (
    LeadChange,
    RuleFacts,
    list_changed_items,
    select_changes_in_force,
)
from chalicelib.usecases.people.lead_changes import (
    collect_ids,
    find_token_change,
    list_changed_members,
    select_member_changes,
    sort_changes,
)
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.web.parts import count_keys
from chalicelib.usecases.web.people.tokens import cut_token_page

ENTRIES_PER_PAGE = 100
MAX_KEYS = 200
"""Two calls of BatchGetItem."""
MAX_TOKEN_LISTS = 2
"""Of how many members a page reads the tokens. It names the others."""


class UncheckedCode(Value, frozen=True, kw_only=True):
    """A member who used a code of the lead's, and whose tokens this page did not read."""

    member: str
    used_at: datetime | None


class LeadChangesPage(Value, frozen=True, kw_only=True):
    """A former lead's changes that still work, as far as a page of the trail shows them. Links and
    codes of the lead's are not on it: they ended with the suspension, or when the lead stepped
    down."""

    lead: Member
    changes: tuple[LeadChange, ...]
    """The changes in force, the most dangerous kind first."""
    unchecked: tuple[UncheckedCode, ...]
    since: datetime
    """The oldest time that the page reads."""
    cursor: str
    """The cursor of the page with earlier changes. Empty if there are none in the last 90 days."""


def read_lead_changes(ports: Ports, member: str, *, cursor: str = "") -> LeadChangesPage:
    """Return a page of the changes that the member made as a lead in the last 90 days and that
    still work. Raise NotFound if no such member exists, or they never were a lead."""
    now = ports.now()
    query = TrailQuery(
        since=now - LOOK_BACK,
        until=now + MAX_CLOCK_LEAD,
        member=member,
        outcome=Outcome.DONE,
        no_vends=True,
        limit=ENTRIES_PER_PAGE,
        cursor=cursor,
    )
    page = ports.trail.page(query)
    entries, next_cursor = _cut_entries(page.items, page.cursor, member, now)
    keys = _list_keys(entries, member, now)
    items = ports.state.get_together([(Member, (member,)), *keys])
    lead = pick(items, Member, member)
    if lead is None or not lead.has_ever_led:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    token_changes, unchecked = _find_tokens(ports, items, _collect_codes(entries, member), now)
    facts = RuleFacts(items=items, now=now)
    return LeadChangesPage(
        lead=lead,
        changes=sort_changes(
            [
                *select_changes_in_force(facts, lead, entries),
                *select_member_changes(items, lead.id, entries),
                *token_changes,
            ]
        ),
        unchecked=unchecked,
        since=query.since,
        cursor=next_cursor,
    )


def _cut_entries(
    listed: Sequence[Entry], cursor: str, member: str, now: datetime
) -> tuple[list[Entry], str]:
    """Return the first entries of the member's own operations whose items cost no more than two
    calls, and the cursor of the next page."""
    entries: list[Entry] = []
    keys: set[MixedKey] = {(Member, (member,))}
    for count, entry in enumerate(listed):
        if entry.actor != member:
            continue
        more_keys = keys | _list_keys([entry], member, now)
        if sum(map(count_keys, more_keys)) > MAX_KEYS and entries:
            return entries, listed[count - 1].position
        entries.append(entry)
        keys = more_keys
    return entries, cursor


def _list_keys(entries: Sequence[Entry], member: str, now: datetime) -> Set[MixedKey]:
    """Return the keys of the items that show what still works."""
    codes = _collect_codes(entries, member)
    return {
        *list_changed_items(member, entries, now),
        *list_changed_members(member, entries),
        *((kind, (owner,)) for owner in codes for kind in (Member, Enrolment)),
    }


def _collect_codes(entries: Sequence[Entry], member: str) -> Mapping[str, set[str]]:
    """Return the IDs of the enrolment codes that the member made, by their owners."""
    made = [entry for entry in entries if entry.action is not Action.ENROLMENT_USE]
    return collect_ids(made, "enrolment", lambda entry: entry.subject or member)


def _find_tokens(
    ports: Ports, items: Mapping[MixedKey, Item], codes: Mapping[str, set[str]], now: datetime
) -> tuple[list[LeadChange], tuple[UncheckedCode, ...]]:
    """Return the tokens that came from the lead's codes and work, of the first members who used
    one, and the members whose tokens were not read."""
    used: dict[str, datetime | None] = {}
    for owner, ids in codes.items():
        code = pick(items, Enrolment, owner)
        # A code that another has replaced may have been used before.
        if code is None or code.id not in ids or code.used_at is not None:
            used[owner] = code.used_at if code is not None and code.id in ids else None
    checked = list(used)[:MAX_TOKEN_LISTS]
    tokens: list[Token] = []
    unchecked = [owner for owner in used if owner not in checked]
    for owner in checked:
        page = ports.state.list_without_stops(Token, member=owner, limit=100)
        page = cut_token_page(page, now)
        tokens += page.items
        if page.cursor:
            unchecked.append(owner)
    stops = ports.state.get_together([(Stop, token.stop_key) for token in tokens]) if tokens else {}
    changes = []
    for stored in tokens:
        token = with_stop(stored, pick(stops, Stop, *stored.stop_key))
        owner_now = pick(items, Member, token.member)
        change = find_token_change(token, owner_now, codes[token.member], now)
        if change is not None:
            changes.append(change)
    return changes, tuple(UncheckedCode(member=each, used_at=used[each]) for each in unchecked)
