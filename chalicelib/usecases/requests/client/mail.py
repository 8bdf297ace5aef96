"""Mail the approvers and contacts at a client: the channel `client-mail` of the notifications.

Each e-mail to an approver has a link of its own to their page. Only the function that sends the
e-mail ever has the link's text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.moments import utc_text
from chalicelib.domain.notifications.delivery import ChannelKind, Delivery, DeliveryStatus
from chalicelib.domain.notifications.message import clean_text
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.people.members import Member
from chalicelib.domain.requests.client_mails import MailFacts, write_mail
from chalicelib.domain.requests.decisions import build_effective_policy
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.trail import CLIENT, SCHEDULE, Action
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.requests.client.approvers import list_active_approvers
from chalicelib.usecases.requests.client.links import create_approver_link
from chalicelib.usecases.requests.client.ports import Mailer
from chalicelib.usecases.requests.policies import read_policies
from chalicelib.usecases.requests.reading import find_request

TIME_TO_BEGIN = timedelta(seconds=10)
"""For this long, one run begins to mail more of a notification's recipients."""
LONGEST_PAUSE = timedelta(minutes=5)
"""The longest wait before a retry. Each retry makes a new link, so they become rarer."""
_PERSONAL = frozenset({Action.APPROVER_LINK_CREATE})
"""The actions that only the approver concerned hears of."""


