"""Read what a stop is about, and its result as it is now: its stored stop, the sessions on the
trail, and the cut-offs of their roles. So the page can be opened and refreshed at any time."""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, GivenApproval
from chalicelib.domain.engagements.engagements import (
    Engagement,
    Grant,
    is_similar_client_name,
    normalise_client_name,
)
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound, Reason, Unavailable
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.stops import Stop, Stoppable
from chalicelib.domain.text import isolate
from chalicelib.domain.trail import Action, TrailQuery
from chalicelib.domain.values import Item, Page, T, Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.sessions import Session, find_alive_sessions
from chalicelib.domain.vending.stops.block_status import FreezeStatus
from chalicelib.domain.vending.stops.kinds import StopTarget
from chalicelib.domain.vending.stops.previews import MAX_LINES
from chalicelib.domain.vending.stops.results import (
    EndedAccess,
    StopRecord,
    StopResult,
    select_stopped,
)
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
            self.unread.append(f"{part} could not be read.")
            return otherwise


def list_given_access(ports: Ports, approver: str, limit: int) -> Page[ApprovedGrant]:
    """Return the access that this approver helped to open, from so many records."""
    page = ports.state.list(GivenApproval, limit=limit, approver=approver)
    keys = dict.fromkeys(each.grant_key for each in page.items)
    stored = ports.state.get_many(ApprovedGrant, keys)
    grants = tuple(
        grant
        for each in page.items
        if (grant := stored.get(each.grant_key)) is not None and grant.request == each.request
    )
    return Page(grants, page.cursor)


class LiveSessions(Value):
    """The sessions of a stop that may be active, those that end last first."""

    sessions: tuple[Session, ...] = ()
    are_all: bool = False
    """False if there may be more."""

    def select(self, engagements: Container[str], *, has_all: bool) -> LiveSessions:
        """Return only the sessions in these engagements. `has_all` says that all were read."""
        own = tuple(each for each in self.sessions if each.engagement in engagements)
        return replace(self, sessions=own, are_all=self.are_all and has_all)


def find_item(ports: Ports, target: StopTarget) -> Item | None:
    """Return the stored item that the stop revokes. For a freeze, return its block, or None if
    Daypass was never frozen. Return None for a client. Raise NotFound if the item does not exist.
    """
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
    elif kind.item is not None:  # None for a client, which is no stored item
        # The key consists of those of these names that the target has, in this order.
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

    If the stop is about a member, the read is consistent. Otherwise, sessions of the last few
    seconds may be missing. Raise Unavailable if the trail cannot be read.
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


def select_of_client(page: Page[Engagement], client: str) -> dict[str, Engagement]:
    """Return the engagements with this client by ID. Raise NotFound if there are none, unless the
    page is cut."""
    sought = normalise_client_name(client)
    own = {each.id: each for each in page.items if normalise_client_name(each.client) == sought}
    if not own and not page.cursor:
        similar = find_similar_clients(page, client)
        text = f"No engagement has this client. Similar names: {similar}." if similar else ""
        raise NotFound(Reason.NO_SUCH_CLIENT, text, field="client")
    return own


def find_similar_clients(page: Page[Engagement], client: str) -> str:
    """Return the names of other clients that resemble this one, as text; empty if there are
    none."""
    sought = normalise_client_name(client)
    names = {normalise_client_name(each.client): each.client for each in page.items}
    similar = (
        isolate(name)
        for key, name in sorted(names.items())
        if key != sought and is_similar_client_name(key, sought)
    )
    return ", ".join(list(similar)[:MAX_LINES])


MAX_ROLES = 50
"""The roles whose cut-offs are read, those with sessions that end last first."""
MAX_ROWS = 25


