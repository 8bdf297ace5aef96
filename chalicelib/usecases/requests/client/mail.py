"""Write the e-mails to the approvers and contacts at a client, from what is stored by then.

Each e-mail to an approver has a link of its own to their page. Only the function that sends the
e-mail ever has the link's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.digest_head import DigestHead
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.moments import utc_text
from chalicelib.domain.notifications.client import ClientEvent
from chalicelib.domain.people.members import Member
from chalicelib.domain.requests.client_mails import (
    Mail,
    MailFacts,
    MailSection,
    name_with_id,
    write_mail,
)
from chalicelib.domain.requests.decisions import build_effective_policy
from chalicelib.domain.requests.mailboxes import QueuedEvent
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.text import clean_text
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.usecases.lists import read_part
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SCHEDULE_ACTOR
from chalicelib.usecases.requests.client.approvers import (
    list_active_approvers,
    list_former_approvers,
)
from chalicelib.usecases.requests.client.rights import create_approver_link
from chalicelib.usecases.requests.policies import read_policies
from chalicelib.usecases.requests.reading import find_request


class MailWriter:
    """Writes an e-mail about the events that wait in a mailbox."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def find_sections(self, address: str, events: Sequence[QueuedEvent]) -> list[MailSection]:
        """Return the parts of the e-mail to this address, without links. Leave out events
        that no longer concern the recipient. If none is left, return an empty list."""
        engagements = dict.fromkeys(queued.event.engagement for queued in events)
        sections = (
            self._find_section(
                address, each, [queued for queued in events if queued.event.engagement == each]
            )
            for each in engagements
        )
        return [section for section in sections if section is not None]

    def seal(
        self, sections: Sequence[MailSection], *, left_out: int, may_have_arrived: bool
    ) -> Mail:
        """Return the e-mail, with a new link for each engagement that the recipient approves for.
        Raise Unavailable if a link could not be stored."""
        schedule = SCHEDULE_ACTOR
        sealed = [
            replace(section, url=create_approver_link(self._ports, schedule, section.recipient))
            if section.recipient.may_approve or section.is_proposal
            else section
            for section in sections
        ]
        return write_mail(
            sealed,
            left_out=left_out,
            may_have_arrived=may_have_arrived,
            head=read_part(partial(self._ports.state.get, DigestHead)),
        )

    def _find_section(
        self, address: str, engagement_id: str, events: Sequence[QueuedEvent]
    ) -> MailSection | None:
        """Return the part of the e-mail about one engagement. Return None if none of the events
        concerns the recipient any more."""
        engagement = self._ports.state.get(Engagement, engagement_id)
        if engagement is None:
            return None
        people = list_active_approvers(self._ports, engagement_id)
        people.sort(key=lambda person: person.is_contact)  # who has no link to refuse with
        is_anyone_alone = any(queued.event.is_alone for queued in events)
        former = list_former_approvers(self._ports, engagement_id) if is_anyone_alone else []
        recipient, facts, is_proposal = None, [], False
        for queued in events:
            candidates = [*former, *people] if queued.event.is_alone else people
            person = _find_recipient(queued, address, candidates)
            if person is not None and self._concerns_client(queued, engagement):
                is_former = person in former
                recipient = recipient if is_proposal and not is_former else person
                is_proposal = is_proposal or is_former
                facts.append((self._read_facts(queued.event, engagement, people), queued.more))
        if recipient is None:
            return None
        return MailSection(recipient=recipient, events=tuple(facts), is_proposal=is_proposal)

    def _read_facts(
        self, event: ClientEvent, engagement: Engagement, people: Sequence[ClientApprover]
    ) -> MailFacts:
        """Return the facts of the event, as they are by now."""
        request = self._find_request(event)
        until = request.expires_at if request is not None else event.refuse_until
        approver = build_removed(event) or self._find_approver(event, event.approver)
        return MailFacts(
            action=event.action,
            firm=self._ports.firm,
            client=clean_text(engagement.client, 80),
            account_id=engagement.account_id,
            by=self._name_actor(event),
            member=self._name_member(event.member),
            role=event.role,
            span=event.span,
            answer_until=utc_text(until) if until is not None else "",
            approver=approver,
            counts=_describe_counting(approver, engagement),
            deciders=", ".join(clean_text(each.name, 80) for each in people if each.may_approve)
            or "no one at the moment",
        )

    def _concerns_client(self, queued: QueuedEvent, engagement: Engagement) -> bool:
        """Return whether people at the client should be notified of this event now."""
        event, action = queued.event, queued.event.action
        if not action.startswith(("request.", "emergency.")):
            return True
        if queued.more and not event.is_still_waiting:
            return True  # those that are only counted may concern them
        role = event.role
        policies = read_policies(self._ports, engagement.id, role)
        policy = build_effective_policy(engagement, policies, role)
        if action is Action.EMERGENCY_BEGIN:
            return engagement.requires_client_approval or policy.notify_client_of_emergencies
        request = self._find_request(event)
        if request is None:
            return False
        if action is Action.REQUEST_CREATE and (
            request.status_at(self._ports.now()) is not RequestStatus.WAITING
        ):
            return False  # it is too late to decide
        if action is Action.REQUEST_APPROVE and event.is_still_waiting:
            return False  # those who must decide have an e-mail already
        return request.is_client_approved or policy.client

    def _find_request(self, event: ClientEvent) -> AccessRequest | None:
        return find_request(self._ports, event.request) if event.request else None

    def _find_approver(self, event: ClientEvent, approver: str) -> ClientApprover | None:
        return (
            self._ports.state.get(ClientApprover, event.engagement, approver) if approver else None
        )

    def _name_actor(self, event: ClientEvent) -> str:
        """Return the name and the ID of the person who acted, with their company."""
        if event.actor == CLIENT:
            approver = self._find_approver(event, event.by_approver or event.approver)
            return name_with_id(approver) if approver is not None else "An approver"
        firm_name = self._ports.firm.name or "our side"
        return f"{self._name_member(event.actor)} of {firm_name}"

    def _name_member(self, member: str) -> str:
        """Return the member's name and ID. The ID is unique, and no one can choose another's."""
        stored = self._ports.state.get(Member, member)
        return name_with_id(stored) if stored is not None else member


