"""Require the client's approval for all access to an engagement, and lift that.

A lead or the client requires it. Only the client lifts it.
"""

from __future__ import annotations

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, Action, Operation, Outcome
from chalicelib.domain.values import next_version
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import (
    Actor,
    SystemActor,
    as_system_actor,
    record,
    retry_on_conflict,
    write,
)
from chalicelib.usecases.requests.client.counting import (
    ApproverStatus,
    explain_not_counting,
    read_status,
)
from chalicelib.usecases.requests.client.links import OpenedLink, open_approver_link
from chalicelib.usecases.requests.policies import list_client_approvers
from chalicelib.usecases.vending.withholding import withhold_vends


def require_client_approval(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Engagement:
    """Require the client's approval for all access to the engagement, and return the engagement.

    Vends in progress that the client has not approved are withheld. Only the client can lift this.
    Raise NotFound if the engagement does not exist, and Conflict if the client has no approver.
    """

    def attempt(by: Actor) -> Engagement:
        old = find_engagement(ports, engagement)
        if old.requires_client_approval:
            return old
        deciding = list_client_approvers(ports, old.id)
        if not deciding:
            raise Conflict(Reason.NO_CLIENT_APPROVER)
        # One approver must remain: without any, no one could approve or lift this.
        return _store(ports, by, old, is_required=True, approver=deciding[0], details={"said": why})

    required = retry_on_conflict(ports, lead, attempt)
    withhold_vends(ports, lead, required)
    return required


def set_client_approval(ports: Ports, link_text: str, *, is_required: bool, address: str) -> None:
    """Require the client's approval for all access, or lift that, as the link's approver. Vends in
    progress that the client has not approved are withheld.

    Raise NotFound if the link is not valid. Raise AccessDenied if an approver lifts it who does not
    count yet: a lead could have named themself, to lift it and enter.
    """

    def attempt(_: SystemActor) -> tuple[OpenedLink, Engagement]:
        opened = open_approver_link(ports, link_text)
        engagement = find_engagement(ports, opened.engagement.id)
        if engagement.requires_client_approval is not is_required:
            status = read_status(ports, engagement, opened.approver)
            if not is_required and status.problem is not None:
                raise _refuse_to_lift(ports, opened, address, status, status.problem)
            engagement = _store(
                ports,
                opened.actor(address),
                engagement,
                is_required=is_required,
                details={"approver": opened.approver.id},
            )
        return opened, engagement

    opened, engagement = retry_on_conflict(ports, SystemActor(CLIENT), attempt)
    if is_required:
        withhold_vends(ports, as_system_actor(opened.actor(address)), engagement)


def _store(
    ports: Ports,
    by: Actor,
    engagement: Engagement,
    *,
    is_required: bool,
    details: dict[str, str],
    approver: ClientApprover | None = None,
) -> Engagement:
    """Store whether the engagement requires the client's approval, and return the engagement. Raise
    Conflict if the engagement or this approver has changed since they were read."""
    action = Action.CLIENT_APPROVAL_REQUIRE if is_required else Action.CLIENT_APPROVAL_LIFT
    new = next_version(
        engagement,
        requires_client_approval=is_required,
        client_approval_since=ports.now() if is_required else None,
    )
    write(
        ports,
        by,
        action,
        (engagement, new),
        preconditions=[approver] if approver else (),
        details=details,
    )
    return new


def _refuse_to_lift(
    ports: Ports, opened: OpenedLink, address: str, status: ApproverStatus, reason: Reason
) -> AccessDenied:
    """Record that an approver may not lift the requirement yet, and return the error to raise."""
    operation = Operation(
        action=Action.CLIENT_APPROVAL_LIFT,
        outcome=Outcome.REFUSED,
        reason=reason,
        engagement=opened.engagement.id,
        details={"approver": opened.approver.id},
    )
    record(ports, opened.actor(address), operation)
    return AccessDenied(reason, explain_not_counting(ports, opened.engagement, status))
