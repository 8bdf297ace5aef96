"""Carry out the buttons of the approver's page that confirm or remove another approver.

While the client requires its approval for all access, it alone decides who gives it.
"""

from __future__ import annotations

from chalicelib.domain.engagements.client_approvers import FOR_GOOD, ClientApprover
from chalicelib.domain.errors import AccessDenied, Conflict, NotFound
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, Action, Operation, Outcome
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.ports import KickedFunction, Ports
from chalicelib.usecases.recording import SystemActor, record, retry_on_conflict, write
from chalicelib.usecases.requests.client.counting import (
    ApproverStatus,
    explain_not_counting,
    read_status,
)
from chalicelib.usecases.requests.client.links import OpenedLink, open_approver_link, open_proposals
from chalicelib.usecases.vending.given_approvals import complete_approver_revocation
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke


def confirm_on_page(ports: Ports, link_text: str, approver: str, *, address: str) -> None:
    """Confirm the approver, as the link's approver. Confirming again changes nothing.

    Raise NotFound if the link is not valid, or the client has no such approver. Raise AccessDenied
    if the link's approver does not count yet, and Conflict while the client does not require its
    approval for all access: then a lead names its approvers.
    """

    def attempt(_: SystemActor) -> None:
        opened = open_approver_link(ports, link_text)
        status = read_status(ports, opened.engagement, opened.approver)
        if status.problem is not None:
            operation = _describe(opened, Action.APPROVER_CONFIRM, status.problem, approver)
            record(ports, opened.actor(address), operation)
            detail = explain_not_counting(ports, opened.engagement, status)
            raise AccessDenied(status.problem, detail)
        person = _find_approver(ports, opened, approver)
        if person.id == opened.approver.id or not opened.engagement.requires_client_approval:
            raise Conflict(Reason.NO_SUCH_APPROVER, "There is nothing to confirm.")
        if person.confirmed_at is not None:
            return
        new = next_version(person, confirmed_by=opened.approver.id, confirmed_at=ports.now())
        write(
            ports,
            opened.actor(address),
            Action.APPROVER_CONFIRM,
            (person, new),
            preconditions=[opened.engagement],
            details={"by_approver": opened.approver.id},
        )

    retry_on_conflict(ports, SystemActor(CLIENT), attempt)
    ports.kick(KickedFunction.NOTIFY)


def remove_on_page(ports: Ports, link_text: str, approver: str, *, address: str) -> Revocation:
    """End the right of another approver, and the access that they approved, as the link's approver.

    Raise NotFound if the link is not valid, or the client has no such approver. Raise AccessDenied
    if the other counts already, and the link's approver does not.
    """
    by = open_proposals(ports, link_text).actor(address)

    def find_order() -> RevocationOrder:
        opened = open_proposals(ports, link_text)
        stored = ports.state.get(ClientApprover, opened.engagement.id, approver)
        person = stored if stored is not None and not stored.is_active else None
        person = person or _find_approver(ports, opened, approver)
        by_status = _read_holder_status(ports, opened)
        if person.is_active and not _may_remove(ports, opened, by_status, person):
            reason = Reason.NOT_AN_APPROVER
            operation = _describe(opened, Action.APPROVER_REVOKE, reason, approver)
            record(ports, opened.actor(address), operation)
            raise AccessDenied(
                reason,
                "This person approves for your company already. Only someone who does so too can"
                " remove them.",
            )
        details = {
            "by_approver": opened.approver.id,
            "name": person.name,
            "email": person.email,
            "named_at": rfc3339(person.named_at),
            FOR_GOOD: "true" if by_status is not None and by_status.counts else "",
        }
        return RevocationOrder(person, Action.APPROVER_REVOKE, details)

    ended = revoke(ports, by, find_order, complete_approver_revocation)
    ports.kick(KickedFunction.NOTIFY)
    return ended


def _read_holder_status(ports: Ports, opened: OpenedLink) -> ApproverStatus | None:
    """Return whether the link's holder counts, or None if they can only refuse others."""
    if opened.only_refuses:
        return None
    return read_status(ports, opened.engagement, opened.approver)


def _may_remove(
    ports: Ports, opened: OpenedLink, by_status: ApproverStatus | None, person: ClientApprover
) -> bool:
    """Return whether the link's holder may remove this approver."""
    other = read_status(ports, opened.engagement, person)
    if by_status is None:
        return person.id != opened.approver.id and not other.counts
    return by_status.may_remove(other)


def _find_approver(ports: Ports, opened: OpenedLink, approver: str) -> ClientApprover:
    person = ports.state.get(ClientApprover, opened.engagement.id, approver)
    if person is None or not person.may_approve:
        raise NotFound(Reason.NO_SUCH_APPROVER)
    return person


def _describe(opened: OpenedLink, action: Action, reason: Reason, approver: str) -> Operation:
    """Return the operation that was refused to the link's approver."""
    return Operation(
        action=action,
        outcome=Outcome.REFUSED,
        reason=reason,
        engagement=opened.engagement.id,
        details={"approver": approver, "by_approver": opened.approver.id},
    )