def _describe_counting(person: ClientApprover | None, engagement: Engagement) -> str:
    """Return from when the approver's right counts, such as `counts from …`. Empty for others."""
    if person is None or not person.may_approve:
        return ""
    begins_at = person.counts_from(engagement)
    if begins_at is None:
        return "counts after someone who approves for your company already has confirmed them"
    return f"counts from {utc_text(begins_at)}"


def build_removed(event: ClientEvent) -> ClientApprover | None:
    """Return the person that this event removed, as they were then. Return None if it removed no
    one.

    A lead who replaces a client's approver with someone else must not be able to hide that from the
    approver.
    """
    if event.action is not Action.APPROVER_REVOKE or not event.email:
        return None
    return ClientApprover(
        engagement=event.engagement,
        id=event.approver,
        name=event.name,
        email=event.email,
        named_by=event.actor,
        named_at=event.named_at or event.at,
        revoked_at=event.at,
    )


def _find_recipient(
    queued: QueuedEvent, address: str, people: Sequence[ClientApprover]
) -> ClientApprover | None:
    """Return the recipient. Return None if they were removed since, unless the event is their own
    removal.

    A proposal from the time when no approver counted reaches anyone with the address. Otherwise a
    lead could name the same person again, under another ID too, and remove that one before the
    e-mail is sent.
    """
    removed = build_removed(queued.event)
    for person in (removed, *people):
        if person is None or person.email.lower() != address:
            continue
        is_recipient = (person.id, person.named_at) == (queued.recipient, queued.named_at)
        if is_recipient or queued.event.is_alone:
            return person
    return None
