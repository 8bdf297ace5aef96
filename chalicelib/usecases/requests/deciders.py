"""The people who decide requests: members of the firm, and the client's approvers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from chalicelib.domain.engagements.client_approvers import ApproverLink, ClientApprover
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import (
    find_approval_problem,
    find_client_approval_problem,
    find_client_decider_problem,
    find_decider_problem,
    find_repeat_problem,
    find_status_problem,
)
from chalicelib.domain.requests.requests import Approval
from chalicelib.domain.requests.view import client_decider
from chalicelib.domain.trail import CLIENT
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import CallerKind
from chalicelib.usecases.recording import Actor, SystemActor
from chalicelib.usecases.requests.reading import RequestContext, may_see


class Decider(Protocol):
    """A person who approves or denies a request."""

    @property
    def actor(self) -> Actor:
        """Return the actor for the trail entry, whose preconditions must hold."""

    @property
    def engagement(self) -> str:
        """Return the one engagement whose requests this person decides. Empty for a member."""

    @property
    def decided_by(self) -> str:
        """Return the text that the request keeps of a decision by this person."""

    @property
    def details(self) -> Mapping[str, str]:
        """Return the trail details that name this person, besides the actor."""

    def approval(self, now: datetime) -> Approval:
        """Return this person's approval."""

    def may_see(self, context: RequestContext) -> bool:
        """Return whether this person may know of the request."""

    def find_problem(self, context: RequestContext) -> Reason | None:
        """Return why this person may neither approve nor deny the request."""

    def find_approval_problem(self, context: RequestContext, now: datetime) -> Reason | None:
        """Return why this person may not approve the request."""


class MemberDecider(Value, frozen=True):
    """A member who decides, and whether it is really a program that works for them."""

    actor: Caller
    caller: CallerKind = CallerKind.PERSON

    @property
    def engagement(self) -> str:
        return ""

    @property
    def decided_by(self) -> str:
        return self.actor.member.id

    @property
    def details(self) -> Mapping[str, str]:
        return {"caller": "" if self.caller is CallerKind.PERSON else self.caller}

    def approval(self, now: datetime) -> Approval:
        return Approval(by=self.actor.member.id, at=now)

    def may_see(self, context: RequestContext) -> bool:
        return may_see(context.request, context.policy, self.actor.member)

    def find_problem(self, context: RequestContext) -> Reason | None:
        return find_decider_problem(context.request, context.policy, self.actor.member, self.caller)

    def find_approval_problem(self, context: RequestContext, now: datetime) -> Reason | None:
        return (
            find_approval_problem(context.request, context.policy, self.actor, self.caller, now)
            or context.find_policy_problem()
        )


def act_as_client(link: ApproverLink, approver: ClientApprover, address: str) -> SystemActor:
    """Return the link's holder as the actor on the trail. A change is written only if the link and
    the approver have not changed since they were read."""
    return SystemActor(CLIENT, preconditions=(link, approver), token_id=link.id, address=address)


class ClientDecider(Value, frozen=True):
    """An approver at the client, who decides on the page that their link opens."""

    link: ApproverLink
    approver: ClientApprover
    address: str = ""
    lead: Member | None = None
    """The lead who answers for the approver."""

    @property
    def actor(self) -> SystemActor:
        return act_as_client(self.link, self.approver, self.address)

    @property
    def engagement(self) -> str:
        return self.approver.engagement

    @property
    def decided_by(self) -> str:
        return client_decider(self.approver.id)

    @property
    def details(self) -> Mapping[str, str]:
        return {"approver": self.approver.id}

    def approval(self, now: datetime) -> Approval:
        return Approval(by=self.approver.id, at=now, is_client=True)

    def may_see(self, context: RequestContext) -> bool:
        return self.approver.engagement == context.request.engagement

    def find_problem(self, context: RequestContext) -> Reason | None:
        return find_client_decider_problem(context.policy, self.approver)

    def find_approval_problem(self, context: RequestContext, now: datetime) -> Reason | None:
        return (
            find_client_approval_problem(
                context.engagement, context.policy, self.approver, self.lead, now
            )
            or context.find_policy_problem()
        )


def find_problem(
    decider: Decider, context: RequestContext, opening_problem: Reason | None, now: datetime
) -> Reason | None:
    """Return why this person may not approve the request now. `opening_problem` is why an approval
    could open nothing."""
    request, new = context.request, decider.approval(now)
    return (
        decider.find_approval_problem(context, now)
        or find_status_problem(request, now)
        or find_repeat_problem(context.counting, context.policy, new.by, is_client=new.is_client)
        or opening_problem
    )
