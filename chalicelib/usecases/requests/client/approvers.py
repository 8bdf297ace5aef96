"""Name, list and revoke the client's approvers and contacts.

Daypass mails each approver a link to a page of their own. No one at the firm sees the link.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import (
    MAX_APPROVERS,
    MAX_NAMED,
    ClientApprover,
    NameApprover,
)
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict, NotFound, Reason, bad_value
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.members import Caller
from chalicelib.domain.requests.mailboxes import HOUR
from chalicelib.domain.stops import Stop, in_place_of
from chalicelib.domain.trail import (
    SCHEDULE,
    Action,
    build_operation,
)
from chalicelib.domain.values import Inline, Value, new_item, next_version
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.admission import Target, build_refusal
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all, read_latest_changes
from chalicelib.usecases.ports import KickedFunction, Ports
from chalicelib.usecases.recording import record, write, write_operation
from chalicelib.usecases.requests.client.rights import read_status, read_statuses
from chalicelib.usecases.vending.given_approvals import complete_approver_revocation
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke

MAX_LINKS_PER_HOUR = 5
"""How many links to one approver leads can have mailed in an hour."""
MAX_NAMED_PER_HOUR = 20
"""How many approvers and contacts leads can name for one engagement in an hour."""


def list_approvers(ports: Ports, engagement: str) -> tuple[ClientApprover, ...]:
    """Return the client's approvers and contacts, including those who were revoked. Raise NotFound
    if the engagement does not exist."""
    find_engagement(ports, engagement)
    return list_all(ports.state, ClientApprover, engagement=engagement)


def list_active_approvers(ports: Ports, engagement: str) -> list[ClientApprover]:
    """Return the client's approvers and contacts who were not revoked, from a consistent read."""
    approvers = list_all(ports.state, ClientApprover, engagement=engagement)
    return [approver for approver in approvers if approver.is_active]


def list_former_approvers(ports: Ports, engagement_id: str) -> list[ClientApprover]:
    """Return the client's former approvers whose right to approve had begun to count, after its
    waiting time, before it was revoked. Leave out those whose right another such approver revoked:
    this is for good, and `has_counted` sees it in the stop (the stored revocation).

    While no approver's right counts, these people can refuse the approvers that a lead names.
    """
    engagement = find_engagement(ports, engagement_id)
    people = list_all(ports.state, ClientApprover, engagement=engagement_id)
    former = [each for each in people if not each.is_active]
    # The stored revocations, which say who removed each of them.
    stops = ports.state.get_many(Stop, [each.stop_key for each in former])
    return [each for each in former if each.has_counted(engagement, stops.get(each.stop_key))]


def name_approver(
    ports: Ports, lead: Caller, engagement: str, request: NameApprover, *, api_url: str
) -> ClientApprover:
    """Name an approver or a contact at the client, and return them.

    Daypass then mails an approver a link to their page. `api_url` is the URL of Daypass's API,
    with which the link begins. If an approver waits because the lead who named them was suspended,
    naming them again confirms them.

    Raise NotFound if the engagement does not exist. Raise Conflict if the client has someone with
    this ID or 10 approvers and contacts, if the ID belongs to another address, if 20 were named in
    the last hour, and if this deployment sends no mail to clients. Raise InvalidRequest if a former
    approver would become a contact.
    """
    current = find_engagement(ports, engagement)
    if not ports.can_mail_clients:
        raise Conflict(Reason.MAIL_NOT_SET_UP)
    people = list_all(ports.state, ClientApprover, engagement=engagement)
    earlier = next((each for each in people if each.id == request.id), None)
    if earlier is not None and earlier.email.lower() != request.email.lower():
        raise Conflict(Reason.OTHER_ADDRESS, field="id")
    if earlier is not None and earlier.is_active:
        return _name_again(ports, lead, current, earlier, request)
    if sum(each.is_active for each in people) >= MAX_APPROVERS:
        raise Conflict(Reason.TOO_MANY_APPROVERS)
    if earlier is None and len(people) >= MAX_NAMED:
        raise Conflict(Reason.TOO_MANY_EVER)
    action = Action.APPROVER_CREATE
    if count_last_hour(ports, engagement, action) >= MAX_NAMED_PER_HOUR:
        _record_refusal(ports, lead, action, Reason.TOO_MANY_NAMED, engagement, request.id)
        raise Conflict(Reason.TOO_MANY_NAMED)
    if earlier is not None and request.is_contact and not earlier.is_contact:
        # This person may have to refuse the next approver, and a contact cannot.
        raise bad_value("is_contact", "This person was an approver. Choose another ID.")
    no_one_counts = not any(each.counts for each in read_statuses(ports, current, people))
    approver = new_item(
        ClientApprover,
        request,
        engagement=engagement,
        named_by=lead.actor,
        named_at=ports.now(),
        first_named_at=None if earlier is None else earlier.known_since,
        named_alone=no_one_counts,
        counted_before=earlier is not None
        and earlier.has_counted(current, ports.state.get(Stop, *earlier.stop_key)),
        api_url=api_url,
        **in_place_of(earlier),
    )
    # Then the approver is only proposed: former approvers get an e-mail, and can refuse them.
    details = {"alone": "true"} if no_one_counts and approver.may_approve else {}
    write(ports, lead, action, (earlier, approver), preconditions=[current], details=details)
    ports.kick(KickedFunction.NOTIFY)
    return approver


