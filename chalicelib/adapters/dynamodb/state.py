"""The State port on DynamoDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.adapters.dynamodb import batches, items, keys
from chalicelib.adapters.dynamodb.batches import made, with_stops
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant, Granted
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.lists import Page
from chalicelib.domain.notifications.delivery import ChannelKind, Notified
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Presented, Token
from chalicelib.domain.stops import S, Stop, Stoppable
from chalicelib.domain.things import I, Item, Memory, Name
from chalicelib.domain.trail import Entry
from chalicelib.domain.vending.access import Facts
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.many_sessions import ManySessions
from chalicelib.domain.verification.rounds import Sweep

if TYPE_CHECKING:
    from chalicelib.adapters.dynamodb.rows import Rows


class DynamoState:
    """Members, tokens, engagements, roles and grants in the state table."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def facts(self, presented: Presented, engagement: str, role: str) -> Facts:
        token = keys.token(presented.member, presented.hash)
        member = keys.member(presented.member)
        place = keys.engagement(engagement)
        part = keys.role(engagement, role)
        grant = keys.grant(engagement, presented.member)
        links = [keys.access_link(presented.link)] if presented.link else []
        found = self._read(token, member, place, part, grant, *links)
        return Facts(
            token=made(Token, found, token),
            member=made(Member, found, member),
            engagement=made(Engagement, found, place),
            role=made(Role, found, part),
            grant=made(Grant, found, grant),
            link=made(AccessLink, found, links[0]) if links else None,
        )

    def who(self, presented: Presented) -> tuple[Token | None, Member | None]:
        token = keys.token(presented.member, presented.hash)
        member = keys.member(presented.member)
        found = self._read(token, member)
        return made(Token, found, token), made(Member, found, member)

    def identity(self, hash: str) -> Identity | None:
        key = keys.identity(hash)
        return made(Identity, batches.read(self._tables, [key]), key)  # a vend may ask for it

    def leads(self) -> Leads | None:
        return self._rows.get(Leads, keys.LEADS)

    def member(self, member: str) -> Member | None:
        return self._one(Member, keys.member(member))

    def token(self, member: str, id: str) -> Token | None:
        pk, _ = keys.member(member)
        page = self._stopped(self._rows.partition(Token, pk, keys.TOKEN_PREFIX + id, 1, ""))
        return page.items[0] if page.items else None

    def enrolment(self, member: str) -> Enrolment | None:
        return self._rows.get(Enrolment, keys.enrolment(member))

    def engagement(self, engagement: str) -> Engagement | None:
        return self._one(Engagement, keys.engagement(engagement))

    def role(self, engagement: str, role: str) -> Role | None:
        return self._one(Role, keys.role(engagement, role))

    def grant(self, engagement: str, member: str) -> Grant | None:
        return self._one(Grant, keys.grant(engagement, member))

    def setup(self, engagement: str, role: str) -> RoleSetup | None:
        return self._rows.get(RoleSetup, keys.setup(engagement, role))

    def link(self, hash: str) -> SetupLink | None:
        return self._rows.get(SetupLink, keys.link(hash))

    def access_link(self, hash: str) -> AccessLink | None:
        return self._one(AccessLink, keys.access_link(hash))

    def many_sessions(self) -> ManySessions | None:
        return self._rows.get(ManySessions, keys.MANY_SESSIONS)

    def sweep(self) -> Sweep | None:
        return self._rows.get(Sweep, keys.SWEEP)

    def notified(self, via: ChannelKind) -> Notified | None:
        return self._rows.get(Notified, keys.notified(via))

    def these(self, kind: type[I], names: Iterable[Name]) -> Mapping[Name, I]:
        known = {name: items.KEYS[kind](*name) for name in names}
        wanted = sorted(set(known.values()))
        is_stoppable = issubclass(kind, Stoppable)
        found = batches.read(self._tables, with_stops(wanted) if is_stoppable else wanted)
        read = {name: made(kind, found, key) for name, key in known.items()}
        return {name: item for name, item in read.items() if item is not None}

    def granted(self, grants: Sequence[Grant]) -> Sequence[Granted]:
        return batches.granted(self._tables, grants)

    def tokens_got_with(self, code: str) -> Sequence[Token]:
        return self._stopped(self._rows.listed(Token, keys.got_with(code), 1000, "")).items

    def tokens(self, member: str, *, limit: int, cursor: str = "") -> Page[Token]:
        pk, _ = keys.member(member)
        after = cursor and cursor + keys.LAST  # the key goes on after the id, which may be shown
        page = self._stopped(self._rows.partition(Token, pk, keys.TOKEN_PREFIX, limit, after))
        return Page(page.items, page.items[-1].id if page.cursor else "")

    def roles(self, engagement: str, *, limit: int, cursor: str = "") -> Page[Role]:
        pk, _ = keys.engagement(engagement)
        return self._stopped(self._rows.partition(Role, pk, keys.ROLE_PREFIX, limit, cursor))

    def grants_for(self, engagement: str, *, limit: int, cursor: str = "") -> Page[Grant]:
        pk, _ = keys.engagement(engagement)
        return self._stopped(self._rows.partition(Grant, pk, keys.GRANT_PREFIX, limit, cursor))

    def grants_since(self, engagement: str, since: datetime) -> Sequence[Grant]:
        pk, _ = keys.engagement(engagement)
        grants = self._rows.grants_since(pk, since)
        return tuple(batches.stopped(self._tables, grants))

    def members(self, *, limit: int, cursor: str = "") -> Page[Member]:
        return self._stopped(self._rows.listed(Member, keys.MEMBERS, limit, cursor))

    def engagements(self, *, limit: int, cursor: str = "") -> Page[Engagement]:
        return self._stopped(self._rows.listed(Engagement, keys.ENGAGEMENTS, limit, cursor))

    def all_roles(self, *, limit: int, cursor: str = "") -> Page[Role]:
        return self._stopped(self._rows.listed(Role, keys.ROLES, limit, cursor))

    def grants_to(self, member: str, *, limit: int, cursor: str = "") -> Page[Grant]:
        return self._stopped(self._rows.listed(Grant, keys.grants_to(member), limit, cursor))

    def links(self, engagement: str, *, limit: int, cursor: str = "") -> Page[SetupLink]:
        return self._rows.listed(SetupLink, keys.links(engagement), limit, cursor)

    def stop_of(self, item: Stoppable) -> Stop | None:
        return self._rows.get(Stop, keys.stop(items.key_of(item)))

    def open_stops(self, *, limit: int, cursor: str = "") -> Page[Stop]:
        return self._rows.listed(Stop, keys.STOPS, limit, cursor)

    def remember(self, memory: Memory) -> None:
        self._rows.save(memory)

    def change(
        self, changed: Sequence[Item], entry: Entry, *, standing: Sequence[Item] = ()
    ) -> None:
        self._rows.change(changed, entry, standing)

    def apply(self, items: Sequence[Item]) -> None:
        self._rows.apply(items)

    @cached_property
    def _rows(self) -> Rows:
        from chalicelib.adapters.dynamodb.rows import Rows  # with pynamodb: no vend waits for it

        return Rows(self._tables)

    def _read(self, *wanted: keys.Key) -> batches.Found:
        """Read items and their stops in one consistent BatchGetItem, each as of its own moment."""
        return batches.read(self._tables, with_stops(wanted))

    def _one(self, kind: type[S], key: keys.Key) -> S | None:
        return made(kind, self._read(key), key)

    def _stopped(self, page: Page[S]) -> Page[S]:
        return Page(tuple(batches.stopped(self._tables, page.items)), page.cursor)
