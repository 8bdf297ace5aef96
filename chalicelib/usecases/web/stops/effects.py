"""Read the exact effect of a stop before it happens, with at most seven calls to AWS however much
there is.

The effect names each part that cannot be read, so that reading it never prevents the stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, GivenApproval
from chalicelib.domain.engagements.clients import normalise_client_name
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.web.stops.effects import MAX_LINES, Effect, group_live_sessions
from chalicelib.domain.web.stops.targets import StopScope, StopTarget, build_concern
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.parts import PartReader
from chalicelib.usecases.web.stops.live_sessions import (
    NOTHING_READ,
    LiveSessions,
    read_live_sessions,
)
from chalicelib.usecases.web.stops.stored import StoredTarget, read_stored

MAX_ENGAGEMENTS = 50
"""One call to DynamoDB reads so many engagements with their stops."""
MAX_GRANTS = MAX_ENGAGEMENTS - MAX_LINES
MAX_LISTED_ENGAGEMENTS = 100
"""The engagements that are searched for those of a client. One call reads their stops."""
MAX_APPROVALS = 50

_NO_ENGAGEMENTS: Mapping[str, Engagement] = {}
_NO_GRANTS: tuple[Grant, ...] = ()
_NO_APPROVALS: tuple[GivenApproval, ...] = ()


def read_effect(ports: Ports, target: StopTarget) -> Effect:
    """Return the effect of stopping this target now, with at most seven calls to AWS.

    Raise NotFound if the target does not exist. If DynamoDB does not answer, the effect says what
    could not be read.
    """
    reader = PartReader(" The stop works all the same.")
    if target.scope is StopScope.CLIENT:
        effect = _read_client(ports, reader, target)
    else:
        effect = _read_item(ports, reader, target)
    return replace(effect, unread=tuple(reader.unread))


def _read_item(ports: Ports, reader: PartReader, target: StopTarget) -> Effect:
    """Return the effect of a stop of anything but a client."""
    unknown = StoredTarget(concern=build_concern(target))
    stored = reader.read("The present state", lambda: read_stored(ports, target), unknown)
    live = reader.read(
        "The live sessions",
        lambda: read_live_sessions(ports, stored.concern),
        NOTHING_READ,
    )
    effect = Effect(
        target=target,
        stopped_at=_find_time(target.scope, stored, live),
        has_led=stored.has_led,
        lines=group_live_sessions(live.sessions),
        is_complete=live.is_complete and stored.is_complete,
    )
    if target.scope in (StopScope.MEMBER, StopScope.LEAVE):
        effect = _with_approvals(ports, reader, effect)
    grants = _NO_GRANTS
    if target.scope is StopScope.LEAVE:
        grants, has_more = reader.read(
            "The grants", lambda: _read_grants(ports, target.member), (_NO_GRANTS, True)
        )
        effect = replace(effect, has_more_grants=has_more)
    engagements = _read_engagements(ports, reader, effect, grants)
    clients = {name: each.client for name, each in engagements.items()}
    return replace(
        effect,
        methods={name: each.cut_off for name, each in engagements.items()},
        grants=tuple((grant, clients.get(grant.engagement, "")) for grant in grants),
    )


def _find_time(scope: StopScope, stored: StoredTarget, live: LiveSessions) -> datetime | None:
    """Return when the target was stopped already; None if it was not."""
    if scope is StopScope.SESSION:
        return live.revocation.at if live.revocation is not None else None
    return stored.left_at if scope is StopScope.LEAVE else stored.stopped_at


def _with_approvals(ports: Ports, reader: PartReader, effect: Effect) -> Effect:
    """Return the effect with the access of others that the member helped to open. Leave it out if
    the member has more live sessions than one page: another call to AWS would be one too many."""
    if not effect.is_complete:
        text = "Daypass did not read which access of others this member approved."
        reader.unread.append(text)
        return effect
    approvals, has_more = reader.read(
        "The access of others that this member approved",
        lambda: _read_approvals(ports, effect.target.member),
        (_NO_APPROVALS, False),
    )
    if has_more:
        reader.unread.append(f"Daypass read only {MAX_APPROVALS} approvals of this member.")
    return replace(effect, approvals=approvals)


def _read_engagements(
    ports: Ports, reader: PartReader, effect: Effect, grants: Sequence[Grant]
) -> Mapping[str, Engagement]:
    """Return the engagements with the most live sessions, and those of the grants."""
    names = list(dict.fromkeys(line.engagement for line in effect.lines))[:MAX_LINES]
    keys = dict.fromkeys((*names, *(each.engagement for each in grants)))
    if not keys:
        return {}
    return reader.read(
        "The cut-offs of the engagements", lambda: _get_engagements(ports, keys), _NO_ENGAGEMENTS
    )


def _get_engagements(ports: Ports, names: Iterable[str]) -> Mapping[str, Engagement]:
    """Return the engagements with these IDs that exist, by ID."""
    stored = ports.state.get_many(Engagement, [(name,) for name in names])
    return {each.id: each for each in stored.values()}


def _read_grants(ports: Ports, member: str) -> tuple[tuple[Grant, ...], bool]:
    """Return the member's grants that end with their leaving, and whether there may be more."""
    page = ports.state.list(Grant, limit=MAX_GRANTS, member=member)
    now = ports.now()
    current = tuple(each for each in page.items if each.is_current_or_upcoming(now))
    return current, bool(page.cursor)


