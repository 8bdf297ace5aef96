"""Read whose approval counts for the client, and say why someone's does not count yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Value
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.policies import list_client_approvers


class ApproverStatus(Value):
    """A client's approver, and whether and from when they count."""

    approver: ClientApprover
    problem: Reason | None
    """Why their approval does not count now. None: it counts."""
    counts_from: datetime | None
    """When it counts or began to. None: someone has to confirm them first."""

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
    leads = ports.state.get_many(Member, {(each.responsible_lead,) for each in approvers})
    now = ports.now()
    return tuple(
        ApproverStatus(
            approver=each,
            problem=each.find_right_problem(engagement, leads.get((each.responsible_lead,)), now),
            counts_from=each.counts_from(engagement),
        )
        for each in approvers
    )


def read_status(ports: Ports, engagement: Engagement, approver: ClientApprover) -> ApproverStatus:
    """Return the status of this approver, who may approve."""
    (status,) = read_statuses(ports, engagement, [approver])
    return status


def explain_not_counting(
    engagement: Engagement, status: ApproverStatus, others: Iterable[ApproverStatus] | None = None
) -> str:
    """Return why this approver's right does not count yet, and from when it counts. With `others`,
    also return who can decide meanwhile. Empty if the reason's own sentence says it all."""
    texts = []
    if status.problem is Reason.RIGHT_TOO_NEW and status.counts_from is not None:
        begin = utc_text(status.counts_from)
        texts.append(
            f"Your approval counts from {begin}. A new right to approve does not count at once."
        )
    elif status.problem is Reason.NOT_CONFIRMED:
        texts.append(
            "Your approval counts after one of your company's current approvers has confirmed you,"
            " on their page."
        )
    else:
        return ""
    counting = [each.approver for each in others or () if each.counts]
    if counting:
        names = ", ".join(f"{each.name} ({each.email})" for each in counting)
        texts.append(f"Until then, {names} can decide.")
    elif others is not None:
        texts.append("Until then, no one at your company can approve.")
        if not engagement.requires_client_approval:
            texts.append(
                "In an emergency, we can open a role ourselves, if your company and ours have"
                " agreed on that."
            )
    texts.append("You can deny requests already.")
    return " ".join(texts)
