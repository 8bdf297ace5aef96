"""Read the result of a stop as it is now, with at most seven calls to AWS however much there is.

The stop itself is a use case of the API. This reads its stored stop, the sessions on the trail, and
the cut-offs of their roles, so that the page can be opened and refreshed at any time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, GivenApproval
from chalicelib.domain.engagements.clients import is_similar_client_name, normalise_client_name
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import NotFound
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.freeze_status import FreezeStatus
from chalicelib.domain.web.stops.records import build_session_record
from chalicelib.domain.web.stops.results import (
    EndedGrant,
    StopResult,
    select_cut_offs,
    select_ended_grants,
    select_stopped,
)
from chalicelib.domain.web.stops.targets import StopScope, StopTarget, build_concern
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.web.parts import PartReader
from chalicelib.usecases.web.stops.live_sessions import (
    NOTHING_READ,
    LiveSessions,
    read_live_sessions,
)
from chalicelib.usecases.web.stops.stored import StoredTarget, read_stored

MAX_ROLES = 50
"""The roles whose cut-offs are read, those with sessions that end last first."""
MAX_GRANTS = 25
MAX_APPROVALS = 25
MAX_ENGAGEMENTS = 50
MAX_LISTED_ENGAGEMENTS = 100
MAX_SIMILAR = 5
_NO_ENGAGEMENTS: Mapping[str, Engagement] = {}


def read_result(ports: Ports, target: StopTarget) -> StopResult:
    """Return the present result of the stop of this target, with at most seven calls to AWS.

    Raise NotFound if the target does not exist. If DynamoDB does not answer, the result says what
    could not be read.
    """
    reader = PartReader()
    if target.scope is StopScope.CLIENT:
        result = _read_client(ports, reader, target)
    else:
        result = _read_item(ports, reader, target)
    return replace(result, unread=tuple(reader.unread))


def _read_item(ports: Ports, reader: PartReader, target: StopTarget) -> StopResult:
    unknown = StoredTarget(concern=build_concern(target), is_complete=False)
    stored = reader.read("The stop itself", lambda: read_stored(ports, target), unknown)
    live = reader.read(
        "The sessions", lambda: read_live_sessions(ports, stored.concern), NOTHING_READ
    )
    record = stored.record
    if target.scope is StopScope.SESSION and live.revocation is not None:
        record = build_session_record(live.revocation)
    sessions = select_stopped(live.sessions, record)
    result = StopResult(
        target=target,
        read_at=ports.now(),
        record=record,
        is_read=stored is not unknown,
        left_at=stored.left_at,
        freeze=FreezeStatus.from_block(stored.block, ports.now()) if stored.block else None,
        sessions=sessions,
        are_all=live.is_complete and stored.is_complete,
    )
    if target.scope is StopScope.LEAVE:
        result = reader.read("The grants", partial(_with_grants, ports, result), result)
    records: Sequence[GivenApproval] = ()
    if target.scope in (StopScope.MEMBER, StopScope.LEAVE) and result.record is not None:
        records = reader.read(
            "The access of others that this member approved",
            lambda: (
                ports.state.list(GivenApproval, limit=MAX_APPROVALS, approver=target.member).items
            ),
            records,
        )
    return reader.read("The cut-offs", partial(_with_cut_offs, ports, result, records), result)


def _with_cut_offs(
    ports: Ports, result: StopResult, records: Iterable[GivenApproval]
) -> StopResult:
    """Return the result with the cut-offs of its sessions, and with the access of others that was
    revoked with the member. One call reads both."""
    sessions = result.sessions
    roles = list(dict.fromkeys((each.engagement, each.role) for each in sessions))[:MAX_ROLES]
    keys: list[MixedKey] = [(RoleCutOffs, key) for key in roles]
    keys += [(ApprovedGrant, record.grant_key) for record in records]
    items = ports.state.get_together(keys) if keys else {}
    stored = [item for item in items.values() if isinstance(item, RoleCutOffs)]
    since = result.record.at if result.record is not None else None
    approvals = tuple(
        grant
        for record in records
        if (grant := pick(items, ApprovedGrant, *record.grant_key)) is not None
        and grant.request == record.request
        and grant.revoked_at is not None
        and since is not None
        and grant.revoked_at >= since
    )
    cut_offs = select_cut_offs(stored, sessions, ports.now())
    return replace(result, cut_offs=cut_offs, stored_cut_offs=tuple(stored), approvals=approvals)


def _with_grants(ports: Ports, result: StopResult) -> StopResult:
    """Return the result with the grants of the member who leaves, and their engagements."""
    member = result.target.member
    page = ports.state.list_without_stops(Grant, limit=MAX_GRANTS, member=member)
    keys: list[MixedKey] = [(Grant, each.key) for each in page.items]
    keys += [(Engagement, (each.engagement,)) for each in page.items]
    items = ports.state.get_together(keys) if keys else {}
    grants = [each for each in items.values() if isinstance(each, Grant)]
    ended = select_ended_grants(grants, result.record, ports.now())
    parts = tuple(
        EndedGrant(
            engagement=grant.engagement,
            client=engagement.client if engagement is not None else "",
            blocked_at=grant.revoked_at,
        )
        for grant in ended
        for engagement in (pick(items, Engagement, grant.engagement),)
    )
    by_client = sorted(parts, key=lambda part: (part.client.casefold(), part.engagement))
    return replace(result, engagements=tuple(by_client), has_more_engagements=bool(page.cursor))


def _read_client(ports: Ports, reader: PartReader, target: StopTarget) -> StopResult:
    """Return the result of a client's revocation: the engagements among the first ones of all, and
    those with sessions that may be alive."""
    live = reader.read(
        "The sessions", lambda: read_live_sessions(ports, build_concern(target)), NOTHING_READ
    )
    engagements, has_more = reader.read(
        "The client's engagements", lambda: _list_engagements(ports, live), (_NO_ENGAGEMENTS, True)
    )
    sought = normalise_client_name(target.client)
    own = {
        name: each
        for name, each in sorted(engagements.items())
        if normalise_client_name(each.client) == sought
    }
    if not own and not has_more:
        raise NotFound(Reason.NO_SUCH_CLIENT)
    names = {normalise_client_name(each.client): each.client for each in engagements.values()}
    similar = [
        name for key, name in names.items() if key != sought and is_similar_client_name(key, sought)
    ]
    has_all = all(each.engagement in engagements for each in live.sessions)
    result = StopResult(
        target=target,
        read_at=ports.now(),
        sessions=tuple(each for each in live.sessions if each.engagement in own),
        are_all=live.is_complete and has_all,
        engagements=tuple(
            EndedGrant(engagement=name, client=each.client, blocked_at=each.revoked_at)
            for name, each in own.items()
        ),
        has_more_engagements=has_more,
        similar_clients=tuple(sorted(similar)[:MAX_SIMILAR]),
    )
    return reader.read("The cut-offs", partial(_with_cut_offs, ports, result, ()), result)


def _list_engagements(ports: Ports, live: LiveSessions) -> tuple[Mapping[str, Engagement], bool]:
    """Return the first engagements of all and those with live sessions, by ID, and whether there
    are more."""
    page = ports.state.list(Engagement, limit=MAX_LISTED_ENGAGEMENTS)
    listed = {each.id: each for each in page.items}
    names = dict.fromkeys(each.engagement for each in live.sessions)
    unlisted = [(name,) for name in names if name not in listed][:MAX_ENGAGEMENTS]
    others = ports.state.get_many(Engagement, unlisted) if unlisted else {}
    return listed | {each.id: each for each in others.values()}, bool(page.cursor)
