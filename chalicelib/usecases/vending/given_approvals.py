"""Revoke the access that an approver helped to open, after their own right was revoked.

A suspended member may have approved requests while someone else had their token. So what they
approved ends with them. Requests that still wait need their approval again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, GivenApproval
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.errors import Conflict, Reason
from chalicelib.domain.people.members import Member
from chalicelib.domain.vending.cut_off.scope import find_cut_off_scope
from chalicelib.domain.vending.sessions import Revocation, merge_revocations
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, as_system_actor, retry_on_conflict
from chalicelib.usecases.vending.revoking import (
    RevokedItem,
    apply_stop_to_item,
    begin_revocation,
    finish_stop_and_respond,
    prepare_order,
    revoke_approved_grant,
)
from chalicelib.usecases.vending.withholding import withhold_and_list_sessions


def revoke_given_approvals(ports: Ports, by: Actor, approver: str) -> Revocation | None:
    """Revoke every access that is not over and that this approver helped to open. Return its
    sessions that may be active, or None if there is no such access. Calling it again completes it,
    and returns the sessions again.

    `approver` is a member's ID, or the `approver_key` of an approver at the client. Call this after
    their own revocation is written, so that no approval of theirs comes later. Raise Conflict or
    Unavailable if an access cannot be revoked now.
    """
    system = as_system_actor(by)
    records = _find_current(ports, approver)
    calls = (partial(_revoke, ports, system, record) for record in records)
    revocations = [each for each in ports.side_by_side(calls) if each is not None]
    return merge_revocations(revocations)


def with_given_approvals(
    ports: Ports, by: Actor, approver: str, response: Revocation
) -> Revocation:
    """Revoke the access that the approver helped to open, and return the response to the approver's
    own revocation with its sessions too."""
    others = revoke_given_approvals(ports, by, approver)
    if others is None:
        return response
    merged = merge_revocations([response, others]) or response
    return replace(merged, revoked_at=response.revoked_at)


def complete_approver_revocation(ports: Ports, by: Actor, revoked: RevokedItem) -> Revocation:
    """Complete the revocation of a member or of a client's approver like `complete_revocation`.
    Then revoke the access that they helped to approve: after the revocation is written into their
    item, no approval of theirs can come later."""
    response = withhold_and_list_sessions(
        ports,
        by,
        revoked.item,
        revoked.at,
        cut_off=find_cut_off_scope(revoked.item, revoked.order.action),
        requested_by=by.actor,
    )
    is_applied = apply_stop_to_item(ports, revoked)
    if isinstance(revoked.item, Member | ClientApprover):  # always, as mypy cannot know
        response = with_given_approvals(ports, by, revoked.item.approver_key, response)
    return finish_stop_and_respond(ports, revoked, response, is_applied=is_applied)


def stop_given_approvals(
    ports: Ports, by: Actor, approver: str, created_until: datetime | None
) -> Iterator[RevokedItem]:
    """Store a stop, the record of a revocation, for each access that the approver helped to open,
    and yield it as revoked. The access itself is not written, because the hourly job that calls
    this has no permission to write it.

    Access that was opened after `created_until` is left out, because someone had reinstated the
    approver by then. None leaves out nothing.
    """
    for record in _find_current(ports, approver):

        def attempt(by: Actor, record: GivenApproval = record) -> RevokedItem | None:
            try:
                order = prepare_order(ports, by, record.grant_key, record.request, _details(record))
            except Conflict:
                return None
            is_later = (
                created_until is not None
                and isinstance(order.item, ApprovedGrant)
                and order.item.created_at > created_until
            )
            return None if is_later else begin_revocation(ports, by, order)

        revoked = retry_on_conflict(ports, by, attempt)
        if revoked is not None:
            yield revoked


def _find_current(ports: Ports, approver: str) -> list[GivenApproval]:
    """Return the records of access that may not be over, from consistent reads.

    A member who requests access and gives it back all day leaves many records. But the number in an
    approved grant's key is one of a few (`NUMBERS`), and a new grant reuses the number, and so the
    key, of one that is over. So return at most one record for each key: that of the stored grant.
    """
    now = ports.now()
    records = [
        record
        for record in list_all(ports.state, GivenApproval, approver=approver)
        if record.ends_at > now
    ]
    keys = dict.fromkeys(record.grant_key for record in records)
    stored = ports.state.get_many(ApprovedGrant, keys)
    return [
        record
        for record in records
        if record.grant_key in stored and stored[record.grant_key].request == record.request
    ]


def _revoke(ports: Ports, by: Actor, record: GivenApproval) -> Revocation | None:
    """Revoke the access of the record. Return None if it is over."""
    try:
        return revoke_approved_grant(ports, by, record.grant_key, record.request, _details(record))
    except Conflict as error:
        if error.reason is Reason.NO_OPEN_ACCESS:
            return None
        raise


def _details(record: GivenApproval) -> dict[str, str]:
    """Return the trail details: the approver whose right was revoked."""
    return {"because": "approver-revoked", "approver": record.approver}
