"""Read what a stop is about: the stored item, and the sessions that may be alive."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TypeVar

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, GivenApproval
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import TrailQuery
from chalicelib.domain.values import Item, Page, Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.sessions import Session, find_alive_sessions
from chalicelib.domain.vending.stops.kinds import StopTarget
from chalicelib.domain.vending.vends import group_by_vend
from chalicelib.usecases.lists import find_token_by_id, find_tokens_ended_with
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.withholding import LOOK_BACK

MAX_ENTRIES = 1000
"""The trail entries that are read, of one page. A session has two or more."""
MAX_ENGAGEMENTS = 100
"""The engagements that are read, of those listed and of those with live sessions."""
_MISSING = {
    Grant: Reason.NO_SUCH_GRANT,
    Member: Reason.NO_SUCH_MEMBER,
    Role: Reason.NO_SUCH_ROLE,
    Engagement: Reason.NO_SUCH_ENGAGEMENT,
    Token: Reason.NO_SUCH_TOKEN,
    AccessRequest: Reason.NO_SUCH_REQUEST,
}
T = TypeVar("T")


class PartReader:
    """Reads the parts of an answer, and collects the names of those that could not be read: a stop
    never depends on them."""

    def __init__(self) -> None:
        self.unread: list[str] = []

    def read(self, part: str, call: Callable[[], T], otherwise: T) -> T:
        """Return the part. If DynamoDB does not answer, note that, and return `otherwise`."""
        try:
            return call()
        except Unavailable:
            self.unread.append(f"{part} could not be read now.")
            return otherwise


def list_given_access(ports: Ports, approver: str, limit: int) -> list[ApprovedGrant]:
    """Return the access that this approver helped to open, from so many records."""
    records = ports.state.list(GivenApproval, limit=limit, approver=approver).items
    stored = ports.state.get_many(ApprovedGrant, dict.fromkeys(each.grant_key for each in records))
    return [
        grant
        for each in records
        if (grant := stored.get(each.grant_key)) is not None and grant.request == each.request
    ]


class LiveSessions(Value):
    """The sessions of a stop that may be alive, those that end last first."""

    sessions: tuple[Session, ...] = ()
    are_all: bool = False
    """False if there may be more."""

    def select(self, engagements: Container[str], *, has_all: bool) -> LiveSessions:
        """Return only the sessions in these engagements. `has_all` says that all were read."""
        own = tuple(each for each in self.sessions if each.engagement in engagements)
        return replace(self, sessions=own, are_all=self.are_all and has_all)


def find_item(ports: Ports, target: StopTarget) -> Item | None:
    """Return the stored item that the stop ends; None for a client, and for everything that was
    never frozen. Raise NotFound if the item does not exist."""
    names, kind = target.names, target.kind
    item: Item | None = None
    expected: type[Item] | None = kind.item
    if kind.name == "freeze":
        return ports.state.get(Block, EVERYTHING)
    if names.request:
        expected = AccessRequest
        item = ports.state.get(AccessRequest, target.member, names.request)
    elif names.token:
        item = find_token_by_id(ports.state, names.member, names.token)
    elif kind.item is not None:
        key = filter(None, (names.engagement, names.member, names.role))
        item = ports.state.get(kind.item, *key)
    if expected is not None and item is None:
        raise NotFound(_MISSING[expected])
    return item


def with_ended_tokens(ports: Ports, target: StopTarget) -> StopTarget:
    """Return a token's target with the tokens that end with it."""
    ended = find_tokens_ended_with(ports.state, target.member, target.names.token)
    return replace(target, tokens=target.tokens | {each.id for each in ended})


def read_live_sessions(ports: Ports, target: StopTarget) -> LiveSessions:
    """Return the live sessions that the stop is about, from one page of the trail.

    A member's are read consistently. The others may miss sessions of the last seconds. Raise
    Unavailable if the trail cannot be read.
    """
    now = ports.now()
    page = ports.trail.page(
        TrailQuery.until_now(
            now - LOOK_BACK,
            now,
            member=target.member,
            engagement="" if target.member else target.names.engagement,
            vends_only=True,
            limit=MAX_ENTRIES,
        )
    )
    vends = [vend for vend in group_by_vend(page.items) if target.includes(vend.intent)]
    entries = (entry for vend in vends for entry in vend.entries)
    return LiveSessions(sessions=find_alive_sessions(entries, now), are_all=not page.cursor)


def read_engagements(ports: Ports, live: LiveSessions, *others: str) -> dict[str, Engagement]:
    """Return the engagements of the sessions and the others, as far as they exist, by ID."""
    names = dict.fromkeys((*(each.engagement for each in live.sessions), *others))
    stored = ports.state.get_many(Engagement, [(name,) for name in names][:MAX_ENGAGEMENTS])
    return {each.id: each for each in stored.values()}


def list_engagements(ports: Ports, live: LiveSessions) -> Page[Engagement]:
    """Return the first engagements of all, and those of the sessions."""
    page = ports.state.list(Engagement, limit=MAX_ENGAGEMENTS)
    engagements = read_engagements(ports, live) | {each.id: each for each in page.items}
    return Page(tuple(engagements[name] for name in sorted(engagements)), page.cursor)
