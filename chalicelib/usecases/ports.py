"""What the use cases need from the world. Every port raises `Unavailable` when its part of the
world does not answer, and no error of the libraries behind it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from chalicelib.domain.engagements.grants import Grant, Granted
from chalicelib.domain.firm import Firm
from chalicelib.domain.lists import Page
from chalicelib.domain.people.identities import IdentityToken
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import I, Item, JobState, Name, Value
from chalicelib.domain.vending.access import AccessFacts, Terms
from chalicelib.domain.vending.credentials import Credentials
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult

T = TypeVar("T")


class State(Protocol):
    """The records: each item is read as its class declares (`domain.things.Item`), consistently
    where it is read alone, and as it stands beside its stop (`domain.stops`)."""

    def get(self, kind: type[I], *key: str) -> I | None:
        """Return the item of this kind with this key, such as `get(Role, engagement, role)`."""

    def get_many(self, kind: type[I], keys: Iterable[Name]) -> Mapping[Name, I]:
        """Return the items of this kind with these keys, without those that do not exist: each as
        of its own moment."""

    def list(self, kind: type[I], *, limit: int, cursor: str = "", **by: str) -> Page[I]:
        """Return a page of a list that the kind declares (TypeError if it does not), such as
        `list(Grant, member="alice")`; without `by` of all. By the first key field it is in the
        order of the second one and consistent, and `id` finds items by how the second begins; by
        another field it is in the order of `list_key` and may lag. `cursor` is that of the page
        before, empty for the first."""

    def facts(self, presented: PresentedToken, engagement: str, role: str) -> AccessFacts:
        """Return all that a vend is decided on, in one call."""

    def who(self, presented: PresentedToken) -> tuple[Token | None, Member | None]:
        """Return the token and the member that a request comes with, in one call."""

    def granted(self, grants: Sequence[Grant]) -> Sequence[Granted]:
        """Return the grants as they are now, with what each is for; without those that are gone, or
        whose engagement is. Consistent, each item as of its own moment."""

    def grants_since(self, engagement: str, since: datetime) -> Sequence[Grant]:
        """Return those that had neither ended nor been revoked by then. Consistent."""

    def change(self, items: Sequence[Item], entry: Entry, *, standing: Sequence[Item] = ()) -> None:
        """Write the items and the entry, all or nothing: each item over the version before its own,
        an item of version 1 where there was none. FactsChanged, also if a `standing` item is not as
        it was read."""

    def remember(self, memory: JobState) -> None:
        """Write one item by itself, over the version before it: FactsChanged."""

    def apply(self, items: Sequence[Item]) -> None:
        """Write what a stop says, whose entry is on the trail already, into the items: all or
        nothing. FactsChanged."""


class Trail(Protocol):
    """The entries: added, read, and never changed or removed."""

    def record(self, entry: Entry) -> None:
        """Returns once the entry is durable."""

    def settle(self, intent: Entry, outcome: Entry) -> Entry:
        """Put what came of a vend into the one place that its intent has for that, and return what
        is there then: this, or what somebody else put there before."""

    def vends(self, member: str, since: datetime) -> Iterator[Entry]:
        """The member's intents since then, and what came of them; complete as of now."""

    def page(self, question: TrailQuery) -> Page[Entry]:
        """Return some of the entries that answer, newest first, and where to go on. It may lag.
        A page may be empty though there are more. A page of vends alone ends with an intent."""


class Sts(Protocol):
    """The only way to a client's credentials."""

    def issue(self, terms: Terms, session_name: str) -> Credentials:
        """Raises AwsRefused if AWS issued nothing, Unavailable if it may have."""

    def probe(self, probe: Probe) -> ProbeOutcome:
        """Try to assume the role, with a session policy that denies all; keep nothing of it."""

    def arrive(self, probe: Probe) -> ProbeResult:
        """The same, and ask AWS which account the session is in."""

    def may_ask(self, role_arn: str) -> bool | None:
        """Whether our own role is permitted to assume this one. None: it could not be found out."""


class Providers(Protocol):
    """The identity providers that the firm trusts."""

    def read(self, text: str, now: datetime) -> IdentityToken:
        """What a provider's token says. Unrecognised if it is not taken; Unavailable if the
        provider's keys cannot be had, and while the deployment's list of providers is invalid."""


class SideBySide(Protocol):
    """Do several things at once, where their order does not matter."""

    def __call__(self, calls: Iterable[Callable[[], T]]) -> Generator[T, None, None]:
        """Make the calls, some at a time, and yield what they give, or raise, in their order. Calls
        that have not begun when the caller stops taking are not made."""


class Templates(Protocol):
    """Where the console of AWS CloudFormation can read a template: in Amazon S3."""

    @property
    def region(self) -> str: ...

    def publish(self, name: str, text: str) -> str:
        """Lay the template down for a day, and give a URL that can be read for an hour."""


class Ports(Value, frozen=True, kw_only=True):
    """All that the use cases are given."""

    firm: Firm
    state: State
    trail: Trail
    sts: Sts
    templates: Templates | None
    """None if this deployment has no place for them."""
    providers: Providers
    side_by_side: SideBySide
    announce: Callable[[Entry], None]
    """Raise the alerts of an entry that is on the trail. It never fails."""
    now: Callable[[], datetime]
    pause: Callable[[int], None]
    """Wait a moment before trying again: longer with each try (0, 1, …), and at random."""
    random: Callable[[int], bytes]


class RequestOrigin(Value, frozen=True):
    """Who is asking, as far as the request says: not yet recognised."""

    presented: PresentedToken
    address: str = ""
