"""Suspend a member, and list a suspended lead's changes that are still in force. An attacker with
the lead's token may have made them, and the suspension does not undo most of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated

from msgspec import Meta, field
from msgspec.structs import replace

from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.moments import MAX_CLOCK_LEAD, Moment
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.one_time_secrets import StoredSecret, secret_id_of
from chalicelib.domain.people.authentication import Caller, find_token_problem
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import LOOK_BACK, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Entry, Outcome, TrailQuery
from chalicelib.domain.values import I, Inline, Value
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.lists import PAGE_SIZE, read_trail
from chalicelib.usecases.people.lead_change_rules import (
    ChangeKind,
    LeadChange,
    find_changes_in_force,
)
from chalicelib.usecases.people.members import find_member, revoke_member
from chalicelib.usecases.ports import Ports, State
from chalicelib.usecases.recording import retry_on_conflict

MAX_CHANGES_SHOWN = 200
"""The most changes in a response, so that it does not exceed Lambda's limit."""
MAX_TRAIL_PAGES = 10
"""How many pages of the trail are read, with TRAIL_PAGE_SIZE entries each."""
TRAIL_PAGE_SIZE = 500
MAX_LIST_READS = 100
"""How many pages of members' tokens are read, and how many of engagements' links."""


class LeadChanges(Value, frozen=True, kw_only=True):
    """A lead's changes of the last 90 days that the trail shows, and that are still in force or
    ended with the suspension."""

    since: Moment
    """The time from which on Daypass looked for changes."""
    counts: Mapping[ChangeKind, int]
    """The number of changes by kind, including changes that the list leaves out."""
    changes: Annotated[
        tuple[LeadChange, ...],
        Meta(
            description="The changes, the most dangerous kind first. Of one kind, the latest change"
            " comes first. The list has 200 at most."
        ),
    ]
    is_complete: Annotated[
        bool,
        Meta(
            description="True if Daypass could read everything that shows the lead's changes. If"
            " false, look for further changes on the trail: GET /v1/trail?outcome=done&member=…"
        ),
    ]

    @property
    def count(self) -> int:
        """Return the number of all changes, including those that the list leaves out."""
        return sum(self.counts.values())


class Suspension(Value, frozen=True):
    """The result of a suspension."""

    revocation: Inline[Revocation] = field(name="of")
    lead_changes: LeadChanges | None
    """The changes that the member made as a lead. None for a member who never was a lead."""


def suspend_member(ports: Ports, lead: Caller, member: str, *, why: str) -> Suspension:
    """Suspend the member. For a member who is or was a lead, also return the changes that they made
    as a lead and that are still in force, MAX_CHANGES_SHOWN at most. For a suspended member, return
    the same again."""
    revocation = revoke_member(ports, lead, member, why=why)

    changes: LeadChanges | None = None
    try:
        with suppress(NotFound):
            changes = retry_on_conflict(ports, lead, lambda _: read_lead_changes(ports, member))
    except Unavailable:  # the member is suspended all the same, and the response must say so
        changes = LeadChanges(since=ports.now(), counts={}, changes=(), is_complete=False)
    return Suspension(revocation, changes)


def read_lead_changes(ports: Ports, member: str) -> LeadChanges:
    """Return what `find_lead_changes` does, MAX_CHANGES_SHOWN at most. Raise NotFound if the member
    does not exist or never was a lead."""
    lead = find_member(ports, member)
    if not lead.has_ever_led:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    changes = find_lead_changes(ports, lead)
    return replace(changes, changes=changes.changes[:MAX_CHANGES_SHOWN])


def find_lead_changes(ports: Ports, lead: Member) -> LeadChanges:
    """Return the lead's changes of the last LOOK_BACK that are on the trail and still in force.
    `is_complete` is false if there were too many trail entries, tokens or links to read them
    all."""
    since = ports.now() - LOOK_BACK
    entries, is_complete = _read_entries(ports, lead.id, since)
    code_ids = _collect_ids(entries, "enrolment", lambda entry: entry.subject or lead.id)
    link_ids = _collect_ids(entries, "link", lambda entry: entry.engagement)
    tokens, has_all_tokens = _read_lists(ports.state, Token, "member", code_ids)
    setup_links, has_all_links = _read_lists(ports.state, SetupLink, "engagement", link_ids)
    changes = [
        *find_changes_in_force(ports, lead, entries),
        *_find_member_changes(ports, lead, entries),
    ]
    changes += [*_find_codes(ports, lead, code_ids), *_find_tokens(ports, code_ids, tokens)]
    changes += _find_links(ports, lead, link_ids, setup_links)
    return LeadChanges(
        since=since,
        counts=dict(Counter(change.kind for change in changes)),
        changes=_sort_changes(changes),
        is_complete=is_complete and has_all_tokens and has_all_links,
    )


def _sort_changes(changes: Iterable[LeadChange]) -> tuple[LeadChange, ...]:
    """Return the changes, the most dangerous kind first, and of one kind the latest first."""
    order = list(ChangeKind)
    latest_first = sorted(changes, key=lambda change: change.at, reverse=True)
    return tuple(sorted(latest_first, key=lambda change: order.index(change.kind)))


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
    return [entry for entry in entries if entry.actor == lead], are_all


