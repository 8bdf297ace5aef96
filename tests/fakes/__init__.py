"""Fakes of the ports, in memory. They pass the same contract as the adapters: tests/adapters.

A fake world can be told to run something before any step (`world.before`), which is how a test
fails a step, or lets somebody else act between two of them.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.items import KEYS, entry_attributes, key_of
from chalicelib.adapters.dynamodb.versions import versions_to_check
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant, Granted
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.firm import Firm
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import sortable
from chalicelib.domain.notifications.delivery import ChannelKind, Notified
from chalicelib.domain.notifications.table import RaisedAlert, alerts_of
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Presented, Token
from chalicelib.domain.stops import Stop, Stoppable, with_stop
from chalicelib.domain.things import I, Item, Memory, Name
from chalicelib.domain.trail import Entry
from chalicelib.domain.vending.access import Facts, Terms
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.many_sessions import ManySessions
from chalicelib.domain.verification.rounds import Sweep
from chalicelib.usecases.ports import Ports
from tests import permitted
from tests.fakes import written
from tests.fakes.providers import FakeProviders
from tests.fakes.roles import FakeRole
from tests.fakes.sts import FakeSts
from tests.fakes.trail import FakeTrail

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LONGEST_KEY = (2048, 1024)  # bytes, of a partition key and of a sort key
FIRM = Firm(account_id="123456789012", partition="aws", other_accounts=("222233334444",))


@dataclass(slots=True)
class World:
    """What the fakes share: items, entries, the clients' roles, a clock, and who interferes."""

    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    roles: dict[str, FakeRole] = field(default_factory=dict)
    clock: datetime = NOON
    may_ask: bool | None = True
    alerts: list[RaisedAlert] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    before: Callable[[str], None] | None = None
    facts_in_order: Sequence[str] = (
        "token",
        "member",
        "engagement",
        "role",
        "grant",
        "link",
    )
    between_facts: Callable[[str], None] = lambda _: None
    """Run before each of them is read: somebody may act between two."""
    issued: list[tuple[Terms, str]] = field(default_factory=list)
    randoms: Any = field(default_factory=itertools.count)

    def step(self, name: str) -> None:
        if self.before is not None:
            with written.by(""):
                self.before(name)
        self.steps.append(name)

    def just_before(self, step: str, act: Callable[[], Any], *, nth: int = 1) -> None:
        """Let somebody act once, before the next step of this name, or the nth from now on."""
        met = 0

        def interfere(name: str) -> None:
            nonlocal met
            met += name == step
            if met == nth:
                self.before = None
                act()

        self.before = interfere

    def fails_at(self, step: str, error: Exception) -> None:
        """Let every step of this name fail."""

        def fail(name: str) -> None:
            if name == step:
                raise error

        self.before = fail

    def later(self, **by: float) -> None:
        self.clock += timedelta(**by)

    def add(self, *items: Item) -> None:
        for item in items:
            self.items[key_of(item)] = item

    def find(self, kind: type, *, where: Callable[[Any], bool]) -> list[Any]:
        items = list(self.items.values())  # whatever another thread adds meanwhile
        return [item for item in items if isinstance(item, kind) and where(item)]

    def random(self, count: int) -> bytes:
        """Never the same twice, alike in no place, and yet the same in every run."""
        return hashlib.sha256(b"%d" % next(self.randoms)).digest()[:count]

    def ports(self) -> Ports:
        return Ports(
            firm=FIRM,
            state=FakeState(self),
            trail=FakeTrail(self),
            sts=FakeSts(self),
            templates=None,
            providers=FakeProviders(),
            side_by_side=lambda calls: (call() for call in calls),
            announce=lambda entry: self.alerts.extend(alerts_of(entry)),
            now=lambda: self.clock,
            pause=lambda _: self.later(milliseconds=100),
            random=self.random,
        )


