"""Name, list and revoke the client's approvers and contacts.

Daypass mails each approver a link to a page of their own. No one at the firm sees the link.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import (
    MAX_APPROVERS,
    ClientApprover,
    NameApprover,
)
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.rights import list_givers
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Inline, Value, new_item, next_version
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import KickedFunction, Ports
from chalicelib.usecases.recording import write
from chalicelib.usecases.vending.given_approvals import complete_approver_revocation
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke


def list_approvers(ports: Ports, engagement: str) -> tuple[ClientApprover, ...]:
    """Return the client's approvers and contacts, also those who were revoked. Raise NotFound if
    the engagement does not exist."""
    find_engagement(ports, engagement)
    return list_all(ports.state, ClientApprover, engagement=engagement)


def list_active_approvers(ports: Ports, engagement: str) -> list[ClientApprover]:
    """Return the client's approvers and contacts who were not revoked. The read is consistent."""
    approvers = list_all(ports.state, ClientApprover, engagement=engagement)
    return [approver for approver in approvers if approver.is_active]


def name_approver(
    ports: Ports, lead: Caller, engagement_id: str, request: NameApprover, *, api_url: str
) -> ClientApprover:
    """Name an approver or a contact at the client, and return them.

    Daypass then mails an approver a link to their page. `api_url` is the URL of Daypass's API,
    with which the link begins.

    Raise NotFound if the engagement does not exist. Raise Conflict if the client has someone with
    this ID or 10 approvers and contacts, and if this deployment sends no mail to clients.
    """
    engagement = find_engagement(ports, engagement_id)
    if not ports.can_mail_clients:
        raise Conflict(Reason.MAIL_NOT_SET_UP)
    earlier = ports.state.get(ClientApprover, engagement.id, request.id)
    if earlier is not None and earlier.is_active:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    if len(list_active_approvers(ports, engagement.id)) >= MAX_APPROVERS:
        raise Conflict(Reason.TOO_MANY_APPROVERS)
    approver = new_item(
        ClientApprover,
        request,
        engagement=engagement.id,
        named_by=lead.actor,
        named_at=ports.now(),
        givers=list_givers(lead, ports.now()),
        api_url=api_url,
        # The stop, which is a stored revocation, ended the right of the person who had the ID
        # before. It must not end this one's.
        stop="" if earlier is None else earlier.stop,
        version=1 if earlier is None else earlier.version + 1,
    )
    action = Action.APPROVER_CREATE
    write(ports, lead, action, (earlier, approver), preconditions=[engagement])
    ports.kick(KickedFunction.NOTIFY)
    return approver


class RevokedApprover(Value, frozen=True):
    """A revoked approver or contact at the client."""

    approver: Inline[ClientApprover]
    """The person who was revoked, also if someone else has the ID by now."""
    ended: Revocation
    """The sessions that may be alive under the access that this person approved."""


def revoke_approver(
    ports: Ports, lead: Caller, engagement: str, approver: str, *, why: str
) -> RevokedApprover:
    """End the right of the client's approver or contact, and the access that they approved. Their
    links open nothing from now on.

    Doing it again completes what an interrupted attempt left undone. Raise NotFound if the client
    has no one with this ID.
    """
    person: ClientApprover

    def find_order() -> RevocationOrder:
        nonlocal person
        person = find_approver(ports, engagement, approver)
        # Daypass mails this person too, also if someone else has the ID by then.
        details = {"said": why, "name": person.name, "email": person.email}
        return RevocationOrder(person, Action.APPROVER_REVOKE, details)

    ended = revoke(ports, lead, find_order, complete_approver_revocation)
    # Without another read, because someone else may have the ID by now.
    revoked = replace(person, revoked_at=person.revoked_at or ended.revoked_at)
    return RevokedApprover(revoked, ended)


def request_link(
    ports: Ports, lead: Caller, engagement: str, approver: str, *, api_url: str
) -> ClientApprover:
    """Have Daypass mail a new link to the approver, and return the approver. Earlier links keep
    working.

    Raise NotFound for a contact, who has no link, and for someone who was revoked. Raise Conflict
    if this deployment sends no mail to clients.
    """
    if not ports.can_mail_clients:
        raise Conflict(Reason.MAIL_NOT_SET_UP)
    old = find_approver(ports, engagement, approver)
    if not old.may_approve:
        raise NotFound(Reason.NO_SUCH_APPROVER)
    new = next_version(old, api_url=api_url)
    write(ports, lead, Action.APPROVER_LINK_CREATE, (old, new))
    ports.kick(KickedFunction.NOTIFY)
    return new


def find_approver(ports: Ports, engagement: str, approver: str) -> ClientApprover:
    """Return the client's approver or contact with this ID. Raise NotFound if there is none."""
    find_engagement(ports, engagement)
    stored = ports.state.get(ClientApprover, engagement, approver)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_APPROVER)
    return stored