def _collect_ids(
    entries: Sequence[Entry], detail: str, find_owner: Callable[[Entry], str]
) -> dict[str, set[str]]:
    """Return the IDs in this detail of the entries, grouped by owner: the IDs of enrolment codes by
    member, or of links by engagement. Leave out links that the lead only revoked."""
    ids: dict[str, set[str]] = {}
    for entry in entries:
        if detail in entry.details and entry.action is not Action.LINK_REVOKE:
            ids.setdefault(find_owner(entry), set()).add(entry.details[detail])
    return ids


def _read_lists(
    state: State, kind: type[I], field_name: str, values: Iterable[str]
) -> tuple[list[I], bool]:
    """Return the items with one of these values in the field, such as all tokens of these members,
    and whether all were read."""
    items: list[I] = []
    reads = 0
    for value in values:
        cursor, has_more = "", True
        while has_more:
            if reads == MAX_LIST_READS:
                return items, False
            page = state.list(kind, limit=PAGE_SIZE, cursor=cursor, **{field_name: value})
            items += page.items
            reads += 1
            cursor, has_more = page.cursor, bool(page.cursor)
    return items, True


def _find_member_changes(
    ports: Ports, lead: Member, entries: Sequence[Entry]
) -> Iterator[LeadChange]:
    """Yield the active members that the lead created or reinstated, or that still have the kind
    that the lead gave them last."""
    admissions, kinds = _group_admissions(lead.id, entries), _group_kinds(lead.id, entries)
    keys = [(member,) for member in {**admissions, **kinds}]
    for member in ports.state.get_many(Member, keys).values():
        if member.suspended_at is not None:
            continue
        entry_in_force = kinds.get(member.id)
        if entry_in_force is None or entry_in_force.details["kind"] != member.kind:
            entry_in_force = admissions.get(member.id)
        if entry_in_force is not None:
            yield LeadChange(kind=ChangeKind(member.kind), at=entry_in_force.at, member=member.id)


def _group_admissions(lead: str, entries: Sequence[Entry]) -> dict[str, Entry]:
    """Return the entry of the lead's last creation or reinstatement of each member."""
    admissions: dict[str, Entry] = {}
    for entry in entries:
        if entry.action in (Action.MEMBER_CREATE, Action.MEMBER_REINSTATE):
            admissions.setdefault(entry.subject or lead, entry)
    return admissions


def _group_kinds(lead: str, entries: Sequence[Entry]) -> dict[str, Entry]:
    """Return the entry of the lead's last change of each member's kind."""
    kinds: dict[str, Entry] = {}
    for entry in entries:
        if entry.action is Action.MEMBER_CHANGE and "former_kind" in entry.details:
            kinds.setdefault(entry.subject or lead, entry)
    return kinds


def _find_codes(ports: Ports, lead: Member, code_ids: Iterable[str]) -> Iterator[LeadChange]:
    """Yield the lead's enrolment codes that the suspension made invalid."""
    for code in ports.state.get_many(Enrolment, [(member,) for member in code_ids]).values():
        if code.made_by == lead.id and _ended_by_suspension(ports, lead, code):
            yield LeadChange(kind=ChangeKind.CODE, at=code.created_at, member=code.member)


def _find_tokens(
    ports: Ports, code_ids: Mapping[str, set[str]], tokens: Sequence[Token]
) -> Iterator[LeadChange]:
    """Yield the working tokens that came from the lead's enrolment codes. `code_ids` are the IDs of
    these codes, by member."""
    members = ports.state.get_many(Member, {(token.member,) for token in tokens})
    for token in tokens:
        owner, now = members.get((token.member,)), ports.now()
        is_from_code = secret_id_of(token.enrolment or "") in code_ids[token.member]
        if owner is not None and is_from_code and find_token_problem(token, owner, now) is None:
            yield LeadChange(
                kind=ChangeKind.TOKEN, at=token.created_at, member=owner.id, id=token.id
            )


def _find_links(
    ports: Ports, lead: Member, link_ids: Mapping[str, set[str]], links: Sequence[SetupLink]
) -> Iterator[LeadChange]:
    """Yield the lead's links to client's pages that the suspension made invalid."""
    for link in links:
        is_by_lead = link.created_by == lead.id and link.id in link_ids[link.engagement]
        if is_by_lead and _ended_by_suspension(ports, lead, link):
            yield LeadChange(
                kind=ChangeKind.LINK,
                at=link.created_at,
                engagement=link.engagement,
                id=link.id,
            )


def _ended_by_suspension(ports: Ports, lead: Member, secret: StoredSecret) -> bool:
    """Return whether the suspension ended the link or code. False if it ended earlier: by its
    expiry, its use or its revocation, or because the lead stopped being a lead."""
    was_lead = lead.leads_from is None or lead.leads_from <= secret.created_at
    return secret.is_valid(ports.now()) and was_lead
