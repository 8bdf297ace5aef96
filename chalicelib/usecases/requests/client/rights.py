"""Create and open the links to the pages of the client's approvers, and say whose approval counts.

Only the function that mails a link has its text. Daypass stores only the text's hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import LINK_LIFE, ApproverLink, ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import NotFound, Reason
from chalicelib.domain.moments import utc_text
from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.people.members import Member
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.domain.values import Secret, Value
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, SystemActor, write
from chalicelib.usecases.requests.policies import list_client_approvers


class OpenedLink(Value):
    """A valid link, with its approver and their engagement as they were read."""

    link: ApproverLink
    approver: ClientApprover
    engagement: Engagement
    only_refuses: bool = False
    """True if its holder can only refuse approvers who do not count yet."""

    def actor(self, address: str) -> SystemActor:
        """Return the link's holder as the actor on the trail. A change is written only if the link
        and the approver have not changed since they were read."""
        preconditions = (self.link, self.approver)
        return SystemActor(CLIENT, preconditions, token_id=self.link.id, address=address)


def create_approver_link(ports: Ports, by: Actor, approver: ClientApprover) -> Secret[str]:
    """Store a new link to the approver's page, and return its URL, which is a secret.

    The approver is no precondition of this write. So a lead who keeps changing the approver cannot
    make it fail. If the approver was revoked meanwhile, the link does not work.
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
    # The URL of Daypass's API is stored with the approver.
    return f"{approver.api_url}/approve/{text}"


def open_approver_link(ports: Ports, text: str) -> OpenedLink:
    """Return the opened link with this secret text.

    Raise the same NotFound for a malformed, unknown or expired link, and for a link of an approver
    who was revoked.
    """
    opened = _find_link(ports, text)
    if not opened.link.opens_page_of(opened.approver, ports.now()):
        raise NotFound(Reason.NO_SUCH_PAGE)
    return opened


def open_link_to_refuse(ports: Ports, text: str) -> OpenedLink:
    """Return the opened link with this text, if its holder may refuse proposed approvers. Raise
    NotFound like `open_approver_link`.

    The link of a current approver always opens, for everything. The old link of a former approver
    opens only while a lead's proposal is open that was made when the client had no current
    approver. Its holder can then only refuse this proposal (`only_refuses`). A lead cannot prevent
    this by naming or revoking the former approver again.
    """
    opened = _find_link(ports, text)
    if opened.link.opens_page_of(opened.approver, ports.now()):
        return opened
    if not opened.link.is_valid(ports.now()) or not _may_refuse(ports, opened):
        raise NotFound(Reason.NO_SUCH_PAGE)
    return replace(opened, only_refuses=True)


def _may_refuse(ports: Ports, opened: OpenedLink) -> bool:
    """Return whether the holder of this old link can refuse someone: an approver is only proposed,
    and the holder's own approval counted before."""
    people = list_all(ports.state, ClientApprover, engagement=opened.engagement.id)
    if not any(each.is_proposed_alone(ports.now()) for each in people):
        return False
    stop = ports.state.get(Stop, *opened.approver.stop_key)
    return opened.approver.is_active or opened.approver.has_counted(opened.engagement, stop)


def _find_link(ports: Ports, text: str) -> OpenedLink:
    """Return the stored link with this text. Raise NotFound if there is none."""
    hashed = IN_URL.hash_of(text)
    link = ports.state.get(ApproverLink, hashed) if hashed is not None else None
    if link is None:
        raise NotFound(Reason.NO_SUCH_PAGE)
    approver = ports.state.get(ClientApprover, link.engagement, link.approver)
    engagement = ports.state.get(Engagement, link.engagement)
    if approver is None or engagement is None:
        raise NotFound(Reason.NO_SUCH_PAGE)
    return OpenedLink(link=link, approver=approver, engagement=engagement)


class ApproverStatus(Value):
    """A client's approver, with whether their approval counts now, and from when it does."""

    approver: ClientApprover
    problem: Reason | None
    """Why their approval does not count now. None if it counts."""
    counts_from: datetime | None
    """From when their approval counts. None if someone has to confirm them first."""
    leads: tuple[Member, ...] = ()
    """The leads who answer for this person. After a suspension of one, the approval may not
    count."""

    @property
    def counts(self) -> bool:
        return self.problem is None


def read_statuses(
    ports: Ports, engagement: Engagement, people: Iterable[ClientApprover] | None = None
) -> tuple[ApproverStatus, ...]:
    """Return the status of each of the client's approvers, or of those among these people. Leave
    out contacts and those who were revoked."""
    people = list_client_approvers(ports, engagement.id) if people is None else people
    approvers = [each for each in people if each.may_approve]
    keys = {(lead,) for each in approvers for lead in each.leads}
    leads = {lead.id: lead for lead in ports.state.get_many(Member, keys).values()}
    now = ports.now()
    return tuple(
        ApproverStatus(
            approver=each,
            problem=each.find_right_problem(engagement, leads, now),
            counts_from=each.counts_from(engagement),
            leads=tuple(leads[lead] for lead in each.leads if lead in leads),
        )
        for each in approvers
    )


def read_status(ports: Ports, engagement: Engagement, approver: ClientApprover) -> ApproverStatus:
    """Return the status of this approver, who must be neither revoked nor a contact."""
    (status,) = read_statuses(ports, engagement, [approver])
    return status


def explain_not_counting(
    engagement: Engagement, status: ApproverStatus, others: Iterable[ApproverStatus] | None = None
) -> str:
    """Return, in words to this approver, why their approval does not count yet, and from when it
    does. With `others`, also return who can decide meanwhile. Return an empty text if the reason's
    own sentence says it all."""
    texts = []
    if status.problem is Reason.RIGHT_TOO_NEW and status.counts_from is not None:
        begin = utc_text(status.counts_from)
        texts.append(
            f"You cannot approve requests until {begin}, because a new right to approve does not"
            " take effect immediately."
        )
    elif status.problem is Reason.NOT_CONFIRMED:
        texts.append(
            "You cannot approve requests until one of your company's current approvers confirms you"
            " on their page."
        )
    else:
        return ""
    counting = [each.approver for each in others or () if each.counts]
    if counting:
        names = ", ".join(f"{each.name} ({each.email})" for each in counting)
        texts.append(f"Until then, {names} can decide.")
    elif others is not None:
        texts.append("No one at your company can approve requests until then.")
        if not engagement.requires_client_approval:
            texts.append(
                "In an emergency, we can get access without an approval if your company and ours"
                " have agreed on it."
            )
    texts.append("You can deny requests now.")
    return " ".join(texts)
