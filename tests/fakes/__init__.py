"""Fakes of the ports, in memory. They pass the same contract tests as the adapters: tests/adapters.

A fake world calls `world.before` before every step. With it, a test makes a step fail, or lets
another actor change something between two steps.
"""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from chalicelib.domain.engagements.approved_grants import NUMBERS, ApprovedGrant
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.firm import Firm
from chalicelib.domain.notifications.recorded import RaisedAlert, find_alerts
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.requests.client_decisions import ClientDecision
from chalicelib.domain.stops import Stop, Stoppable, with_stop
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import I, Item, ItemKey, JobState, Page
from chalicelib.domain.vending.access import AccessFacts, Terms
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.console import CONSOLES, build_sign_in_url
from chalicelib.domain.vending.vends import Credentials
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.usecases.ports import KickedFunction, MixedKey, Ports
from chalicelib.usecases.requests.decide import decide_on_page
from tests.fakes import writes
from tests.fakes.cut_offs import FakeCutOffs, FakeIam
from tests.fakes.event_history import FakeEventHistory
from tests.fakes.providers import FakeProviders
from tests.fakes.roles import FakeRole
from tests.fakes.sts import FakeSts
from tests.fakes.trail import FakeTrail

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TICK, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, timedelta(days=1)
SIGN_IN_TOKEN = "canary-sign-in-token"
MAX_KEY_BYTES = (2048, 1024)
"""DynamoDB's limits for a partition key and for a sort key."""
FIRM = Firm(account_id="123456789012", partition="aws", other_accounts=("222233334444",))


class Killed(BaseException):
    """The function's process is gone."""


@dataclass(slots=True)
class World:
    """The state that all fakes share: items, entries, the clients' roles, a clock, hooks."""

    items: dict[tuple[type[Item], ItemKey], Item] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    earlier_entries: list[Entry] = field(default_factory=list)
    """Entries that were on the trail before the test's own."""
    roles: dict[str, FakeRole] = field(default_factory=dict)
    iam: FakeIam = field(default_factory=FakeIam)
    cloudtrail: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """The events of the accounts whose roles may look them up, by the role's ARN."""
    clock: datetime = NOON
    may_assume: bool | None = True
    alerts: list[RaisedAlert] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    before: Callable[[str], None] | None = None
    facts_in_order: Sequence[str] = ()
    """The access facts that are read first."""
    between_facts: Callable[[str], None] = lambda _: None
    """A hook before each fact is read, with the fact's name."""
    console_answers: bool = True
    """False if AWS gives no sign-in URLs for its console."""
    issued: list[tuple[Terms, str]] = field(default_factory=list)
    kicks: list[datetime] = field(default_factory=list)
    """When each run of the function CutOff was requested."""
    notify_kicks: list[datetime] = field(default_factory=list)
    """When each run of the function Notify was requested."""
    randoms: Any = field(default_factory=itertools.count)

    def step(self, name: str) -> None:
        if self.before is not None:
            with writes.by_function(""):
                self.before(name)
        self.steps.append(name)

    def just_before(self, step: str, act: Callable[[], Any], *, nth: int = 1) -> None:
        """Call `act` once, before the next step of this name, or before the nth from now on."""
        count = 0

        def interfere(name: str) -> None:
            nonlocal count
            count += name == step
            if count == nth:
                self.before = None
                act()

        self.before = interfere

    def killed_after(self, count: int) -> None:
        """Kill the function's process when it has made this many more steps."""
        last = len(self.steps) + count

        def kill(_: str) -> None:
            if len(self.steps) == last:
                raise Killed

        self.before = kill

    def fails_at(self, step: str, error: BaseException) -> None:
        """Make every step of this name fail with the error."""

        def fail(name: str) -> None:
            if name == step:
                raise error

        self.before = fail

    def later(self, **by: float) -> None:
        self.clock += timedelta(**by)

    def add(self, *items: Item) -> None:
        for item in items:
            self.items[at(item)] = item

    def find(self, kind: type, *, where: Callable[[Any], bool] = lambda _: True) -> list[Any]:
        items = list(self.items.values())  # a copy, because another thread may add items meanwhile
        return [item for item in items if isinstance(item, kind) and where(item)]

    def random(self, count: int) -> bytes:
        """Return bytes that differ at each call, and are the same in every run."""
        return hashlib.sha256(b"%d" % next(self.randoms)).digest()[:count]

    def _sign_in_url(self, credentials: Credentials) -> str | None:
        hosts = CONSOLES["aws"]
        endpoint = f"https://{hosts.sign_in}/federation"
        return build_sign_in_url(endpoint, hosts, SIGN_IN_TOKEN) if self.console_answers else None

    def _kick(self, function: KickedFunction) -> None:
        kicks = self.kicks if function is KickedFunction.CUT_OFF else self.notify_kicks
        kicks.append(self.clock)

    def _decide(self, decision: ClientDecision) -> None:
        self.step("decide")
        event = json.loads(msgspec.json.encode(decision))  # as the other function gets it
        with writes.by_function("ClientDecision"):
            decide_on_page(self.ports(), parse(ClientDecision, event))
        self.step("decided")

    def ports(self) -> Ports:
        return Ports(
            firm=FIRM,
            state=FakeState(self),
            trail=FakeTrail(self),
            sts=FakeSts(self),
            cut_offs=FakeCutOffs(self),
            open_event_history=partial(FakeEventHistory.open, self),
            templates=None,
            sign_in_url=self._sign_in_url,
            identity_providers=FakeProviders(),
            side_by_side=lambda calls: (call() for call in calls),
            announce=lambda entry: self.alerts.extend(find_alerts(entry)),
            kick=self._kick,
            decide_for_client=self._decide,
            can_mail_clients=True,
            now=lambda: self.clock,
            pause=lambda _: self.later(milliseconds=100),
            random=self.random,
        )


