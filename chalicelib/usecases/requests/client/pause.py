"""Lift a client's pause without its code, and keep the pause.

The client may have lost the code, and a lead may have pressed the button who is suspended since. So
two leads can lift a pause. But Daypass cannot know who pressed: leads can open the client's page
too. So the client's approvers and contacts get an e-mail first, and can refuse for 24 hours.
"""

from __future__ import annotations

from chalicelib.domain.errors import Conflict
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, Action, Operation
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.blocks import Block
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.ports import KickedFunction, Ports
from chalicelib.usecases.recording import SystemActor, build_entry, retry_on_conflict
from chalicelib.usecases.requests.client.counting import read_statuses
from chalicelib.usecases.requests.client.links import open_approver_link
from chalicelib.usecases.requests.policies import list_client_approvers
from chalicelib.usecases.vending.blocks.lifting import find_valid_request, lift_as_leads
from chalicelib.usecases.vending.blocks.storing import read_block, store_and_record


def find_pause(ports: Ports, engagement: str) -> Block | None:
    """Return the engagement's pause, in force or lifted. None: there never was one. Raise NotFound
    if the engagement does not exist."""
    find_engagement(ports, engagement)
    return ports.state.get(Block, engagement)


def lift_pause_as_leads(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Block:
    """Request to lift the engagement's pause or, if another lead has requested it 24 hours ago,
    lift it (`lift_as_leads`). Return the pause.

    Raise NotFound if the engagement does not exist. Raise Conflict if there is no one to ask: if
    Daypass sends no mail to clients, or if no approver of the client counted at the time of the
    request. A lead could have named a newer one for this.
    """
    stored = find_engagement(ports, engagement)
    if not ports.can_mail_clients:
        raise Conflict(Reason.MAIL_NOT_SET_UP)
    block = ports.state.get(Block, engagement)
    request = find_valid_request(ports, block) if block is not None else None
    asked_at = request.at if request is not None else ports.now()
    statuses = read_statuses(ports, stored, list_client_approvers(ports, engagement))
    counting = [each.counts_from for each in statuses if each.counts]
    if not any(begin is not None and begin <= asked_at for begin in counting):
        raise Conflict(Reason.NO_ONE_TO_ASK)
    pause = lift_as_leads(ports, lead, engagement, why=why)
    ports.kick(KickedFunction.NOTIFY)
    return pause


def keep_pause(ports: Ports, link_text: str, *, address: str) -> None:
    """Refuse a lead's request to lift the pause, as the link's approver. Without a request, change
    nothing.

    Raise NotFound if the link is not valid, and Conflict if the engagement is not paused.
    """

    def attempt(_: SystemActor) -> None:
        opened = open_approver_link(ports, link_text)
        current = read_block(ports, opened.engagement.id)
        if current is None or not current.is_in_force:
            raise Conflict(Reason.NOT_PAUSED)
        request = current.lift_request
        if request is None:
            return
        actor = opened.actor(address)
        details = {"approver": opened.approver.id, "refused": request.lead}
        operation = Operation(
            action=Action.PAUSE_KEEP, engagement=opened.engagement.id, details=details
        )
        entry = build_entry(ports, actor, operation)
        kept = next_version(current, lift_request=None, entry=entry, is_recorded=False)
        store_and_record(ports, actor, kept)

    retry_on_conflict(ports, SystemActor(CLIENT), attempt)
    ports.kick(KickedFunction.NOTIFY)