class ClientMail:
    """A Channel that mails everyone at the client who should hear of an event."""

    kind = ChannelKind.CLIENT_MAIL
    for_client = True
    alerts_only = False
    issuer = ""

    def __init__(self, ports: Ports, mailer: Mailer) -> None:
        self._ports, self._mailer = ports, mailer

    def send(
        self,
        notification: Notification,
        *,
        user: str,  # noqa: ARG002
        may_have_arrived: bool,
        mentions: Sequence[str] = (),  # noqa: ARG002
    ) -> Delivery:
        """Mail everyone at the client who needs the notification and does not have it yet.

        If one e-mail fails and a retry may succeed, stop there. The result's `reached` names
        those who have the e-mail.
        """
        try:
            facts, recipients = self._find_facts_and_recipients(notification)
        except Unavailable:
            return Delivery(DeliveryStatus.NOT_DELIVERED, "Daypass's records are unavailable")
        if facts is None:
            return Delivery(DeliveryStatus.DELIVERED)
        began_at = self._ports.now()
        reached, refusal = list(notification.reached), ""
        for recipient in recipients:
            if recipient.id in reached:
                continue
            delivery = self._mail(facts, recipient, began_at, may_have_arrived=may_have_arrived)
            if delivery.status is DeliveryStatus.REFUSED:
                refusal = delivery.why
            elif delivery.status is not DeliveryStatus.DELIVERED:
                pause = min((self._ports.now() - notification.at) / 4, LONGEST_PAUSE)
                wait = int(pause.total_seconds())
                return Delivery(delivery.status, delivery.why, wait, tuple(reached))
            reached.append(recipient.id)
        if refusal:
            return Delivery(DeliveryStatus.REFUSED, refusal, reached=tuple(reached))
        return Delivery(DeliveryStatus.DELIVERED)

    def _mail(
        self,
        facts: MailFacts,
        recipient: ClientApprover,
        began_at: datetime,
        *,
        may_have_arrived: bool,
    ) -> Delivery:
        """Mail one person, with a new link if they are an approver. The link is stored first."""
        if self._ports.now() - began_at > TIME_TO_BEGIN:
            return Delivery(DeliveryStatus.NOT_DELIVERED, "no time left for every recipient")
        url = ""
        if recipient.may_approve:
            try:
                url = create_approver_link(self._ports, SystemActor(SCHEDULE), recipient)
            except (Conflict, Unavailable):
                return Delivery(DeliveryStatus.NOT_DELIVERED, "the link could not be stored")
        mail = write_mail(facts, recipient, url, may_have_arrived=may_have_arrived)
        return self._mailer.send(mail)

    def _find_facts_and_recipients(
        self, notification: Notification
    ) -> tuple[MailFacts | None, Sequence[ClientApprover]]:
        """Return the facts of the e-mail, and the people to mail. Return None and no one if the
        client need not hear of it, or need not any more."""
        event = notification.facts
        action = Action(event["action"])
        engagement = self._ports.state.get(Engagement, event["engagement"])
        removed = _list_removed(event, notification.at)
        people = [*list_active_approvers(self._ports, event["engagement"]), *removed]
        if engagement is None or not people or not self._concerns_client(event, engagement):
            return None, ()
        if action in _PERSONAL:
            people = [each for each in people if each.id == event.get("approver")]
        request = self._find_request(event)
        facts = MailFacts(
            action=action,
            firm=self._ports.firm,
            client=clean_text(engagement.client, 80),
            account_id=engagement.account_id,
            by=self._name_actor(event),
            member=self._name_member(event["member"]),
            role=event.get("role", ""),
            span=event.get("span", ""),
            answer_until=_find_answer_time(event, request),
            approver=removed[0] if removed else self._find_approver(event),
            deciders=", ".join(clean_text(each.name, 80) for each in people if each.may_approve),
        )
        return facts, people

    def _concerns_client(self, event: Mapping[str, str], engagement: Engagement) -> bool:
        """Return whether people at the client should hear of this event now."""
        action = Action(event["action"])
        if not action.startswith(("request.", "emergency.")):
            return True
        role = event.get("role", "")
        policies = read_policies(self._ports, engagement.id, role)
        policy = build_effective_policy(engagement, policies, role)
        if action is Action.EMERGENCY_BEGIN:
            return engagement.requires_client_approval or policy.notify_client_of_emergencies
        request = self._find_request(event)
        if request is None:
            return False
        if action is Action.REQUEST_CREATE and (
            request.status_at(self._ports.now()) is not RequestStatus.PENDING
        ):
            return False  # it is too late to decide
        if action is Action.REQUEST_APPROVE and event.get("waiting_for"):
            return False  # those who must decide have an e-mail already
        was_asked = any(approval.is_client for approval in request.approvals)
        return was_asked or policy.client

    def _find_request(self, event: Mapping[str, str]) -> AccessRequest | None:
        request = event.get("request", "")
        return find_request(self._ports, request) if request else None

    def _find_approver(self, event: Mapping[str, str]) -> ClientApprover | None:
        approver = event.get("approver", "")
        if not approver:
            return None
        return self._ports.state.get(ClientApprover, event["engagement"], approver)

    def _name_actor(self, event: Mapping[str, str]) -> str:
        """Return the name of the person who acted, with their company."""
        if event["actor"] == CLIENT:
            approver = self._find_approver(event)
            return clean_text(approver.name, 80) if approver is not None else "An approver"
        firm_name = self._ports.firm.name or "our side"
        return f"{self._name_member(event['actor'])} of {firm_name}"

    def _name_member(self, member: str) -> str:
        """Return the member's name, or their ID if they are no member."""
        stored = self._ports.state.get(Member, member)
        return clean_text(stored.name, 80) if stored is not None else member


def _find_answer_time(event: Mapping[str, str], request: AccessRequest | None) -> str:
    """Return until when the client can answer this event. Empty if it need not."""
    if request is not None:
        return utc_text(request.expires_at)
    until = event.get("refuse_until")
    return utc_text(datetime.fromisoformat(until)) if until else ""


def _list_removed(event: Mapping[str, str], at: datetime) -> list[ClientApprover]:
    """Return the person who was removed by this event, if any, as they were then. A lead who
    replaces a client's approver by someone else must not be able to hide that from the approver."""
    if event["action"] != Action.APPROVER_REVOKE or not event.get("email"):
        return []
    return [
        ClientApprover(
            engagement=event["engagement"],
            id=f"removed-{event['approver']}",  # someone else may have the ID by now
            name=event["name"],
            email=event["email"],
            named_by=event["actor"],
            named_at=at,
            revoked_at=at,
        )
    ]
