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

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant, GrantContext
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.firm import Firm
from chalicelib.domain.lists import Page
from chalicelib.domain.notifications.table import RaisedAlert, alerts_of
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.stops import Stop, Stoppable, with_stop
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import I, Item, ItemKey, JobState
from chalicelib.domain.vending.access import AccessFacts, Terms
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.usecases.ports import Ports
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

    items: dict[tuple[type[Item], ItemKey], Item] = field(default_factory=dict)
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
            self.items[at(item)] = item

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
            identity_providers=FakeProviders(),
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

    def get(self, kind: type[I], *key: str) -> I | None:
        # "Quotas" (DynamoDB Developer Guide): what is longer is no key, and a mistake of ours.
        # The table's keys have a word for the kind before each.
        parts = [f"{kind.STORED_AS}#{name}".encode() for name in key]
        for part, longest in zip(parts, LONGEST_KEY, strict=False):
            if len(part) > longest:
                raise ValueError("DynamoDB takes no such key")
        if len(key) != len(kind.KEY_FIELDS) and kind is not Stop:
            raise TypeError(f"a {kind.__name__} has the key fields {kind.KEY_FIELDS}")
        item: Any = self._world.items.get((kind, key))
        return None if item is None else self._as_it_stands(item)

    def get_many(self, kind: type[I], keys: Iterable[ItemKey]) -> Mapping[ItemKey, I]:
        found = {key: self.get(kind, *key) for key in keys}
        return {key: item for key, item in found.items() if item is not None}

    def list(self, kind: type[I], *, limit: int, cursor: str = "", **by: str) -> Page[I]:
        found = self._find(kind, lambda item: all(getattr(item, f) == by[f] for f in by))
        if tuple(by) in (kind.KEY_FIELDS[:1], (*kind.KEY_FIELDS[:1], "id")):
            return _page(found, lambda item: getattr(item, "id", item.key[-1]), limit, cursor)
        if kind.LISTED_BY is None or tuple(by) != ((kind.LISTED_BY,) if kind.LISTED_BY else ()):
            raise TypeError(f"there is no list of {kind.__name__} by {tuple(by)}")
        listed = [item for item in found if item.list_key]
        return _page(listed, lambda item: item.list_key, limit, cursor)

    def access_facts(self, presented: PresentedToken, engagement: str, role: str) -> AccessFacts:
        self._world.step("access_facts")
        keys: dict[str, tuple[type[Stoppable], ItemKey]] = {
            "token": (Token, (presented.member, presented.hash)),
            "member": (Member, (presented.member,)),
            "engagement": (Engagement, (engagement,)),
            "role": (Role, (engagement, role)),
            "grant": (Grant, (engagement, presented.member)),
            "link": (AccessLink, (presented.link,)),
        }
        stops = {f"stop of {n}": (Stop, (k.__name__, *key)) for n, (k, key) in keys.items()}
        wanted: dict[str, tuple[type[Item], ItemKey]] = {**keys, **stops}
        found: dict[str, Any] = {}
        for name in dict.fromkeys((*self._world.facts_in_order, *wanted)):
            # BatchGetItem reads each item as of its own moment, and in whatever order.
            self._world.between_facts(name)
            found[name] = self._world.items.get(wanted[name])
        return AccessFacts(
            **{name: _beside(found[name], found[f"stop of {name}"]) for name in keys}
        )

    def token_and_member(self, presented: PresentedToken) -> tuple[Token | None, Member | None]:
        self._world.step("token_and_member")
        token = self.get(Token, presented.member, presented.hash)
        return token, self.get(Member, presented.member)

    def save(self, memory: JobState) -> None:
        self._world.step("save")
        self._write([memory])

    def granted(self, grants: Sequence[Grant]) -> Sequence[GrantContext]:
        now = [self.get(Grant, *one.key) for one in grants]
        places = [self.get(Engagement, one.engagement) for one in grants]
        roles = [[self.get(Role, one.engagement, r) for r in sorted(one.roles)] for one in grants]
        return [
            GrantContext(grant, place, tuple(role for role in named if role is not None))
            for grant, place, named in zip(now, places, roles, strict=True)
            if grant is not None and place is not None
        ]

    def grants_since(self, engagement: str, since: datetime) -> Sequence[Grant]:
        return self._find(Grant, lambda g: g.engagement == engagement and _stood_at(g, since))

    def apply(self, items: Sequence[Item]) -> None:
        self._world.step("apply")
        self._write(items)

    def change(
        self, items: Sequence[Item], entry: Entry, *, preconditions: Sequence[Item] = ()
    ) -> None:
        self._world.step("change")
        written_over = {at(item) for item in items}
        for item in preconditions:
            there = self._world.items.get(at(item))
            if there is None or there.version != item.version:
                raise FactsChanged
            if at(item) not in written_over:
                written.check(item)
        self._write(items)
        written.put_entry(entry)
        self._world.entries.append(entry)

    def _write(self, items: Sequence[Item]) -> None:
        # DynamoDB takes no transaction with two steps on one item.
        assert len({at(item) for item in items}) == len(items)
        for item in items:
            old = self._world.items.get(at(item))
            if (old.version if old else 0) != item.version - 1:
                raise FactsChanged
        for item in items:
            written.put(item)
        self._world.add(*items)

    def _find(self, kind: type[I], where: Callable[[Any], bool]) -> Sequence[I]:
        """The items for which this holds, each as it stands beside its stop."""
        every = self._world.find(kind, where=lambda _: True)
        found: Sequence[I] = [self._as_it_stands(item) for item in every]
        return [item for item in found if where(item)]

    def _as_it_stands(self, item: Any) -> Any:
        """The item beside its stop."""
        if isinstance(item, Stoppable):
            return _beside(item, self._world.items.get((Stop, item.stop_key)))
        return item


def at(item: Item) -> tuple[type[Item], ItemKey]:
    """Where a world has the item."""
    return type(item), item.key


def _beside(item: Any, stop: Any) -> Any:
    return with_stop(item, stop) if isinstance(item, Stoppable) else item


def _stood_at(grant: Grant, moment: datetime) -> bool:
    return grant.ends_at >= moment and (grant.revoked_at is None or grant.revoked_at >= moment)


def _page(found: Sequence[Any], named: Callable[[Any], str], limit: int, cursor: str) -> Page[Any]:
    after = sorted((one for one in found if named(one) > cursor), key=named)
    return Page(tuple(after[:limit]), named(after[limit - 1]) if len(after) > limit else "")
