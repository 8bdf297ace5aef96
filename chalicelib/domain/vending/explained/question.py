"""Define the question that an explanation answers, and build its clauses."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    choose_approved_grant,
    list_stops,
    needs_approval,
)
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import AccessFacts, SessionRequest
from chalicelib.domain.vending.explained.explanation import ChangeBy, Clause, NextStep


class Question(Value, frozen=True):
    """May this member have this session now?"""

    facts: AccessFacts
    member: str
    engagement: str
    request: SessionRequest
    now: datetime

    @property
    def grant(self) -> Grant | None:
        """Return the member's grant for the engagement, or None."""
        grant, member, engagement = self.facts.grant, self.facts.member, self.facts.engagement
        if grant is None or member is None or engagement is None:
            return None
        return grant if (grant.member, grant.engagement) == (member.id, engagement.id) else None

    @property
    def role(self) -> Role | None:
        """Return the engagement's role that is asked for, or None if it has ended or never was."""
        role, engagement = self.facts.role, self.facts.engagement
        if role is None or engagement is None or role.ended_at is not None:
            return None
        names = (role.engagement, role.name)
        return role if names == (engagement.id, self.request.role) else None

    @property
    def approval(self) -> ApprovedGrant | Reason | None:
        """Return the approved grant that opens the role, or why none does. Return None if the role
        needs none, or if the facts do not exist."""
        member, engagement, role, grant = (
            self.facts.member,
            self.facts.engagement,
            self.role,
            self.grant,
        )
        if member is None or engagement is None or role is None or grant is None:
            return None
        if not needs_approval(engagement, grant, role.name):
            return None
        stops = list_stops(member, engagement, role, grant)
        return choose_approved_grant(self.facts.approved_grants, engagement, stops, self.now)


def holds(name: str, fact: str) -> Clause:
    return Clause(name=name, fact=fact, holds=True)


def unknown(name: str, fact: str) -> Clause:
    return Clause(name=name, fact=fact, holds=None)


def refuses(name: str, fact: str, reason: Reason, by: ChangeBy, step: str) -> Clause:
    return Clause(name=name, fact=fact, holds=False, reason=reason, next_step=NextStep(by, step))
