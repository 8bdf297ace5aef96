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
    LONGEST_NAME,
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

    def write(
        self, sections: Sequence[MailSection], *, left_out: int, may_have_arrived: bool
    ) -> Mail:
        """Return the e-mail, with a new link for each engagement for which the recipient may
        approve. A former approver who may still refuse proposed approvers gets a link too. Raise
        Unavailable if a link could not be stored."""
        schedule = SCHEDULE_ACTOR
        with_links = [
            replace(section, url=create_approver_link(self._ports, schedule, section.recipient))
            if section.recipient.may_approve or section.only_refuses
            else section
            for section in sections
        ]
        return write_mail(
            with_links,
            left_out=left_out,
            may_have_arrived=may_have_arrived,
            # The client keeps the trail's newest digest, so that it can prove later changes.
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
        people.sort(key=lambda person: person.rank)
        has_proposal = any(queued.event.is_proposal for queued in events)
        former = list_former_approvers(self._ports, engagement_id) if has_proposal else []
        recipients, facts = [], []
        for queued in events:
            candidates = [*former, *people] if queued.event.is_proposal else people
            person = _find_recipient(queued.event, address, candidates)
            if person is not None and self._concerns_client(queued, engagement):
                recipients.append(person)
                facts.append((self._read_facts(queued.event, engagement, people), queued.more))
        if not recipients:
            return None
        # Several people may have this address, and the section has one link. Prefer a former
        # approver, who can refuse a proposal, and then a current approver.
        recipient = min(recipients, key=lambda person: (person not in former, person.rank))
        return MailSection(
            recipient=recipient, events=tuple(facts), only_refuses=recipient in former
        )

    def _read_facts(
        self, event: ClientEvent, engagement: Engagement, people: Sequence[ClientApprover]
    ) -> MailFacts:
        """Return the facts of the event, as they are now. `people` are the client's current
        approvers and contacts."""
        request = self._find_request(event)
        # Until then the client can answer: a request, or a lead's request to lift the pause.
        until = request.expires_at if request is not None else event.refuse_until
        approver = build_removed_person(event) or self._find_approver(event, event.approver)
        return MailFacts(
            action=event.action,
            firm=self._ports.firm,
            client=clean_text(engagement.client, LONGEST_NAME),
            account_id=engagement.account_id,
            by=self._name_actor(event),
            member=self._name_member(event.member),
            role=event.role,
            span=event.span,
            answer_until=utc_text(until) if until is not None else "",
            approver=approver,
            counts=_describe_counting(approver, engagement),
            deciders=", ".join(
                clean_text(each.name, LONGEST_NAME) for each in people if each.may_approve
            )
            or "no one at the moment",
        )

    def _concerns_client(self, queued: QueuedEvent, engagement: Engagement) -> bool:
        """Return whether people at the client should be notified of this event now."""
        event, action = queued.event, queued.event.action
        if not action.startswith(("request.", "emergency.")):
            return True
        # The e-mail describes `event` and only counts `more` others, which may concern the client
        # even if `event` does not. An approval after which the request still waits never does.
        if queued.more and not event.is_still_waiting:
            return True
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
            return False  # the approvers who must decide have the e-mail about the new request
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
        return f"{self._name_member(event.actor)} from {self._ports.firm.shown_name}"

    def _name_member(self, member: str) -> str:
        """Return the member's name and ID. The ID is unique, and no one can choose another's."""
        stored = self._ports.state.get(Member, member)
        return name_with_id(stored) if stored is not None else member


def _describe_counting(person: ClientApprover | None, engagement: Engagement) -> str:
    """Return from when the approver can approve, such as `from …`. Return an empty text
    for a contact or without a person."""
    if person is None or not person.may_approve:
        return ""
    begins_at = person.counts_from(engagement)
    if begins_at is None:
        return "after another approver at your company confirms them"
    return f"from {utc_text(begins_at)}"


def build_removed_person(event: ClientEvent) -> ClientApprover | None:
    """Return the approver or contact that this event removed, or None.

    Build them from the event, and not from the stored item: a lead may have named someone else with
    their ID meanwhile, and the removed person must still hear of the removal.
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


def concerns(event: ClientEvent, person: ClientApprover) -> bool:
    """Return whether this person is notified of the event. Events from before someone was named do
    not concern them, except a proposal, which concerns everyone. A new link concerns only its
    approver."""
    if event.action is Action.APPROVER_LINK_CREATE and person.id != event.approver:
        return False
    return event.is_proposal or person.named_at <= event.at


def _find_recipient(
    event: ClientEvent, address: str, people: Sequence[ClientApprover]
) -> ClientApprover | None:
    """Return the first person with this address that the event concerns: the person that it
    removed, or one of `people`. Return None if there is none any more.

    This can be another person than the event was queued for. Otherwise a lead could name someone
    under a second ID, and hide the event by removing that ID before the e-mail is sent.
    """
    for person in (build_removed_person(event), *people):
        if person is not None and person.email.lower() == address and concerns(event, person):
            return person
    return None
