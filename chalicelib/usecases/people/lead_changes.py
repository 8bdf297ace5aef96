"""Suspend a member, and list a suspended lead's changes that are still in force."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, field
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.moments import Moment
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.one_time_secrets import StoredSecret
from chalicelib.domain.people.authentication import Caller, find_token_problem
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.trail import Action, Entry, Outcome, TrailQuery
from chalicelib.domain.values import I, Inline, Value
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.lists import PAGE_SIZE
from chalicelib.usecases.people.lead_change_rules import ChangeKind, LeadChange, changes_in_force
from chalicelib.usecases.people.members import find_member, revoke_member
from chalicelib.usecases.ports import Ports, State
from chalicelib.usecases.recording import retry_on_conflict

LOOK_BACK = timedelta(days=90)
MOST_SHOWN = 200
"""The response must not exceed Lambda's limit."""
MOST_PAGES = 10
PAGE = 500
MOST_READS = 100
"""Of pages of members' tokens, and of engagements' links."""


class LeadChanges(Value, frozen=True, kw_only=True):
    """A lead's changes of the last 90 days, by the trail, that are still in force."""

    since: Moment
    counts: Mapping[ChangeKind, int]
    changes: Annotated[
        tuple[LeadChange, ...],
        Meta(description="The most dangerous kind first, then the latest first; 200 at most."),
    ]
    is_complete: Annotated[
        bool,
        Meta(
            description="Whether all changes were read. If not, the trail has the rest:"
            " GET /v1/trail?outcome=done&member=…"
        ),
    ]


class Suspension(Value, frozen=True):
    """The result of a suspension; `lead_changes` is null for someone who never was a lead."""

    revocation: Inline[Revocation] = field(name="of")
    lead_changes: LeadChanges | None


def suspend_member(ports: Ports, lead: Caller, member: str, *, why: str) -> Suspension:
    """Suspend the member. If they have ever led, also return the changes that they made as a lead
    and that are still in force: MOST_SHOWN at most. Suspending again returns them again."""
    revocation = revoke_member(ports, lead, member, why=why)

    def read_changes(_: Caller) -> LeadChanges | None:
        suspended = find_member(ports, member)
        if not suspended.has_ever_led:
            return None
        changes = lead_changes(ports, suspended)
        return replace(changes, changes=changes.changes[:MOST_SHOWN])

    try:
        changes = retry_on_conflict(ports, lead, read_changes)
    except Unavailable:  # the suspension is done, and the caller must learn of it
        changes = LeadChanges(since=ports.now(), counts={}, changes=(), is_complete=False)
    return Suspension(revocation, changes)


def lead_changes(ports: Ports, lead: Member) -> LeadChanges:
    """Return what the lead changed in the last 90 days, by the trail, and is still in force.
    `is_complete` is false if there were too many entries to read them all."""
    since = ports.now() - LOOK_BACK
    entries, is_complete = _entries(ports, lead.id, since)
    code_ids = _ids(entries, "enrolment", lambda entry: entry.subject or lead.id)
    link_ids = _ids(entries, "link", lambda entry: entry.engagement)
    tokens, are_all_tokens = _read_lists(ports.state, Token, "member", code_ids)
    setup_links, are_all_links = _read_lists(ports.state, SetupLink, "engagement", link_ids)
    changes = [*changes_in_force(ports, lead, entries), *_people(ports, lead, entries)]
    changes += [*_codes(ports, lead, code_ids), *_tokens(ports, code_ids, tokens)]
    changes += _links(ports, lead, link_ids, setup_links)
    order = list(ChangeKind)
    changes.sort(key=lambda change: change.at, reverse=True)
    changes.sort(key=lambda change: order.index(change.kind))
    return LeadChanges(
        since=since,
        counts=dict(Counter(change.kind for change in changes)),
        changes=tuple(changes),
        is_complete=is_complete and are_all_tokens and are_all_links,
    )