def read_result(ports: Ports, target: StopTarget) -> StopResult:
    """Return the current result of the stop of this target. Raise NotFound if the target does not
    exist. If DynamoDB does not answer, the result says what could not be read."""
    reader = PartReader()
    result = StopResult(target=target, read_at=ports.now(), is_read=False)
    result = reader.read("The stop itself", partial(_with_record, ports, result), result)
    live = reader.read("The sessions", partial(read_live_sessions, ports, target), LiveSessions())
    result = replace(
        result, sessions=select_stopped(live.sessions, result.record), are_all=live.are_all
    )
    if target.names.client:
        result = reader.read("The engagements", partial(_with_engagements, ports, result), result)
    if target.kind.action is Action.MEMBER_LEAVE:
        result = reader.read("The grants", partial(_with_grants, ports, result), result)
    if target.member:
        part = "The access of others that this member approved"
        result = reader.read(part, partial(_with_revoked_access, ports, result), result)
    result = reader.read("The cut-offs", partial(_with_cut_offs, ports, result), result)
    return replace(result, unread=tuple(reader.unread))


def _with_record(ports: Ports, result: StopResult) -> StopResult:
    """Return the result with who did the stop, when and why, and with the status of a freeze."""
    result = replace(result, is_read=True)
    item, action = find_item(ports, result.target), result.target.kind.action
    if isinstance(item, Block):
        freeze = FreezeStatus.from_block(item, ports.now())
        return replace(result, record=StopRecord.from_block(item), freeze=freeze)
    if not isinstance(item, Stoppable):
        return result
    if isinstance(item, Member):  # who leaves is stopped like one who is suspended
        result, action = replace(result, left_at=item.left_at), Action.MEMBER_REVOKE
    stop = ports.state.get(Stop, *item.stop_key)
    return replace(result, record=StopRecord.from_stop(item, stop, action))


def _with_cut_offs(ports: Ports, result: StopResult) -> StopResult:
    roles = list(dict.fromkeys((each.engagement, each.role) for each in result.sessions))
    stored = ports.state.get_many(RoleCutOffs, roles[:MAX_ROLES])
    return replace(result, stored_cut_offs=tuple(stored.values()))


def _with_revoked_access(ports: Ports, result: StopResult) -> StopResult:
    """Return the result with the access of others that this member helped to approve and that was
    revoked at or after the member's stop. Normally, the stop itself revoked this access."""
    if result.record is None:
        return result
    since = result.record.at
    page = list_given_access(ports, result.target.member, MAX_ROWS)
    revoked_access = tuple(
        grant for grant in page.items if grant.revoked_at is not None and grant.revoked_at >= since
    )
    return replace(result, revoked_access=revoked_access, has_more_approvals=bool(page.cursor))


def _with_grants(ports: Ports, result: StopResult) -> StopResult:
    """Return the result with the grants that the member's leaving ended. If no suspension is on
    record yet, return the result with the grants that the member has now."""
    since = result.record.at if result.record is not None else result.read_at
    page = ports.state.list(Grant, limit=MAX_ROWS, member=result.target.member)
    ended = [
        grant
        for grant in page.items
        if grant.ends_at > since and (grant.revoked_at is None or grant.revoked_at >= since)
    ]
    keys = [(grant.engagement,) for grant in ended]
    engagements = ports.state.get_many(Engagement, keys)
    parts = [
        EndedAccess(
            engagement=grant.engagement,
            client=engagement.client if (engagement := engagements.get(key)) is not None else "",
            blocked_at=grant.revoked_at,
        )
        for grant, key in zip(ended, keys, strict=True)
    ]
    by_client = sorted(parts, key=lambda part: (part.client.casefold(), part.engagement))
    return replace(result, engagements=tuple(by_client), has_more_engagements=bool(page.cursor))


def _with_engagements(ports: Ports, result: StopResult) -> StopResult:
    """Return the result with the client's engagements, and only their sessions. Raise NotFound if
    there are none."""
    live = LiveSessions(sessions=result.sessions, are_all=result.are_all)
    page = list_engagements(ports, live)
    # The page may be cut. It has the engagements of all listed sessions all the same.
    own = select_of_client(page, result.target.names.client)
    return replace(
        result,
        sessions=live.select(own, has_all=True).sessions,
        engagements=tuple(
            EndedAccess(engagement=name, client=each.client, blocked_at=each.revoked_at)
            for name, each in own.items()
        ),
        has_more_engagements=bool(page.cursor),
    )
