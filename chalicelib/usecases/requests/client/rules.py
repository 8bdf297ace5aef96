"""Change who decides for a client, and what needs its approval.

The approver's page has a button for each: confirm or remove another approver, require the client's
approval for all access or lift that, and keep a pause. While the client requires its approval, it
alone decides who gives it, and only the client lifts that. A lead can require it too, and two leads
can lift a pause. The client may have lost the pause's code, and a lead may have pressed the button
who is suspended since. But Daypass cannot know who pressed: leads can open the client's page too.
So the client's approvers and contacts get an e-mail first, and can refuse for 24 hours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from chalicelib.domain.engagements.client_approvers import FOR_GOOD, ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict, NotFound, Reason
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import CLIENT, Action, Operation
from chalicelib.domain.values import Item, next_version
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.stops.block_status import PauseStatus
from chalicelib.usecases.admission import Target, build_refusal
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.ports import KickedFunction, Ports
from chalicelib.usecases.recording import (
    Actor,
    SystemActor,
    as_system_actor,
    build_entry,
    record,
    retry_on_conflict,
    write,
)
from chalicelib.usecases.requests.client.rights import (
    ApproverStatus,
    OpenedLink,
    explain_not_counting,
    open_approver_link,
    open_link_to_refuse,
    read_status,
    read_statuses,
)
from chalicelib.usecases.requests.policies import list_client_approvers
from chalicelib.usecases.vending.blocks.freezing import find_valid_request, lift_as_leads
from chalicelib.usecases.vending.blocks.storing import read_block, store_and_record
from chalicelib.usecases.vending.given_approvals import complete_approver_revocation
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke
from chalicelib.usecases.vending.withholding import withhold_vends

T = TypeVar("T")


def confirm_on_page(ports: Ports, link_text: str, approver: str, *, address: str) -> None:
    """Confirm this approver on behalf of another one, the link's holder. Confirming again changes
    nothing.

    Raise NotFound if the link is not valid, or the client has no such approver. Raise AccessDenied
    if the holder's own approval does not count yet. Raise Conflict for the holder themself, and
    while the engagement does not require the client's approval for all access: then an approver
    needs no confirmation.
    """

    def attempt(opened: OpenedLink) -> None:
        action, details = Action.APPROVER_CONFIRM, {"by_approver": opened.approver.id}
        status = _require_counting(
            ports, opened, address, action, {"approver": approver, **details}
        )
        person = _find_approver(ports, opened, approver)
        if person.id == opened.approver.id or not opened.engagement.requires_client_approval:
            raise Conflict(
                Reason.NO_SUCH_APPROVER,  # no approver to confirm; the page shows only the text
                "There is nothing to confirm. You do not need to do anything.",
            )
        # A confirmation that rests on a suspended lead does not count: this one takes its place.
        problem = read_status(ports, opened.engagement, person).problem
        if person.is_confirmed(opened.engagement) and problem is not Reason.LEAD_SUSPENDED:
            return
        now, confirming = ports.now(), opened.approver
        new = next_version(
            person,
            confirmed_by=confirming.id,
            confirmed_at=now,
            confirmed_under=confirming.list_confirming_leads(now),
        )
        # The engagement is a precondition, because the client may lift its rule at this moment.
        by, preconditions = opened.actor(address), [opened.engagement, *status.leads]
        write(ports, by, action, (person, new), preconditions=preconditions, details=details)

    _retry_with_link(ports, link_text, attempt)
    ports.kick(KickedFunction.NOTIFY)


def remove_on_page(ports: Ports, link_text: str, approver: str, *, address: str) -> Revocation:
    """On behalf of the link's holder, end the right of another approver, and the access that they
    approved. Doing it again completes what an interrupted attempt left undone.

    Raise NotFound if the link is not valid, or the client has no such approver. Raise AccessDenied
    for the holder themself, and if the other approver's approval counts and the holder's does not.
    """
    by = open_link_to_refuse(ports, link_text).actor(address)

    def find_order() -> RevocationOrder:
        opened, action = open_link_to_refuse(ports, link_text), Action.APPROVER_REVOKE
        engagement, holder = opened.engagement, opened.approver
        stored = ports.state.get(ClientApprover, engagement.id, approver)
        # If the approver is revoked already, complete what an earlier attempt may have left undone.
        person = stored if stored is not None and not stored.is_active else None
        person = person or _find_approver(ports, opened, approver)
        # The link of a former approver `only_refuses` approvers who do not count yet.
        counts = not opened.only_refuses and read_status(ports, engagement, holder).counts
        details = {"by_approver": holder.id}
        if person.is_active:
            # Any holder may remove approvers who do not count yet. A holder who counts may also
            # remove the others.
            may_remove = counts or not read_status(ports, engagement, person).counts
            if person.id == holder.id or not may_remove:
                text = (
                    "This person is an approver at your company. Only another approver whose"
                    " approval counts can remove them."
                )
                details["approver"] = approver
                reason = Reason.NOT_AN_APPROVER
                raise _refuse(ports, opened, address, action, reason, details, text)
        details |= {
            "name": person.name,
            "email": person.email,
            "named_at": rfc3339(person.named_at),
            # If the holder's approval counts, the removed person can no longer refuse proposed
            # approvers, as other former approvers can (`list_former_approvers`).
            FOR_GOOD: "true" if counts else "",
        }
        return RevocationOrder(person, action, details)

    ended = revoke(ports, by, find_order, complete_approver_revocation)
    ports.kick(KickedFunction.NOTIFY)
    return ended


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
        return _store_rule(ports, by, old, deciding[:1], is_required=True, details={"said": why})

    required = retry_on_conflict(ports, lead, attempt)
    withhold_vends(ports, lead, required)
    return required


def set_client_approval(ports: Ports, link_text: str, *, is_required: bool, address: str) -> None:
    """On behalf of the link's holder, require the client's approval for all access, or lift that
    rule.

    Vends in progress that the client has not approved are withheld. Raise NotFound if the link is
    not valid. Raise AccessDenied if an approver who does not count yet tries to lift the rule: a
    lead could have named themself as an approver, to lift the rule and get access.
    """

    def attempt(opened: OpenedLink) -> tuple[SystemActor, Engagement]:
        engagement, by = opened.engagement, opened.actor(address)
        leads: Sequence[Item] = ()
        if engagement.requires_client_approval is not is_required:
            details = {"approver": opened.approver.id}
            if not is_required:
                action = Action.CLIENT_APPROVAL_LIFT
                leads = _require_counting(ports, opened, address, action, details).leads
            engagement = _store_rule(
                ports, by, engagement, leads, is_required=is_required, details=details
            )
        return by, engagement

    by, engagement = _retry_with_link(ports, link_text, attempt)
    if is_required:
        # Without preconditions: these vends must be withheld even if the link has changed since.
        withhold_vends(ports, as_system_actor(by), engagement)


def find_pause(ports: Ports, engagement: str) -> PauseStatus:
    """Return the status of the engagement's pause, which may be over. Raise NotFound if the
    engagement does not exist."""
    find_engagement(ports, engagement)
    return PauseStatus.from_block(ports.state.get(Block, engagement), ports.now())


def lift_pause_as_leads(ports: Ports, lead: Caller, engagement: str, *, why: str) -> PauseStatus:
    """Request to lift the engagement's pause or, if another lead requested it at least 24 hours
    ago, lift it (`lift_as_leads`). Return the status of the pause.

    Raise NotFound if the engagement does not exist. Raise Conflict if there is no one to ask: if
    Daypass sends no mail to clients, or if no approver's approval counted at the time of the
    request. An approver who was named later does not help: a lead could have named them for this.
    """
    stored, block = find_engagement(ports, engagement), ports.state.get(Block, engagement)
    if not ports.can_mail_clients:
        raise Conflict(Reason.MAIL_NOT_SET_UP)
    request = find_valid_request(ports, block) if block is not None else None
    asked_at = request.at if request is not None else ports.now()
    begins = [each.counts_from for each in read_statuses(ports, stored) if each.counts]
    if not any(begin is not None and begin <= asked_at for begin in begins):
        raise Conflict(Reason.NO_ONE_TO_ASK)
    pause = lift_as_leads(ports, lead, engagement, why=why)
    ports.kick(KickedFunction.NOTIFY)
    return PauseStatus.from_block(pause, ports.now())


def keep_pause(ports: Ports, link_text: str, *, address: str) -> None:
    """On behalf of the link's holder, refuse a lead's request to lift the pause. Without a request,
    change nothing. `address` is the IP address of the holder's device.

    Raise NotFound if the link is not valid, and Conflict if the engagement is not paused.
    """

    def attempt(opened: OpenedLink) -> None:
        current = read_block(ports, opened.engagement.id)
        if current is None or not current.is_in_force:
            raise Conflict(Reason.NOT_PAUSED)
        request, actor = current.lift_request, opened.actor(address)
        if request is None:
            return
        details = {"approver": opened.approver.id, "refused": request.lead}
        operation = Operation(
            action=Action.PAUSE_KEEP, engagement=opened.engagement.id, details=details
        )
        entry = build_entry(ports, actor, operation)
        # The pause is stored with its entry, and then the entry goes to the trail. If that fails,
        # the next change of the pause or a job records the stored entry.
        kept = next_version(current, lift_request=None, entry=entry, is_recorded=False)
        store_and_record(ports, actor, kept)

    _retry_with_link(ports, link_text, attempt)
    ports.kick(KickedFunction.NOTIFY)


def _retry_with_link(ports: Ports, link_text: str, attempt: Callable[[OpenedLink], T]) -> T:
    """Call `attempt` with the opened link until it succeeds (see `retry_on_conflict`), and return
    its result. Each attempt opens the link again. Raise NotFound if the link is not valid."""

    def open_and_attempt(_: SystemActor) -> T:
        return attempt(open_approver_link(ports, link_text))

    return retry_on_conflict(ports, SystemActor(CLIENT), open_and_attempt)


def _require_counting(
    ports: Ports, opened: OpenedLink, address: str, action: Action, details: Mapping[str, str]
) -> ApproverStatus:
    """Return the status of the link's holder, whose approval counts. Otherwise record the refusal,
    and raise AccessDenied."""
    status = read_status(ports, opened.engagement, opened.approver)
    if status.problem is not None:
        others = read_statuses(ports, opened.engagement)
        text = explain_not_counting(opened.engagement, status, others)
        raise _refuse(ports, opened, address, action, status.problem, details, text)
    return status


def _refuse(
    ports: Ports,
    opened: OpenedLink,
    address: str,
    action: Action,
    reason: Reason,
    details: Mapping[str, str],
    text: str,
) -> AccessDenied:
    """Record that the action was refused to the link's holder, and return the error to raise."""
    target = Target(engagement=opened.engagement.id, details=details)
    record(ports, opened.actor(address), build_refusal(action, reason, target))
    return AccessDenied(reason, text)


def _find_approver(ports: Ports, opened: OpenedLink, approver: str) -> ClientApprover:
    person = ports.state.get(ClientApprover, opened.engagement.id, approver)
    if person is None or not person.may_approve:
        raise NotFound(Reason.NO_SUCH_APPROVER)
    return person


def _store_rule(
    ports: Ports,
    by: Actor,
    engagement: Engagement,
    preconditions: Sequence[Item] = (),
    *,
    is_required: bool,
    details: Mapping[str, str],
) -> Engagement:
    """Store whether the engagement requires the client's approval, and return the engagement. Raise
    Conflict if the engagement or one of `preconditions` has changed since they were read."""
    action = Action.CLIENT_APPROVAL_REQUIRE if is_required else Action.CLIENT_APPROVAL_LIFT
    new = next_version(
        engagement,
        requires_client_approval=is_required,
        client_approval_since=ports.now() if is_required else None,
    )
    write(ports, by, action, (engagement, new), preconditions=preconditions, details=details)
    return new