def _read_approvals(ports: Ports, member: str) -> tuple[tuple[GivenApproval, ...], bool]:
    """Return the access of others that is not over and that this member helped to open, from the
    first records of it, and whether there are more records."""
    now = ports.now()
    page = ports.state.list(GivenApproval, limit=MAX_APPROVALS, approver=member)
    records = [each for each in page.items if each.ends_at > now]
    keys = dict.fromkeys(each.grant_key for each in records)
    stored = ports.state.get_many(ApprovedGrant, keys)
    current = tuple(
        each
        for each in records
        if (grant := stored.get(each.grant_key)) is not None
        and grant.request == each.request
        and grant.is_current_or_upcoming(now)
    )
    return current, bool(page.cursor)


def _read_client(ports: Ports, reader: PartReader, target: StopTarget) -> Effect:
    """Return the effect of a client's revocation. Its engagements are those among the first ones
    of all, and those with live sessions."""
    live = reader.read(
        "The live sessions",
        lambda: read_live_sessions(ports, build_concern(target)),
        NOTHING_READ,
    )
    listed, has_more = reader.read(
        "The client's engagements", lambda: _list_engagements(ports), (_NO_ENGAGEMENTS, True)
    )
    lines = group_live_sessions(live.sessions)
    unlisted = list(
        dict.fromkeys(line.engagement for line in lines if line.engagement not in listed)
    )
    others = reader.read(
        "The engagements of the live sessions",
        lambda: _get_engagements(ports, unlisted[:MAX_ENGAGEMENTS]),
        _NO_ENGAGEMENTS,
    )
    all_read = {**listed, **others}
    sought = normalise_client_name(target.client)
    own = {
        name: each
        for name, each in sorted(all_read.items())
        if normalise_client_name(each.client) == sought
    }
    return Effect(
        target=target,
        lines=tuple(line for line in lines if line.engagement in own),
        is_complete=live.is_complete and len(others) == len(unlisted),
        methods={name: each.cut_off for name, each in own.items()},
        engagements=tuple(own.values()),
        has_more_engagements=has_more,
    )


def _list_engagements(ports: Ports) -> tuple[Mapping[str, Engagement], bool]:
    """Return the first engagements of all by ID, and whether there are more."""
    page = ports.state.list(Engagement, limit=MAX_LISTED_ENGAGEMENTS)
    return {each.id: each for each in page.items}, bool(page.cursor)