class FakeState:
    """The State port over a dict."""

    def __init__(self, world: World) -> None:
        self._world = world

    def facts(self, presented: Presented, engagement: str, role: str) -> Facts:
        self._world.step("facts")
        named = {
            "token": keys.token(presented.member, presented.hash),
            "member": keys.member(presented.member),
            "engagement": keys.engagement(engagement),
            "role": keys.role(engagement, role),
            "grant": keys.grant(engagement, presented.member),
            "link": keys.access_link(presented.link),
        }
        wanted = named | {f"stop of {name}": keys.stop(key) for name, key in named.items()}
        found: dict[str, Any] = {}
        for name in dict.fromkeys((*self._world.facts_in_order, *wanted)):
            # BatchGetItem reads each item as of its own moment, and in whatever order.
            self._world.between_facts(name)
            found[name] = self._world.items.get(wanted[name])
        return Facts(**{name: _beside(found[name], found[f"stop of {name}"]) for name in named})

    def who(self, presented: Presented) -> tuple[Token | None, Member | None]:
        self._world.step("who")
        return self._who(presented)

    def _who(self, presented: Presented) -> tuple[Token | None, Member | None]:
        token = keys.token(presented.member, presented.hash)
        return self._at(token), self._at(keys.member(presented.member))

    def leads(self) -> Leads | None:
        return self._at(keys.LEADS)

    def member(self, member: str) -> Member | None:
        return self._at(keys.member(member))

    def token(self, member: str, id: str) -> Token | None:
        found = self._find(Token, lambda t: (t.member, t.id) == (member, id))
        return found[0] if found else None

    def enrolment(self, member: str) -> Enrolment | None:
        return self._at(keys.enrolment(member))

    def identity(self, hash: str) -> Identity | None:
        return self._at(keys.identity(hash))

    def engagement(self, engagement: str) -> Engagement | None:
        return self._at(keys.engagement(engagement))

    def role(self, engagement: str, role: str) -> Role | None:
        return self._at(keys.role(engagement, role))

    def grant(self, engagement: str, member: str) -> Grant | None:
        return self._at(keys.grant(engagement, member))

    def setup(self, engagement: str, role: str) -> RoleSetup | None:
        return self._at(keys.setup(engagement, role))

    def link(self, hash: str) -> SetupLink | None:
        return self._at(keys.link(hash))

    def access_link(self, hash: str) -> AccessLink | None:
        return self._at(keys.access_link(hash))

    def many_sessions(self) -> ManySessions | None:
        return self._at(keys.MANY_SESSIONS)

    def sweep(self) -> Sweep | None:
        return self._at(keys.SWEEP)

    def notified(self, via: ChannelKind) -> Notified | None:
        return self._at(keys.notified(via))

    def remember(self, memory: Memory) -> None:
        self._world.step("remember")
        old = self._world.items.get(key_of(memory))
        if (old.version if old else 0) != memory.version - 1:
            raise FactsChanged
        written.put(permitted.STATE, key_of(memory)[0])
        self._world.add(memory)

    def these(self, kind: type[I], names: Iterable[Name]) -> Mapping[Name, I]:
        found = {name: self._at(KEYS[kind](*name)) for name in names}
        return {name: item for name, item in found.items() if item is not None}

    def granted(self, grants: Sequence[Grant]) -> Sequence[Granted]:
        now = [self.grant(one.engagement, one.member) for one in grants]
        places = [self.engagement(one.engagement) for one in grants]
        roles = [[self.role(one.engagement, r) for r in sorted(one.roles)] for one in grants]
        return [
            Granted(grant, place, tuple(role for role in named if role is not None))
            for grant, place, named in zip(now, places, roles, strict=True)
            if grant is not None and place is not None
        ]

    def tokens_got_with(self, code: str) -> Sequence[Token]:
        found = self._find(Token, where=lambda t: t.enrolment == code)
        return sorted(found, key=lambda t: t.id)

    def tokens(self, member: str, *, limit: int, cursor: str = "") -> Page[Token]:
        found = self._find(Token, where=lambda t: t.member == member)
        return _page(found, lambda t: t.id, limit, cursor)

    def roles(self, engagement: str, *, limit: int, cursor: str = "") -> Page[Role]:
        found = self._find(Role, where=lambda r: r.engagement == engagement)
        return _page(found, lambda r: r.name, limit, cursor)

    def grants_to(self, member: str, *, limit: int, cursor: str = "") -> Page[Grant]:
        found = self._find(Grant, where=lambda g: g.member == member)
        return _page(found, lambda g: g.engagement, limit, cursor)

    def members(self, *, limit: int, cursor: str = "") -> Page[Member]:
        found = self._find(Member, where=lambda _: True)
        return _page(found, lambda m: m.id, limit, cursor)

    def engagements(self, *, limit: int, cursor: str = "") -> Page[Engagement]:
        found = self._find(Engagement, where=lambda _: True)
        return _page(found, lambda e: e.id, limit, cursor)

    def all_roles(self, *, limit: int, cursor: str = "") -> Page[Role]:
        found = self._find(Role, where=lambda _: True)
        return _page(found, lambda r: f"{r.engagement}#{r.name}", limit, cursor)

    def grants_for(self, engagement: str, *, limit: int, cursor: str = "") -> Page[Grant]:
        found = self._find(Grant, where=lambda g: g.engagement == engagement)
        return _page(found, lambda g: g.member, limit, cursor)

    def grants_since(self, engagement: str, since: datetime) -> Sequence[Grant]:
        return self._find(Grant, lambda g: g.engagement == engagement and _stood_at(g, since))

    def stop_of(self, item: Stoppable) -> Stop | None:
        stop: Stop | None = self._world.items.get(keys.stop(key_of(item)))
        return stop

    def open_stops(self, *, limit: int, cursor: str = "") -> Page[Stop]:
        found = self._world.find(Stop, where=lambda stop: not stop.is_finished)
        return _page(found, lambda stop: stop.entry.position, limit, cursor)

    def links(self, engagement: str, *, limit: int, cursor: str = "") -> Page[SetupLink]:
        found = self._find(SetupLink, where=lambda one: one.engagement == engagement)
        return _page(found, lambda one: f"{sortable(one.created_at)}#{one.id}", limit, cursor)

    def apply(self, items: Sequence[Item]) -> None:
        self._world.step("apply")
        self._write(items)

    def change(self, items: Sequence[Item], entry: Entry, *, standing: Sequence[Item] = ()) -> None:
        self._world.step("change")
        for key, version in versions_to_check(items, standing).items():
            if key not in self._world.items or self._world.items[key].version != version:
                raise FactsChanged
            written.check(key[0])
        self._write(items)
        written.put(permitted.TRAIL, entry_attributes(entry)["pk"])
        self._world.entries.append(entry)

    def _write(self, items: Sequence[Item]) -> None:
        # DynamoDB takes no transaction with two steps on one item.
        assert len({key_of(item) for item in items}) == len(items)
        for item in items:
            old = self._world.items.get(key_of(item))
            if (old.version if old else 0) != item.version - 1:
                raise FactsChanged
        for item in items:
            written.put(permitted.STATE, key_of(item)[0])
        self._world.add(*items)

    def _at(self, key: keys.Key) -> Any:
        # "Quotas" (DynamoDB Developer Guide): what is longer is no key, and a mistake of ours.
        for part, longest in zip(key, LONGEST_KEY, strict=True):
            if len(part.encode()) > longest:
                raise ValueError("DynamoDB takes no such key")
        return _beside(self._world.items.get(key), self._world.items.get(keys.stop(key)))

    def _find(self, kind: type, where: Callable[[Any], bool]) -> list[Any]:
        """The items for which this holds, each as it stands beside its stop."""
        every = self._world.find(kind, where=lambda _: True)
        found = (self._at(key_of(item)) for item in every)
        return [item for item in found if where(item)]


def _beside(item: Any, stop: Any) -> Any:
    return with_stop(item, stop) if isinstance(item, Stoppable) else item


def _stood_at(grant: Grant, moment: datetime) -> bool:
    return grant.ends_at >= moment and (grant.revoked_at is None or grant.revoked_at >= moment)


def _page(found: Sequence[Any], named: Callable[[Any], str], limit: int, cursor: str) -> Page[Any]:
    after = sorted((one for one in found if named(one) > cursor), key=named)
    return Page(tuple(after[:limit]), named(after[limit - 1]) if len(after) > limit else "")