class FakeState:
    """The State port over a dict."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get(self, kind: type[I], *key: str) -> I | None:
        # "Quotas" (DynamoDB Developer Guide): DynamoDB refuses longer keys. Each of the table's
        # keys begins with the item's kind.
        parts = [f"{kind.STORED_AS}#{name}".encode() for name in key]
        for part, longest in zip(parts, MAX_KEY_BYTES, strict=False):
            if len(part) > longest:
                raise ValueError("the key is longer than DynamoDB accepts")
        if len(key) != len(kind.KEY_FIELDS) and kind is not Stop:
            raise TypeError(f"a {kind.__name__} has the key fields {kind.KEY_FIELDS}")
        item: Any = self._world.items.get((kind, key))
        return None if item is None else self._with_its_stop(item)

    def get_many(self, kind: type[I], keys: Iterable[ItemKey]) -> Mapping[ItemKey, I]:
        items = {key: self.get(kind, *key) for key in dict.fromkeys(keys)}
        return {key: item for key, item in items.items() if item is not None}

    def get_together(self, keys: Iterable[MixedKey]) -> Mapping[MixedKey, Item]:
        self._world.step("get_together")
        items = {(kind, key): self.get(kind, *key) for kind, key in dict.fromkeys(keys)}
        return {key: item for key, item in items.items() if item is not None}

    def list(
        self, kind: type[I], *, limit: int, cursor: str = "", starts_with: str = "", **by: str
    ) -> Page[I]:
        if kind.LISTS_REST and kind.LISTED_BY and not by:
            by = {kind.LISTED_BY: ""}
        matches = self._find(kind, lambda item: all(getattr(item, f) == by[f] for f in by))
        if tuple(by) == kind.KEY_FIELDS[:1]:
            ids = {item.key: getattr(item, "id", item.key[-1]) for item in matches}
            selected = [item for item in matches if ids[item.key].startswith(starts_with)]
            return _page(selected, lambda item: ids[item.key], limit, cursor)
        if kind.LISTED_BY is None or tuple(by) != ((kind.LISTED_BY,) if kind.LISTED_BY else ()):
            raise TypeError(f"there is no list of {kind.__name__} by {tuple(by)}")
        keys = [each for each in matches if each.list_key]
        listed = [item for item in keys if item.list_key.startswith(starts_with)]
        return _page(listed, lambda item: item.list_key, limit, cursor)

    def list_ignoring_stops(
        self, kind: type[I], *, limit: int, cursor: str = "", starts_with: str = "", **by: str
    ) -> Page[I]:
        # Which items are listed does not depend on their stops.
        page = self.list(kind, limit=limit, cursor=cursor, starts_with=starts_with, **by)
        stored: Any = self._world.items
        return Page(tuple(stored[at(item)] for item in page.items), page.cursor)

    def list_ids(
        self, kind: type[Item], *, limit: int, cursor: str = "", starts_with: str = ""
    ) -> Page[str]:
        if len(kind.KEY_FIELDS) != 1:
            raise TypeError(f"there is no list of all {kind.__name__} by ID")
        page = self.list(kind, limit=limit, cursor=cursor, starts_with=starts_with)
        return Page(tuple(item.key[0] for item in page.items), page.cursor)

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
        approved: dict[str, tuple[type[Stoppable], ItemKey]] = {
            f"approved {number}": (ApprovedGrant, (engagement, presented.member, role, number))
            for number in NUMBERS
        }
        keys |= approved
        blocks = {"freeze": (Block, (EVERYTHING,)), "pause": (Block, (engagement,))}
        stops = {f"stop of {n}": (Stop, (k.__name__, *key)) for n, (k, key) in keys.items()}
        all_keys: dict[str, tuple[type[Item], ItemKey]] = {**keys, **stops, **blocks}
        facts: dict[str, Any] = {}
        for name in dict.fromkeys((*self._world.facts_in_order, *all_keys)):
            # BatchGetItem reads each item at its own moment, in any order.
            self._world.between_facts(name)
            facts[name] = self._world.items.get(all_keys[name])
        items = {name: _with_stop(facts[name], facts[f"stop of {name}"]) for name in keys}
        return AccessFacts(
            **{name: item for name, item in items.items() if name not in approved},
            **{name: facts[name] for name in blocks},
            approved_grants=tuple(items[name] for name in approved if items[name] is not None),
        )

    def token_and_member(self, presented: PresentedToken) -> tuple[Token | None, Member | None]:
        self._world.step("token_and_member")
        token = self.get(Token, presented.member, presented.hash)
        return token, self.get(Member, presented.member)

    def save(self, state: JobState) -> None:
        self._world.step("save")
        self._write([state])

    def find_grants_since(self, engagement: str, since: datetime) -> Sequence[Grant]:
        return self._find(Grant, lambda g: g.engagement == engagement and _was_open_at(g, since))

    def apply(self, items: Sequence[Item]) -> None:
        self._world.step("apply")
        self._write(items)

    def change(
        self, items: Sequence[Item], entry: Entry, *, preconditions: Sequence[Item] = ()
    ) -> None:
        self._world.step("change")
        written_over = {at(item) for item in items}
        for item in preconditions:
            stored = self._world.items.get(at(item))
            if stored is None or stored.version != item.version:
                raise FactsChanged
            if at(item) not in written_over:
                writes.check(item)
        self._write(items)
        writes.put_entry(entry)
        self._world.entries.append(entry)

    def _write(self, items: Sequence[Item]) -> None:
        # DynamoDB refuses a transaction with two operations on one item.
        assert len({at(item) for item in items}) == len(items)
        for item in items:
            old = self._world.items.get(at(item))
            if (old.version if old else 0) != item.version - 1:
                raise FactsChanged
        for item in items:
            writes.put(item)
        self._world.add(*items)

    def _find(self, kind: type[I], where: Callable[[Any], bool]) -> Sequence[I]:
        """Return the matching items, each combined with its stop."""
        stored = self._world.items
        # A copy, because another thread may add items meanwhile.
        own: list[tuple[ItemKey, Any]] = [
            (key[1], item) for key, item in list(stored.items()) if key[0] is kind
        ]
        if issubclass(kind, Stoppable):
            name = kind.__name__
            own = [(key, _with_stop(item, stored.get((Stop, (name, *key))))) for key, item in own]
        return [item for _, item in own if where(item)]

    def _with_its_stop(self, item: Any) -> Any:
        if isinstance(item, Stoppable):
            return _with_stop(item, self._world.items.get((Stop, item.stop_key)))
        return item


def at(item: Item) -> tuple[type[Item], ItemKey]:
    """Return the item's key in `World.items`."""
    return type(item), item.key


def _with_stop(item: Any, stop: Any) -> Any:
    return with_stop(item, stop) if isinstance(item, Stoppable) else item


def _was_open_at(grant: Grant, moment: datetime) -> bool:
    return grant.ends_at >= moment and (grant.revoked_at is None or grant.revoked_at >= moment)


def _page(
    items: Sequence[Any], sort_key: Callable[[Any], str], limit: int, cursor: str
) -> Page[Any]:
    after = sorted((item for item in items if sort_key(item) > cursor), key=sort_key)
    return Page(tuple(after[:limit]), sort_key(after[limit - 1]) if len(after) > limit else "")
