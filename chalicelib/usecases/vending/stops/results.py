"""Read the result of a stop as it is now: its stored stop, the sessions on the trail, and the
cut-offs of their roles. So the page can be opened and refreshed at any time."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, GivenApproval
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.people.members import Member
from chalicelib.domain.stops import Stop, Stoppable
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.stops.block_status import FreezeStatus
from chalicelib.domain.vending.stops.kinds import StopTarget
from chalicelib.domain.vending.stops.results import (
    EndedAccess,
    StopRecord,
    StopResult,
    select_stopped,
)
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.stops.previews import select_of_client
from chalicelib.usecases.vending.stops.reading import (
    LiveSessions,
    PartReader,
    find_item,
    list_engagements,
    read_live_sessions,
)

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
        result = reader.read(part, partial(_with_approvals, ports, result), result)
    result = reader.read("The cut-offs", partial(_with_cut_offs, ports, result), result)
    return replace(result, unread=tuple(reader.unread))


def _with_record(ports: Ports, result: StopResult) -> StopResult:
    """Return the result with who did the stop, when and why."""
    result = replace(result, is_read=True)
    item, action = find_item(ports, result.target), result.target.kind.action
    if isinstance(item, Block):
        freeze = FreezeStatus.from_block(item, ports.now())
        return replace(result, record=StopRecord.from_block(item), freeze=freeze)
    if not isinstance(item, Stoppable):
        return result
    if isinstance(item, Member):
        result, action = replace(result, left_at=item.left_at), Action.MEMBER_REVOKE
    stop = ports.state.get(Stop, *item.stop_key)
    return replace(result, record=StopRecord.from_stop(item, stop, action))


def _with_cut_offs(ports: Ports, result: StopResult) -> StopResult:
    roles = list(dict.fromkeys((each.engagement, each.role) for each in result.sessions))
    stored = ports.state.get_many(RoleCutOffs, roles[:MAX_ROLES])
    return replace(result, stored_cut_offs=tuple(stored.values()))


def _with_approvals(ports: Ports, result: StopResult) -> StopResult:
    """Return the result with the access of others that was revoked with the member."""
    if result.record is None:
        return result
    records = ports.state.list(GivenApproval, limit=MAX_ROWS, approver=result.target.member).items
    stored = ports.state.get_many(ApprovedGrant, dict.fromkeys(each.grant_key for each in records))
    since = result.record.at
    approvals = tuple(
        grant
        for record in records
        if (grant := stored.get(record.grant_key)) is not None
        and grant.request == record.request
        and grant.revoked_at is not None
        and grant.revoked_at >= since
    )
    return replace(result, approvals=approvals)


def _with_grants(ports: Ports, result: StopResult) -> StopResult:
    """Return the result with the grants that the member had when they were suspended, or has
    now."""
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
