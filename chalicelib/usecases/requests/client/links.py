"""Create and open the links to the pages of the client's approvers.

Only the function that mails a link has its text. Daypass stores only the text's hash.
"""

from __future__ import annotations

from chalicelib.domain.engagements.client_approvers import LINK_LIFE, ApproverLink, ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import NotFound
from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Secret, Value
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, SystemActor, write
from chalicelib.usecases.requests.deciders import act_as_client


class OpenedLink(Value, frozen=True, kw_only=True):
    """A valid link, with its approver and their engagement as they were read."""

    link: ApproverLink
    approver: ClientApprover
    engagement: Engagement

    def actor(self, address: str) -> SystemActor:
        """Return the link's holder as the actor on the trail."""
        return act_as_client(self.link, self.approver, address)


def create_approver_link(ports: Ports, by: Actor, approver: ClientApprover) -> Secret[str]:
    """Store a new link to the approver's page, and return its URL, which is a secret.

    Nothing else is written or checked, so that no one can delay the link by changing the approver.
    If the approver was revoked meanwhile, the link opens nothing.
    """
    now = ports.now()
    text, hashed = IN_URL.new_secret(ports.random)
    link = ApproverLink(
        hash=hashed,
        engagement=approver.engagement,
        approver=approver.id,
        named_at=approver.named_at,
        created_at=now,
        expires_at=now + LINK_LIFE,
    )
    details = {"approver": approver.id}
    action = Action.APPROVER_LINK_CREATE
    write(ports, by, action, (None, link), details=details)
    return f"{approver.api_url}/approve/{text}"


def open_approver_link(ports: Ports, text: str) -> OpenedLink:
    """Find the link with this secret text.

    Raise the same NotFound for a malformed, unknown or expired link, and for a link of an approver
    who was revoked.
    """
    hashed = IN_URL.hash_of(text)
    link = ports.state.get(ApproverLink, hashed) if hashed is not None else None
    if link is None:
        raise NotFound(Reason.NO_SUCH_PAGE)
    approver = ports.state.get(ClientApprover, link.engagement, link.approver)
    if approver is None or not link.opens_page_of(approver, ports.now()):
        raise NotFound(Reason.NO_SUCH_PAGE)
    engagement = ports.state.get(Engagement, link.engagement)
    if engagement is None:
        raise NotFound(Reason.NO_SUCH_PAGE)
    return OpenedLink(link=link, approver=approver, engagement=engagement)
