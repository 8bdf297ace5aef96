"""Define the client's approvers and contacts, and the links that Daypass mails to them.

No one at the firm sees an approver's link: Daypass mails it to the address of the approver.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.identifiers import EngagementId, MemberId, constrain_slug
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import StoredSecret
from chalicelib.domain.people.members import LOOK_BACK, Member, rights_count_from
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import LastStop, Stop, Stoppable
from chalicelib.domain.text import PersonName
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.domain.values import (
    RETENTION,
    Internal,
    NotOnTrail,
    Request,
    build_constraints,
)

LINK_LIFE = timedelta(days=30)
MAX_APPROVERS = 10
"""The most approvers and contacts of one engagement that are not revoked."""

MAX_NAMED = 100
"""The most approvers and contacts that one engagement can ever have."""
MAX_CONFIRMING_LEADS = 50
"""The most leads that a confirmation stores. Without the others, it waits for a lead earlier."""
TIME_TO_REFUSE_APPROVER = timedelta(hours=72)
"""An approver who was named while no one at the client could confirm them does not count for this
long. In this time, former approvers can refuse them."""

ApproverId = Annotated[str, constrain_slug("a client approver ID", 32)]
EmailAddress = Annotated[
    str,
    build_constraints(
        "one plain e-mail address, such as jo@acme.example",
        pattern=r"^[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
        r"[A-Za-z]{2,24}$(?!\n)",
        min_length=6,
        max_length=120,
    ),
    Meta(description="The e-mail address to which Daypass sends the link."),
]


class ClientApprover(Stoppable):
    """A person at the client who approves requests, or is only notified of them."""

    STORED_AS = "client-approver"
    KEY_FIELDS = ("engagement", "id")
    ENDS = {Action.APPROVER_REVOKE: "revoked_at"}
    TARGET = {"engagement": "engagement", "approver": "id"}

    engagement: EngagementId
    id: ApproverId
    name: PersonName
    email: EmailAddress
    is_contact: bool = False
    """True for a contact, who hears of requests and decisions, and decides nothing."""
    named_by: NotOnTrail[MemberId]
    """The lead who named this person."""
    named_at: NotOnTrail[Moment]
    named_alone: Internal[bool] = False
    """True if the client had no approver who counted when this person was named."""
    first_named_at: Internal[Moment | None] = None
    """When this person was first named. None if they were named once."""
    counted_before: Internal[bool] = False
    """True if this person counted when they were named earlier, and the client did not remove
    them since."""
    confirmed_by: NotOnTrail[ApproverId | None] = None
    """The client's approver who confirmed this person. None if no one at the client has."""
    confirmed_at: NotOnTrail[Moment | None] = None
    """When they did."""
    confirmed_under: Internal[tuple[MemberId, ...]] = ()
    """The leads who answered for the confirming approver then. Empty if no lead had to."""
    named_again_by: Internal[MemberId | None] = None
    """The lead who named this person again, after a lead who had named them was suspended."""
    named_again_at: Internal[Moment | None] = None
    revoked_at: NotOnTrail[Moment | None] = None
    """When this person's right was revoked. None if it was not."""
    api_url: Internal[str] = ""
    """The API's URL as the lead used it. The links in the mails begin with it."""
    stop: LastStop = ""

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None

    @property
    def known_since(self) -> datetime:
        """Return when this person was first named, which a lead cannot change."""
        return self.first_named_at or self.named_at

    @property
    def rank(self) -> tuple[bool, datetime]:
        """Return a sort key for people with the same address. Approvers, who get links, come before
        contacts, and people who were named earlier before those that a lead names later."""
        return not self.may_approve, self.known_since

    @property
    def may_approve(self) -> bool:
        """Return whether this person may approve and deny requests."""
        return self.is_active and not self.is_contact

    @property
    def responsible_lead(self) -> str:
        """Return the lead who answers for this person until someone at the client confirms them."""
        return self.named_again_by or self.named_by

    @property
    def leads(self) -> tuple[str, ...]:
        """Return the leads who can answer for this person: the responsible one, and those of the
        confirming approver."""
        return tuple(dict.fromkeys((self.responsible_lead, *self.confirmed_under)))

    @property
    def is_confirmed_for_good(self) -> bool:
        """Return whether an approver confirmed this person, and no lead answered for that
        approver."""
        return self.confirmed_at is not None and not self.confirmed_under

    def list_confirming_leads(self, now: datetime) -> tuple[str, ...]:
        """Return the `confirmed_under` of a confirmation by this person now. It is empty if a lead
        named this person more than LOOK_BACK ago, because no suspension concerns that any more."""
        is_old = now >= (self.named_again_at or self.named_at) + LOOK_BACK
        return () if is_old or self.is_confirmed_for_good else self.leads[:MAX_CONFIRMING_LEADS]

    def waits_for_a_lead(self, leads: Mapping[str, Member]) -> bool:
        """Return whether another lead must name this person again, because the responsible lead was
        suspended, and no one at the client has confirmed them. A confirmation does not count if the
        leads who answered for it were suspended, too: otherwise two people of one lead could
        confirm each other. `leads` are those of `self.leads`, as far as they exist."""
        if self.is_confirmed_for_good:
            return False
        grounds = [(self.responsible_lead, self.named_again_at or self.named_at)]
        if self.confirmed_at is not None:
            grounds += [(lead, self.confirmed_at) for lead in self.confirmed_under]
        stored = ((leads.get(lead), since) for lead, since in grounds)
        return all(lead is None or lead.leaves_unconfirmed(since) for lead, since in stored)

    def counts_from(self, engagement: Engagement) -> datetime | None:
        """Return from when this person may approve. Return None if an approver at the client must
        confirm this person first.

        A lead names each approver, who may approve a day later at the earliest. While the client's
        approval is required, that is enough only for those who could already approve when the
        requirement began. Others need an approver's confirmation. If the client had no approver who
        could give it (`named_alone`), former approvers get time to refuse the person instead.
        """
        day_after = rights_count_from(self.named_at)
        if not engagement.requires_client_approval:
            return day_after
        since = engagement.client_approval_since
        if since is not None and day_after <= since:  # could approve when the requirement began
            return day_after
        confirmed_at = self.confirmed_at if self.is_confirmed(engagement) else None
        if confirmed_at is not None:
            return max(day_after, confirmed_at)
        return self.named_at + TIME_TO_REFUSE_APPROVER if self.named_alone else None

    def is_confirmed(self, engagement: Engagement) -> bool:
        """Return whether an approver at the client has confirmed this person since the engagement
        requires the client's approval. Under an earlier requirement, people could confirm who have
        no right now."""
        since = engagement.client_approval_since
        return self.confirmed_at is not None and (since is None or self.confirmed_at >= since)

    def is_proposed_alone(self, now: datetime) -> bool:
        """Return whether this person was named while the client had no approver who counted, and
        former approvers can still refuse this person."""
        return (
            self.named_alone
            and not self.is_contact
            and now < self.named_at + TIME_TO_REFUSE_APPROVER
        )

    def has_counted(self, engagement: Engagement, stop: Stop | None) -> bool:
        """Return whether this person counted before their right was revoked, and so can still
        refuse others. `stop` is the stored revocation. An approver who counts can revoke the right
        for good."""
        if self.is_contact or is_removed_for_good(stop):
            return False
        begins_at = self.counts_from(engagement)
        if self.counted_before or begins_at is None or self.revoked_at is None:
            return self.counted_before
        return begins_at <= self.revoked_at

    def find_right_problem(
        self, engagement: Engagement, leads: Mapping[str, Member], now: datetime
    ) -> Reason | None:
        """Return why this person's approval does not count now. `leads` are those of
        `self.leads`."""
        if self.waits_for_a_lead(leads):
            return Reason.LEAD_SUSPENDED
        begins_at = self.counts_from(engagement)
        if begins_at is None:
            return Reason.NOT_CONFIRMED
        return Reason.RIGHT_TOO_NEW if now < begins_at else None

    @property
    def approver_key(self) -> str:
        """Return the `approver` of this person's given approvals."""
        return client_approver_key(self.engagement, self.id)