def _entries(ports: Ports, lead: str, since: datetime) -> tuple[list[Entry], bool]:
    """Return the lead's entries, latest first, and whether they are complete."""
    query = TrailQuery(
        since=since,
        until=ports.now() + timedelta(days=1),  # a clock may be ahead
        member=lead,
        outcome=Outcome.DONE,
        no_vends=True,
        limit=PAGE,
    )
    entries: list[Entry] = []
    for _ in range(MOST_PAGES):
        page = ports.trail.page(query)
        entries += (entry for entry in page.items if entry.actor == lead)
        if not page.cursor:
            return entries, True
        query = query.after(page.cursor)
    return entries, False


def _ids(
    entries: Sequence[Entry], detail: str, owner: Callable[[Entry], str]
) -> dict[str, set[str]]:
    """Return the IDs of the links or codes that the lead created, by their owners."""
    ids: dict[str, set[str]] = {}
    for entry in entries:
        if detail in entry.details and entry.action is not Action.LINK_REVOKE:
            ids.setdefault(owner(entry), set()).add(entry.details[detail])
    return ids


def _read_lists(
    state: State, kind: type[I], by: str, values: Iterable[str]
) -> tuple[list[I], bool]:
    """Return the items in these lists of the kind, and whether they are complete."""
    items: list[I] = []
    reads = 0
    for value in values:
        cursor, has_more = "", True
        while has_more:
            if reads == MOST_READS:
                return items, False
            page = state.list(kind, limit=PAGE_SIZE, cursor=cursor, **{by: value})
            items += page.items
            reads += 1
            cursor, has_more = page.cursor, bool(page.cursor)
    return items, True


def _people(ports: Ports, lead: Member, entries: Sequence[Entry]) -> Iterator[LeadChange]:
    members: dict[str, Entry] = {}
    kinds: dict[str, Entry] = {}
    for entry in entries:
        if entry.action in (Action.MEMBER_CREATE, Action.MEMBER_REINSTATE):
            members.setdefault(entry.subject or lead.id, entry)
        elif entry.action is Action.MEMBER_CHANGE and "former_kind" in entry.details:
            kinds.setdefault(entry.subject or lead.id, entry)
    for member in ports.state.get_many(Member, [(name,) for name in {**members, **kinds}]).values():
        entry_for = kinds.get(member.id)
        if entry_for is None or entry_for.details["kind"] != member.kind:
            entry_for = members.get(member.id)
        if entry_for is not None and member.suspended_at is None:
            yield LeadChange(kind=ChangeKind(member.kind), at=entry_for.at, member=member.id)


def _codes(ports: Ports, lead: Member, code_ids: Iterable[str]) -> Iterator[LeadChange]:
    """Yield the codes that the suspension invalidated."""
    for code in ports.state.get_many(Enrolment, [(member,) for member in code_ids]).values():
        if code.made_by == lead.id and _ended_by_suspension(ports, lead, code):
            yield LeadChange(kind=ChangeKind.CODE, at=code.created_at, member=code.member)


def _tokens(
    ports: Ports, code_ids: Mapping[str, set[str]], tokens: Sequence[Token]
) -> Iterator[LeadChange]:
    """Yield working tokens that someone got with the lead's codes."""
    from_codes = [
        token for token in tokens if (token.enrolment or "")[:12] in code_ids[token.member]
    ]
    members = ports.state.get_many(Member, {(token.member,) for token in from_codes})
    for token in from_codes:
        member = members.get((token.member,))
        if member is not None and find_token_problem(token, member, ports.now()) is None:
            yield LeadChange(
                kind=ChangeKind.TOKEN, at=token.created_at, member=member.id, id=token.id
            )


def _links(
    ports: Ports, lead: Member, link_ids: Mapping[str, set[str]], links: Sequence[SetupLink]
) -> Iterator[LeadChange]:
    """Yield the links that were valid until the suspension."""
    for link in links:
        is_own = link.created_by == lead.id and link.id in link_ids[link.engagement]
        if is_own and _ended_by_suspension(ports, lead, link):
            yield LeadChange(
                kind=ChangeKind.LINK,
                at=link.created_at,
                engagement=link.engagement,
                id=link.id,
            )


def _ended_by_suspension(ports: Ports, lead: Member, secret: StoredSecret) -> bool:
    """Return whether the suspension ended the secret, not an earlier step-down or its expiry."""
    was_lead = lead.leads_from is None or lead.leads_from <= secret.created_at
    return secret.is_valid(ports.now()) and was_lead