def _name_again(
    ports: Ports,
    lead: Caller,
    engagement: Engagement,
    approver: ClientApprover,
    request: NameApprover,
) -> ClientApprover:
    """Confirm an approver who waits because the lead who named them was suspended. Raise Conflict
    if they do not, and AccessDenied for a lead whose own right is too new."""
    is_same = (approver.name, approver.is_contact) == (request.name, request.is_contact)
    status = read_status(ports, engagement, approver) if approver.may_approve else None
    if not is_same or status is None or status.problem is not Reason.LEAD_SUSPENDED:
        raise Conflict(Reason.ALREADY_EXISTS, field="id")
    if ports.now() < lead.counts_from:
        reason = Reason.RIGHT_TOO_NEW
        _record_refusal(ports, lead, Action.APPROVER_CREATE, reason, engagement.id, approver.id)
        raise AccessDenied(reason)
    new = next_version(approver, named_again_by=lead.actor, named_again_at=ports.now())
    write(ports, lead, Action.APPROVER_CREATE, (approver, new), preconditions=[engagement])
    ports.kick(KickedFunction.NOTIFY)
    return new


class RevokedApprover(Value, kw_only=False):
    """A revoked approver or contact at the client."""

    approver: Inline[ClientApprover]
    """The person who was revoked."""
    ended: Revocation
    """The sessions that may be active under the access that this person approved."""


def revoke_approver(
    ports: Ports, lead: Caller, engagement: str, approver: str, *, why: str
) -> RevokedApprover:
    """End the right of the client's approver or contact, and the access that they approved. Their
    links decide nothing from now on.

    Doing it again completes what an interrupted attempt left undone. Raise NotFound if the client
    has no one with this ID.
    """
    person: ClientApprover

    def find_order() -> RevocationOrder:
        nonlocal person
        person = find_approver(ports, engagement, approver)
        named_at = rfc3339(person.named_at)
        details = {"said": why, "name": person.name, "email": person.email, "named_at": named_at}
        return RevocationOrder(person, Action.APPROVER_REVOKE, details)

    ended = revoke(ports, lead, find_order, complete_approver_revocation)
    # Without another read, because a lead may have named the person again by now.
    revoked = replace(person, revoked_at=person.revoked_at or ended.revoked_at)
    return RevokedApprover(revoked, ended)


def request_link(
    ports: Ports, lead: Caller, engagement: str, approver: str, *, api_url: str
) -> ClientApprover:
    """Record that the approver gets a new link, and return the approver. The Notify function reads
    the trail entry, and mails the link. Earlier links keep working.

    Raise NotFound for a contact, who has no link, and for someone who was revoked. Raise Conflict
    after 5 links to the approver in an hour, and if this deployment sends no mail to clients.
    """
    if not ports.can_mail_clients:
        raise Conflict(Reason.MAIL_NOT_SET_UP)
    old = find_approver(ports, engagement, approver)
    if not old.may_approve:
        raise NotFound(Reason.NO_SUCH_APPROVER)
    action = Action.APPROVER_LINK_CREATE
    if count_last_hour(ports, engagement, action, approver) >= MAX_LINKS_PER_HOUR:
        _record_refusal(ports, lead, action, Reason.TOO_MANY_LINKS, engagement, approver)
        raise Conflict(Reason.TOO_MANY_LINKS)
    # The link will begin with the stored URL of the API. Write the approver only if it has changed.
    new = old if old.api_url == api_url else next_version(old, api_url=api_url)
    operation = build_operation(action, (old, new), details={})
    write_operation(ports, lead, operation, [new] if new is not old else [])
    ports.kick(KickedFunction.NOTIFY)
    return new


def count_last_hour(ports: Ports, engagement: str, action: Action, approver: str = "") -> int:
    """Return how often leads did this in the last hour, for this approver if one is given. Return
    the highest of the limits if the hour has too many entries to count.

    Count the entries on the trail. Its list may lag, so leads who act at the same moment can exceed
    a limit by a few. That does no harm: each address gets only so many e-mails an hour.
    """
    entries, are_all = read_latest_changes(ports, engagement, HOUR)
    if not are_all:
        return max(MAX_NAMED_PER_HOUR, MAX_LINKS_PER_HOUR)
    return sum(
        entry.action is action
        and entry.actor != SCHEDULE
        and approver in ("", entry.detail("approver"))
        for entry in entries
    )


def _record_refusal(
    ports: Ports, lead: Caller, action: Action, reason: Reason, engagement: str, approver: str
) -> None:
    """Record the refusal of this action to the lead. If the reason is a limit, the entry alerts all
    leads."""
    target = Target(engagement=engagement, details={"approver": approver})
    record(ports, lead, build_refusal(action, reason, target))


def find_approver(ports: Ports, engagement: str, approver: str) -> ClientApprover:
    """Return the client's approver or contact with this ID. Raise NotFound if there is none."""
    find_engagement(ports, engagement)
    stored = ports.state.get(ClientApprover, engagement, approver)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_APPROVER)
    return stored
