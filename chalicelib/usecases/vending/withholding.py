"""Withhold vends in progress after a change that removes access.

A vend is one attempt to issue a session to a member. It records an intent on the trail before it
calls AWS, and an outcome before it hands the session over. To withhold a vend is to record the
outcome `withheld` first, so that the vend does not hand its session over. Daypass does this before
it answers the request for the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Reason, Unavailable
from chalicelib.domain.moments import CLOCK_MARGIN, LONGEST_SESSION, round_up_to_second
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.cut_off.scope import CutOffScope, find_cut_off_scope
from chalicelib.domain.vending.sessions import Revocation, find_alive_sessions
from chalicelib.domain.vending.vends import (
    LONGEST_VEND,
    build_outcome_entry,
    group_by_vend,
)
from chalicelib.domain.vending.withholding import (
    VendBasis,
    WithholdBasis,
    depends_on,
    find_withhold_reason,
)
from chalicelib.usecases.lists import find_tokens_ended_with
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor
from chalicelib.usecases.vending.cut_offs.request import request_cut_offs

B = TypeVar("B", bound=WithholdBasis)

LOOK_BACK = timedelta(seconds=LONGEST_SESSION) + 2 * (LONGEST_VEND + CLOCK_MARGIN)
"""The sessions of vends that began longer ago have expired."""


def withhold_vends(ports: Ports, by: Actor, item: WithholdBasis) -> None:
    """Withhold the vends in progress that the changed item no longer allows.

    Call this after the change is written, and before the request for the change is answered. This
    function finds every vend that recorded its intent before the trail is read here. A vend that
    records its intent later sees the change when it decides for the second time.

    Read the item again, because someone may have restored the access meanwhile.
    """
    entries = list(find_vend_entries(ports, [item]))
    withhold_open_vends(ports, by, entries, read_current_item(ports, item))


def withhold_and_list_sessions(
    ports: Ports,
    by: Actor,
    item: WithholdBasis,
    revoked_at: datetime,
    *,
    cut_off: CutOffScope | None,
    requested_by: str,
) -> Revocation:
    """Withhold the vends in progress under the revoked item, and request the cut-offs of its live
    sessions. Return the sessions that may be active.

    For a token, these include the sessions of the tokens that end with it
    (`find_tokens_ended_with`): those that it replaced, and those that were created with them, such
    as Slack bindings. `cut_off` is the scope of the cut-offs. If it is None, request no cut-offs.
    `requested_by` is the actor of the revocation, even if a job completes it. After the returned
    `cut_off_at`, Daypass hands over no session under the revoked item.
    """
    items = [item]
    if isinstance(item, Token):
        items += find_tokens_ended_with(ports.state, item.member, item.id)
    found_entries = find_vend_entries(ports, items)
    entries = withhold_open_vends(ports, by, found_entries, item)
    now = ports.now()
    sessions = find_alive_sessions(entries, now)
    revocation = Revocation.from_sessions(
        sessions, revoked_at=revoked_at, cut_off_at=round_up_to_second(now) + CLOCK_MARGIN
    )
    return request_cut_offs(ports, by, revocation, sessions, cut_off, requested_by=requested_by)


def withhold_and_cut_off(
    ports: Ports,
    by: Actor,
    item: VendBasis,
    action: Action,
    revoked_at: datetime,
    requested_by: str,
) -> None:
    """Withhold the vends in progress under an item whose revocation was interrupted, and request
    the cut-offs of its sessions. Raise Unavailable if a cut-off cannot be recorded."""
    scope = find_cut_off_scope(item, action)
    revocation = withhold_and_list_sessions(
        ports, by, item, revoked_at, cut_off=scope, requested_by=requested_by
    )
    if revocation.cut_offs_missing:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)


def find_vend_entries(ports: Ports, items: Sequence[WithholdBasis]) -> Iterator[Entry]:
    """Yield the trail entries of all vends that depend on one of the items and are in progress or
    recent.

    A session of an older vend has expired. Read the members' entries in parallel.
    """
    since = ports.now() - LOOK_BACK
    members = dict.fromkeys(
        member for item in items for member in _find_members_with_possible_vends(ports, item, since)
    )
    reads = (lambda member=member: list(ports.trail.vends(member, since)) for member in members)
    for entries in ports.side_by_side(reads):
        for vend in group_by_vend(entries):
            if any(depends_on(vend.intent, item) for item in items):
                yield from vend.entries


def _find_members_with_possible_vends(
    ports: Ports, item: WithholdBasis, since: datetime
) -> Iterable[str]:
    """Return the IDs of the members who may have begun, after `since`, a vend that depends on the
    item.

    For an engagement, its pause or a role, these are the members whose grant was valid when such a
    vend may have read it, or later. Grants are never deleted. Do not call this for a freeze:
    `usecases.vending.run_cut_offs` reads the vends of all members.
    """
    match item:
        case Member():
            return (item.id,)
        case Token() | Grant() | ApprovedGrant() | AccessLink():
            return (item.member,)
        case ClientApprover():
            return ()  # no vend depends on it directly (`depends_on`)
        case Engagement():
            grants = ports.state.find_grants_since(item.id, since - LONGEST_VEND)
        case Role():
            grants = ports.state.find_grants_since(item.engagement, since - LONGEST_VEND)
        case Block():  # a pause, whose scope is the engagement
            grants = ports.state.find_grants_since(item.scope, since - LONGEST_VEND)
    return [grant.member for grant in grants]


def read_current_item(ports: Ports, item: B) -> B:
    """Return the item as it is stored now, or the given item if it is no longer stored."""
    return ports.state.get_many(type(item), [item.key]).get(item.key, item)


def withhold_open_vends(
    ports: Ports, by: Actor, entries: Iterable[Entry], item: WithholdBasis
) -> list[Entry]:
    """Withhold those of the entries' vends that are in progress and that the item does not allow.

    `item` is the stored version of what was revoked or changed, such as a grant. Pass only entries
    of vends that depend on it or, for a token, on another token that its revocation ends. Return
    the given entries, and the outcomes that the trail now has for the withheld vends.
    """
    all_entries = list(entries)
    open_intents = [vend.intent for vend in group_by_vend(all_entries) if vend.outcome is None]
    for intent in open_intents:
        now = ports.now()
        reason = find_withhold_reason(intent, item, now)
        if reason is not None:
            details = {"closed_by": by.actor}
            withheld = build_outcome_entry(
                intent, Outcome.WITHHELD, at=now, reason=reason, details=details
            )
            all_entries.append(ports.trail.put_outcome(intent, withheld))
    return all_entries
