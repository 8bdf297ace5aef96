"""Define the client's approvers and contacts, and the links that Daypass mails to them.

No one at the firm sees an approver's link: Daypass mails it to the address of the approver.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from msgspec import Meta

from chalicelib.domain.identifiers import EngagementId, MemberId, constrain_slug
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import StoredSecret
from chalicelib.domain.stops import LastStop, Stoppable
from chalicelib.domain.text import PersonName
from chalicelib.domain.trail import Action
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

ApproverId = Annotated[str, constrain_slug("a client approver's ID", 32)]
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


class ClientApprover(Stoppable, frozen=True, kw_only=True):
    """A person at the client who approves requests, or only hears of them."""

    STORED_AS: ClassVar[str] = "client-approver"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("engagement", "id")
    ENDS: ClassVar[Mapping[Action, str]] = {Action.APPROVER_REVOKE: "revoked_at"}
    TARGET: ClassVar[Mapping[str, str]] = {"engagement": "engagement", "approver": "id"}

    engagement: EngagementId
    id: ApproverId
    name: PersonName
    email: EmailAddress
    is_contact: bool = False
    """True for a contact, who hears of requests and decisions, and decides nothing."""
    named_by: NotOnTrail[MemberId]
    """The lead who named this person."""
    named_at: NotOnTrail[Moment]
    givers: Internal[str] = ""
    """The lead, and who gave the lead their own right. See `list_givers`. Empty if a version of
    Daypass named the person that did not record it."""
    revoked_at: NotOnTrail[Moment | None] = None
    """When a lead revoked this person's right. None if no lead has."""
    api_url: Internal[str] = ""
    """The API's URL as the lead used it. The links in the mails begin with it."""
    stop: LastStop = ""

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None

    @property
    def may_approve(self) -> bool:
        """Return whether this person may approve and deny requests."""
        return self.is_active and not self.is_contact

    @property
    def right_from(self) -> str:
        """Return the IDs of the people who gave this person their right."""
        return self.givers or self.named_by

    @property
    def approver_key(self) -> str:
        """Return the `approver` of this person's given approvals."""
        return client_approver_key(self.engagement, self.id)


def client_approver_key(engagement: str, approver: str) -> str:
    """Return the `approver` of the given approvals of an approver at the engagement's client."""
    return f"{engagement}/{approver}"


class NameApprover(Request, frozen=True, kw_only=True):
    """A request to name an approver or a contact at the client."""

    id: ApproverId
    name: PersonName
    email: EmailAddress
    is_contact: bool = False
    """True for a contact, who hears of requests and decisions, and decides nothing."""


class ApproverLink(StoredSecret, frozen=True, kw_only=True):
    """A link to an approver's page as Daypass stores it. Each mail has a new one."""

    STORED_AS: ClassVar[str] = "approver-link"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("hash",)
    TARGET: ClassVar[Mapping[str, str]] = {"engagement": "engagement", "link": "id"}

    engagement: EngagementId
    approver: ApproverId
    named_at: NotOnTrail[Moment]
    """When the recipient of the mail was named as this approver."""

    @property
    def gone_after(self) -> Moment:
        return self.expires_at + RETENTION

    def opens_page_of(self, approver: ClientApprover, now: datetime) -> bool:
        """Return whether the link opens this approver's page now. It does not open the page of
        someone who got the ID later."""
        return self.is_valid(now) and approver.may_approve and self.named_at == approver.named_at
