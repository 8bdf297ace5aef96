"""What a lead has set going, and still stands: for whoever suspends them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import Moment
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.recognition import fault_of
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.things import I, Thing
from chalicelib.domain.trail import Action, Entry, Outcome, Question
from chalicelib.usecases.lists import MANY
from chalicelib.usecases.people.deeds import Deed, What
from chalicelib.usecases.people.widened import still_widened
from chalicelib.usecases.ports import Ports, State

LOOK_BACK = timedelta(days=90)
# The answer has to fit into what Lambda can return, and to come in time.
MOST_SHOWN = 200
MOST_PAGES = 10
PAGE = 500
MOST_READS = 100
"""Of lists that are looked through one by one: of members' tokens, and of engagements' links."""


class SetGoing(Thing, frozen=True, kw_only=True):
    """What a lead has set going in the last 90 days, by the trail, and still stands."""

    since: Moment
    counts: Mapping[What, int]
    deeds: Annotated[
        tuple[Deed, ...], Meta(description="The worst first, and of each the latest; 200 at most.")
    ]
    is_complete: Annotated[
        bool,
        Meta(
            description="Whether all of it was looked at. If not, the trail has the rest:"
            " GET /v1/trail?outcome=done&member=…"
        ),
    ]


class Found(Thing, frozen=True, kw_only=True):
    """All of it, in its order, and whether that is all."""

    since: Moment
    deeds: tuple[Deed, ...]
    is_complete: bool


class _Done(Thing, frozen=True, kw_only=True):
    """The entries of what they did, the latest first, by what it was done to."""

    grants: dict[tuple[str, str], Entry]
    members: dict[str, Entry]
    kinds: dict[str, Entry]
    """Of members whom they gave another kind."""
    roles: dict[tuple[str, str], Entry]
    engagements: dict[str, Entry]
    """Those that they reopened, or that had another end before they gave them new dates."""
    codes: dict[str, set[str]]
    """The ids of the codes that they made, by member."""
    links: dict[str, set[str]]
    """The ids of the links that they made, by engagement."""


def set_going(ports: Ports, lead: Member) -> SetGoing:
    """What of all that they did as a lead in the last 90 days still stands, as far as it is shown.

    What somebody did who has many entries may be more than is looked at: `is_complete` says so.
    """
    found = find_deeds(ports, lead)
    return SetGoing(
        since=found.since,
        counts=dict(Counter(deed.what for deed in found.deeds)),
        deeds=found.deeds[:MOST_SHOWN],
        is_complete=found.is_complete,
    )


def find_deeds(ports: Ports, lead: Member) -> Found:
    """Return what of all that they did as a lead in the last 90 days still stands.

    Read from the trail, where it may lag by a moment, and held against the state as it is now.
    """
    since = ports.now() - LOOK_BACK
    entries, is_complete = _entries(ports, lead.id, since)
    done = _sorted(lead.id, entries, ports.now())
    tokens, are_all_tokens = _listed(ports.state, Token, "member", done.codes)
    links, are_all_links = _listed(ports.state, SetupLink, "engagement", done.links)
    is_complete &= are_all_tokens and are_all_links
    found = [*_grants(ports, lead, done), *_people(ports, done), *_places(ports, lead, done)]
    found += [*_codes(ports, lead, done), *_tokens(ports, done, tokens)]
    found += [*_links(ports, lead, done, links), *still_widened(ports, entries)]
    order = list(What)
    found.sort(key=lambda deed: deed.at, reverse=True)
    found.sort(key=lambda deed: order.index(deed.what))
    return Found(since=since, deeds=tuple(found), is_complete=is_complete)


def _entries(ports: Ports, lead: str, since: datetime) -> tuple[list[Entry], bool]:
    """What they did, the latest first, and whether that is all of it."""
    question = Question(
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


def _listed(state: State, kind: type[I], by: str, names: Iterable[str]) -> tuple[list[I], bool]:
    """What is in the kind's lists by these names, and whether that is all of it."""
    found: list[I] = []
    reads = 0
    for name in names:
        cursor, goes_on = "", True
        while goes_on:
            if reads == MOST_READS:
                return found, False
            page = state.list(kind, limit=MANY, cursor=cursor, **{by: name})
            found += page.items
            reads += 1
            cursor, goes_on = page.cursor, bool(page.cursor)
    return found, True