def client_approver_key(engagement: str, approver: str) -> str:
    """Return the `approver` of the given approvals of an approver at the engagement's client."""
    return f"{engagement}/{approver}"


FOR_GOOD = "for_good"
"""The trail detail of a removal by an approver who counts."""


def is_removed_for_good(stop: Stop | None) -> bool:
    """Return whether an approver who counted removed the person with this stop. Anyone else at the
    client can have been named by a lead, to silence those who would refuse them."""
    if stop is None or stop.entry.actor != CLIENT:
        return False
    return stop.entry.detail(FOR_GOOD) == "true"


class NameApprover(Request):
    """A request to name an approver or a contact at the client."""

    id: ApproverId
    name: PersonName
    email: EmailAddress
    is_contact: bool = False
    """True for a contact, who hears of requests and decisions, and decides nothing."""


class ApproverLink(StoredSecret):
    """A link to an approver's page as Daypass stores it. Each mail has a new one."""

    STORED_AS = "approver-link"
    KEY_FIELDS = ("hash",)
    TARGET = {"engagement": "engagement", "link": "id"}

    engagement: EngagementId
    approver: ApproverId
    named_at: NotOnTrail[Moment]
    """When the recipient of the mail was named as this approver."""

    @property
    def gone_after(self) -> Moment:
        return self.expires_at + RETENTION

    def belongs_to(self, approver: ClientApprover) -> bool:
        """Return whether the link was mailed to this person for the right that they have now. It
        does not belong to someone who was named again later."""
        link = self.engagement, self.approver, self.named_at
        return link == (approver.engagement, approver.id, approver.named_at)

    def opens_page_of(self, approver: ClientApprover, now: datetime) -> bool:
        """Return whether the link opens this approver's page now."""
        return self.is_valid(now) and approver.may_approve and self.belongs_to(approver)
