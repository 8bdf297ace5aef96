"""Read whose approval counts for the client, and say why someone's does not count yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.domain.values import Value
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports


class ApproverStatus(Value, frozen=True, kw_only=True):
    """A client's approver, and whether and from when they count."""

    approver: ClientApprover
    problem: Reason | None
    """Why their approval does not count now. None: it counts."""
    counts_from: datetime | None
    """When it counts or began to. None: someone has to confirm them first."""

    @property
    def counts(self) -> bool:
        return self.problem is None

    def may_remove(self, other: ApproverStatus) -> bool:
        """Return whether this approver may end the right of the other: anyone whose right does not
        count yet, and if their own counts, anyone."""
        is_other = other.approver.id != self.approver.id
        return is_other and (self.counts or not other.counts)


def read_statuses(
    ports: Ports, engagement: Engagement, people: Iterable[ClientApprover]
) -> tuple[ApproverStatus, ...]:
    """Return the status of each of these people who can approve; leave out contacts and those who
    were revoked."""
    approvers = [each for each in people if each.may_approve]
    leads = read_leads(ports, approvers)
    now = ports.now()
    return tuple(_build_status(each, engagement, leads, now) for each in approvers)


def read_status(ports: Ports, engagement: Engagement, approver: ClientApprover) -> ApproverStatus:
    """Return the status of this approver."""
    return _build_status(approver, engagement, read_leads(ports, [approver]), ports.now())


def read_leads(ports: Ports, approvers: Iterable[ClientApprover]) -> dict[str, Member]:
    """Return the leads who answer for these approvers, by ID."""
    keys = {(each.responsible_lead,) for each in approvers}
    return {lead.id: lead for lead in ports.state.get_many(Member, keys).values()}


def is_anyone_counting(ports: Ports, engagement: Engagement) -> bool:
    """Return whether the approval of someone at the client counts now."""
    people = list_all(ports.state, ClientApprover, engagement=engagement.id)
    return any(each.counts for each in read_statuses(ports, engagement, people))


def has_counted(ports: Ports, engagement: Engagement, former: ClientApprover) -> bool:
    """Return whether the former approver counted before their right ended, and can still refuse
    others."""
    return former.has_counted(engagement, ports.state.get(Stop, *former.stop_key))


def _build_status(
    approver: ClientApprover,
    engagement: Engagement,
    leads: Mapping[str, Member],
    now: datetime,
) -> ApproverStatus:
    lead = leads.get(approver.responsible_lead)
    return ApproverStatus(
        approver=approver,
        problem=approver.find_right_problem(engagement, lead, now),
        counts_from=approver.counts_from(engagement),
    )


def explain_not_counting(ports: Ports, engagement: Engagement, status: ApproverStatus) -> str:
    """Return why this approver's right does not count yet: from when it counts, and who can decide
    meanwhile. Empty if the reason's own sentence says it all."""
    people = list_all(ports.state, ClientApprover, engagement=engagement.id)
    counting = [each.approver for each in read_statuses(ports, engagement, people) if each.counts]
    names = ", ".join(f"{each.name} ({each.email})" for each in counting)
    texts = []
    if status.problem is Reason.RIGHT_TOO_NEW and status.counts_from is not None:
        begin = utc_text(status.counts_from)
        texts.append(f"Your approval counts from {begin}: what is new does not approve.")
    elif status.problem is Reason.NOT_CONFIRMED:
        texts.append(
            "Your approval counts after someone who approves for your company already has"
            " confirmed you, on their page."
        )
    else:
        return ""
    if names:
        texts.append(f"Until then, {names} can decide.")
    else:
        texts.append("Until then, no one at your company can approve.")
        if not engagement.requires_client_approval:
            texts.append("We can open a role ourselves in an emergency, if we agreed on that.")
    texts.append("You can deny requests already.")
    return " ".join(texts)
