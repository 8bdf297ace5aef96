"""Suspend a member, and say what a lead among them has set going that still stands."""

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
from chalicelib.domain.one_time_secrets import KeptSecret
from chalicelib.domain.people.authentication import Caller, token_problem
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
"""The answer has to fit into what Lambda can return."""
MOST_PAGES = 10
PAGE = 500
MOST_READS = 100
"""Of lists that are looked through one by one: of members' tokens, and of engagements' links."""


class LeadChanges(Value, frozen=True, kw_only=True):
    """What a lead has set going in the last 90 days, by the trail, and still stands."""

    since: Moment
    counts: Mapping[ChangeKind, int]
    deeds: Annotated[
        tuple[LeadChange, ...],
        Meta(description="The worst first, and of each the latest; 200 at most."),
    ]
    is_complete: Annotated[
        bool,
        Meta(
            description="Whether all of it was looked at. If not, the trail has the rest:"
            " GET /v1/trail?outcome=done&member=…"
        ),
    ]


class Suspension(Value, frozen=True):
    """What a suspension did, and could not do; `lead_changes` is null for whoever never led."""

    revocation: Inline[Revocation] = field(name="of")
    lead_changes: LeadChanges | None


def suspend_member(ports: Ports, lead: Caller, member: str, *, why: str) -> Suspension:
    """As `revoke_member`, which it is; with what a lead had set going, again where asked again."""
    revocation = revoke_member(ports, lead, member, why=why)

    def what_is_left(_: Caller) -> LeadChanges | None:
        suspended = find_member(ports, member)
        if not suspended.has_ever_led:
            return None
        found = lead_changes(ports, suspended)
        return replace(found, deeds=found.deeds[:MOST_SHOWN])

    try:
        told = retry_on_conflict(ports, lead, what_is_left)
    except Unavailable:  # the suspension is done all the same, and has to be answered
        told = LeadChanges(since=ports.now(), counts={}, deeds=(), is_complete=False)
    return Suspension(revocation, told)


def lead_changes(ports: Ports, lead: Member) -> LeadChanges:
    """Return what they did as a lead in the last 90 days, by the trail, that still stands: all
    `deeds`. Of many entries not all may be looked at: `is_complete` says so."""
    since = ports.now() - LOOK_BACK
    entries, is_complete = _entries(ports, lead.id, since)
    codes = _ids(entries, "enrolment", lambda entry: entry.subject or lead.id)
    links = _ids(entries, "link", lambda entry: entry.engagement)
    tokens, are_all_tokens = _listed(ports.state, Token, "member", codes)
    setup_links, are_all_links = _listed(ports.state, SetupLink, "engagement", links)
    deeds = [*changes_in_force(ports, lead, entries), *_people(ports, lead, entries)]
    deeds += [*_codes(ports, lead, codes), *_tokens(ports, codes, tokens)]
    deeds += _links(ports, lead, links, setup_links)
    order = list(ChangeKind)
    deeds.sort(key=lambda deed: deed.at, reverse=True)
    deeds.sort(key=lambda deed: order.index(deed.what))
    return LeadChanges(
        since=since,
        counts=dict(Counter(deed.what for deed in deeds)),
        deeds=tuple(deeds),
        is_complete=is_complete and are_all_tokens and are_all_links,
    )


def _entries(ports: Ports, lead: str, since: datetime) -> tuple[list[Entry], bool]:
    """What they did, the latest first, and whether that is all of it."""
    question = TrailQuery(
        since=since,
        until=ports.now() + timedelta(days=1),  # by a clock that is ahead, perhaps
        member=lead,
        outcome=Outcome.DONE,
        no_vends=True,
        limit=PAGE,
    )
    entries: list[Entry] = []
    for _ in range(MOST_PAGES):
        page = ports.trail.page(question)
        entries += (entry for entry in page.items if entry.actor == lead)
        if not page.cursor:
            return entries, True
        question = question.after(page.cursor)
    return entries, False


def _ids(
    entries: Sequence[Entry], detail: str, owner: Callable[[Entry], str]
) -> dict[str, set[str]]:
    """The ids of the links or the codes that they made, by whose they are."""
    ids: dict[str, set[str]] = {}
    for entry in entries:
        if detail in entry.details and entry.action is not Action.LINK_REVOKE:
            ids.setdefault(owner(entry), set()).add(entry.details[detail])
    return ids


def _listed(state: State, kind: type[I], by: str, names: Iterable[str]) -> tuple[list[I], bool]:
    """What is in the kind's lists by these names, and whether that is all of it."""
    found: list[I] = []
    reads = 0
    for name in names:
        cursor, goes_on = "", True
        while goes_on:
            if reads == MOST_READS:
                return found, False
            page = state.list(kind, limit=PAGE_SIZE, cursor=cursor, **{by: name})
            found += page.items
            reads += 1
            cursor, goes_on = page.cursor, bool(page.cursor)
    return found, True


def _people(ports: Ports, lead: Member, entries: Sequence[Entry]) -> Iterator[LeadChange]:
    members: dict[str, Entry] = {}
    kinds: dict[str, Entry] = {}
    for entry in entries:
        if entry.action in (Action.MEMBER_CREATE, Action.MEMBER_REINSTATE):
            members.setdefault(entry.subject or lead.id, entry)
        elif entry.action is Action.MEMBER_CHANGE and "former_kind" in entry.details:
            kinds.setdefault(entry.subject or lead.id, entry)
    for member in ports.state.get_many(Member, [(name,) for name in {**members, **kinds}]).values():
        entry_of = kinds.get(member.id)
        if entry_of is None or entry_of.details["kind"] != member.kind:
            entry_of = members.get(member.id)
        if entry_of is not None and member.suspended_at is None:
            yield LeadChange(what=ChangeKind(member.kind), at=entry_of.at, member=member.id)


def _codes(ports: Ports, lead: Member, codes: Iterable[str]) -> Iterator[LeadChange]:
    """Those that died with the suspension."""
    for code in ports.state.get_many(Enrolment, [(member,) for member in codes]).values():
        if code.made_by == lead.id and _died_with_it(ports, lead, code):
            yield LeadChange(what=ChangeKind.CODE, at=code.created_at, member=code.member)


def _tokens(
    ports: Ports, codes: Mapping[str, set[str]], tokens: Sequence[Token]
) -> Iterator[LeadChange]:
    """Those that were got with a code of theirs, and work."""
    got = [one for one in tokens if (one.enrolment or "")[:12] in codes[one.member]]
    members = ports.state.get_many(Member, {(token.member,) for token in got})
    for token in got:
        member = members.get((token.member,))
        if member is not None and token_problem(token, member, ports.now()) is None:
            yield LeadChange(
                what=ChangeKind.TOKEN, at=token.created_at, member=member.id, id=token.id
            )


def _links(
    ports: Ports, lead: Member, ids: Mapping[str, set[str]], links: Sequence[SetupLink]
) -> Iterator[LeadChange]:
    """Those that were open until now."""
    for link in links:
        is_theirs = link.created_by == lead.id and link.id in ids[link.engagement]
        if is_theirs and _died_with_it(ports, lead, link):
            place = link.engagement
            yield LeadChange(what=ChangeKind.LINK, at=link.created_at, engagement=place, id=link.id)


def _died_with_it(ports: Ports, lead: Member, secret: KeptSecret) -> bool:
    """Whether it was the suspension that ended it, and not that they had stepped down before."""
    was_lead = lead.leads_from is None or lead.leads_from <= secret.created_at
    return secret.is_good(ports.now()) and was_lead