def _sorted(lead: str, entries: Sequence[Entry], now: datetime) -> _Done:
    done = _Done(grants={}, members={}, kinds={}, roles={}, engagements={}, codes={}, links={})
    for entry in entries:
        about = entry.subject or lead
        match entry.action:
            case Action.GRANT_CREATE | Action.GRANT_CHANGE:
                done.grants.setdefault((entry.engagement, about), entry)
            case Action.MEMBER_CREATE | Action.MEMBER_REINSTATE:
                done.members.setdefault(about, entry)
            case Action.MEMBER_CHANGE if "former_kind" in entry.details:
                done.kinds.setdefault(about, entry)
            case Action.ROLE_OVERRIDE:
                done.roles.setdefault((entry.engagement, entry.role), entry)
            case Action.ENGAGEMENT_REOPEN:
                done.engagements.setdefault(entry.engagement, entry)
            case Action.ENGAGEMENT_CHANGE | Action.ENGAGEMENT_RENEW if entry.detail(
                "former_ends_at"
            ):
                former, end = _moment(entry, "former_ends_at"), _moment(entry, "ends_at")
                if former <= now and former < end:
                    done.engagements.setdefault(entry.engagement, entry)
        if "enrolment" in entry.details:
            done.codes.setdefault(about, set()).add(entry.details["enrolment"])
        if "link" in entry.details and entry.action is not Action.LINK_REVOKE:
            done.links.setdefault(entry.engagement, set()).add(entry.details["link"])
    return done


def _moment(entry: Entry, name: str) -> datetime:
    return datetime.fromisoformat(entry.detail(name))


def _grants(ports: Ports, lead: Member, done: _Done) -> Iterator[Deed]:
    now, found = ports.now(), ports.state.get_many(Grant, done.grants)
    for name, grant in found.items():
        entry = done.grants[grant.engagement, grant.member]
        # Another lead may have made it anew since they changed it.
        was_changed = entry.action is Action.GRANT_CHANGE and entry.at >= grant.created_at
        is_theirs = grant.granted_by == lead.id or was_changed
        if is_theirs and grant.stands(now):
            what = What.OWN_GRANT if grant.member == lead.id else What.GRANT
            yield Deed(what=what, at=entry.at, engagement=name[0], member=name[1])


def _people(ports: Ports, done: _Done) -> Iterator[Deed]:
    names = [(member,) for member in {**done.members, **done.kinds}]
    for member in ports.state.get_many(Member, names).values():
        entry = done.kinds.get(member.id)
        if entry is None or entry.details["kind"] != member.kind:
            entry = done.members.get(member.id)
        if entry is not None and member.suspended_at is None:
            yield Deed(what=What(member.kind), at=entry.at, member=member.id)


def _places(ports: Ports, lead: Member, done: _Done) -> Iterator[Deed]:
    now = ports.now()
    for role in ports.state.get_many(Role, done.roles).values():
        override = role.override
        if override is not None and override.by == lead.id and role.is_overridden(now):
            at = done.roles[role.engagement, role.name].at
            yield Deed(what=What.OVERRIDE, at=at, engagement=role.engagement, role=role.name)
    reopened = ports.state.get_many(Engagement, [(place,) for place in done.engagements])
    for place in reopened.values():
        if not place.is_over(now):
            at = done.engagements[place.id].at
            yield Deed(what=What.REOPENED, at=at, engagement=place.id)


def _codes(ports: Ports, lead: Member, done: _Done) -> Iterator[Deed]:
    """Those that died with the suspension."""
    now = ports.now()
    for code in ports.state.get_many(Enrolment, [(member,) for member in done.codes]).values():
        if code.made_by == lead.id and code.is_good(now) and _was_good(lead, code.created_at):
            yield Deed(what=What.CODE, at=code.created_at, member=code.member)


def _tokens(ports: Ports, done: _Done, tokens: Sequence[Token]) -> Iterator[Deed]:
    """Those that were got with a code of theirs, and work."""
    now = ports.now()
    got = [one for one in tokens if (one.enrolment or "")[:12] in done.codes[one.member]]
    members = ports.state.get_many(Member, {(token.member,) for token in got})
    for token in got:
        member = members.get((token.member,))
        if member is not None and fault_of(token, member, now) is None:
            yield Deed(what=What.TOKEN, at=token.created_at, member=member.id, id=token.id)


def _links(ports: Ports, lead: Member, done: _Done, links: Sequence[SetupLink]) -> Iterator[Deed]:
    """Those that were open until now."""
    now = ports.now()
    for link in links:
        is_theirs = link.created_by == lead.id and link.id in done.links[link.engagement]
        if is_theirs and link.is_good(now) and _was_good(lead, link.created_at):
            at, place = link.created_at, link.engagement
            yield Deed(what=What.LINK, at=at, engagement=place, id=link.id)


def _was_good(lead: Member, made_at: datetime) -> bool:
    """Whether it was the suspension that ended it, and not that they had stepped down before."""
    return lead.leads_from is None or lead.leads_from <= made_at
