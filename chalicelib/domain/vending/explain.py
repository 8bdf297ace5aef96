"""Explain an access decision: the facts that the rule looks at, in its order, and who can change
the one that refuses.

`decide_access` alone decides, with a made-up valid token, so that an explanation cannot contradict
the rule. A vend does not load this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.text import uncapitalise
from chalicelib.domain.values import Internal, Value, shown_property
from chalicelib.domain.vending.access import (
    AccessFacts,
    Allowed,
    Denied,
    SessionRequest,
    decide_access,
)
from chalicelib.domain.vending.conditions import (
    APPROVAL_REASONS,
    CONDITIONS,
    AccessQuestion,
    NoFactError,
)


class ChangeBy(StrEnum):
    """The person or thing that can change the fact that refuses."""

    LEAD = "lead"
    MEMBER = "member"
    CLIENT = "client"
    TIME = "time"


_CHANGERS = {
    ChangeBy.LEAD: "A lead",
    ChangeBy.MEMBER: "The member",
    ChangeBy.CLIENT: "The client",
}


class Clause(Value):
    """One condition of the access rule, and the fact that it looks at."""

    name: str
    """The subject of the condition, such as `Grant period`."""
    holds: bool | None
    """null after the first condition that refuses, because the rule does not look at the rest."""
    fact: str
    """The fact that the condition looks at, with its times."""
    reason: Reason | None = None
    """The reason's code, if the condition refuses. Otherwise null."""
    change_by: ChangeBy | None = None
    """The person or thing that can change the fact. null if the condition does not refuse."""
    change: str | None = None
    """The person who can make the condition hold, and their step. Otherwise null."""


class Explanation(Value):
    """The decision of the access rule, and its conditions in their order. Members read their own
    only up to the one that refuses."""

    decision: Internal[Allowed | Denied]
    """The decision of `decide_access` for the member with a valid token of their own."""
    clauses: tuple[Clause, ...]

    @shown_property
    def allowed(self) -> bool:
        """True if Daypass would request a session from AWS now. AWS can still refuse it."""
        return isinstance(self.decision, Allowed)

    @shown_property
    def reason(self) -> Reason | None:
        """The code of the reason with which Daypass would refuse. null if it would not."""
        return self.decision.reason if isinstance(self.decision, Denied) else None

    @shown_property
    def duration(self) -> int | None:
        """The duration in seconds of the session that Daypass would request. null if it would
        refuse."""
        return self.decision.terms.duration if isinstance(self.decision, Allowed) else None

    @property
    def refusal(self) -> Clause | None:
        """Return the clause that refuses, or None if all hold."""
        return next((clause for clause in self.clauses if clause.holds is False), None)


_ANY_HASH = "0" * 64
"""The hash of the presented token and of the stored one, which only have to agree."""


def explain_access(
    facts: AccessFacts, member: str, engagement: str, request: SessionRequest, now: datetime
) -> Explanation:
    """Return why Daypass would vend this session to the member now, or would not.

    The facts need no token: the member is taken to present a valid one. `member` and `engagement`
    are the IDs in question, which may not exist.
    """
    question = AccessQuestion(facts, member, engagement, request, now)
    presented = PresentedToken(member, _ANY_HASH)
    token = None if facts.member is None else _build_valid_token(facts.member, presented, now)
    # The question is about a vend without an access link. A link would add conditions.
    with_token = replace(facts, token=token, link=None)
    decision = decide_access(with_token, presented, request, now)
    reason = decision.reason if isinstance(decision, Denied) else None
    return Explanation(decision=decision, clauses=tuple(_list_clauses(question, reason)))


def _list_clauses(question: AccessQuestion, reason: Reason | None) -> Iterator[Clause]:
    """Yield a clause for each condition, in the rule's order, as far as there are facts. `reason`
    is that of the refusal, if any. It belongs to one condition: those before it hold, and whether
    those after it hold is unknown (None)."""
    holds: bool | None = True
    for name, describe, reasons in CONDITIONS:
        try:
            fact = describe(question)
        except NoFactError:
            return
        if reason is not None and reason in reasons:
            by, step = _find_step(question, reason)
            change = step
            if by in _CHANGERS:
                change = f"{_CHANGERS[by]} can {uncapitalise(step)}"
            yield Clause(
                name=name, holds=False, fact=fact, reason=reason, change_by=by, change=change
            )
            holds = None
        else:
            yield Clause(name=name, holds=holds, fact=fact)


def _build_valid_token(member: Member, presented: PresentedToken, now: datetime) -> Token:
    return Token(
        member=member.id,
        hash=presented.hash,
        label="a token that is not looked at",
        created_at=max(now, member.tokens_from),
        expires_at=now + timedelta(hours=1),
    )


def _find_step(question: AccessQuestion, reason: Reason) -> tuple[ChangeBy, str]:
    """Return who can change the fact for which `reason` refuses, and how. The reasons of an item
    with a start also refuse before that start: then the step is to wait."""
    span: Engagement | Grant | ApprovedGrant | None = None
    if reason is Reason.ENGAGEMENT_CLOSED:
        span = question.engagement
    elif reason is Reason.GRANT_NOT_CURRENT:
        span = question.grant
    elif reason in APPROVAL_REASONS:
        span = question.approved
    elif reason is Reason.NOT_A_MEMBER and question.facts.engagement is None:
        return ChangeBy.LEAD, "Check the engagement's ID."
    elif reason is Reason.NOT_A_MEMBER and question.member.kind is Kind.AUDITOR:
        return ChangeBy.LEAD, "Change the member's kind, and then grant the member access."
    elif reason is Reason.ROLE_UNVERIFIED and not question.is_checked:
        return ChangeBy.LEAD, "Verify the role."
    if span is not None and question.now < span.starts_at:
        return ChangeBy.TIME, "Wait until the start, or ask a lead for an earlier start."
    return _STEPS[reason]


_STEPS = {
    Reason.TOKEN_UNKNOWN: (ChangeBy.LEAD, "Check the member's ID, or invite the member."),
    Reason.MEMBER_SUSPENDED: (ChangeBy.LEAD, "Reinstate the member."),
    Reason.NOT_A_MEMBER: (ChangeBy.LEAD, "Grant the member access."),
    Reason.ENGAGEMENT_REVOKED: (
        ChangeBy.LEAD,
        "Reopen the engagement if the reason for its revocation no longer applies.",
    ),
    Reason.ENGAGEMENT_CLOSED: (ChangeBy.LEAD, "Reopen or renew the engagement."),
    Reason.GRANT_NOT_CURRENT: (ChangeBy.LEAD, "Extend the grant, or create a new grant."),
    Reason.ROLE_NOT_GRANTED: (
        ChangeBy.LEAD,
        "Check the role's name, create the role, or add it to the grant.",
    ),
    Reason.APPROVAL_REQUIRED: (ChangeBy.MEMBER, "Request access. The approvers then decide."),
    Reason.CLIENT_APPROVAL_REQUIRED: (ChangeBy.MEMBER, "Request access. The client then decides."),
    Reason.ACCESS_NOT_STARTED: (
        ChangeBy.MEMBER,
        "Start the access. The daypass command also starts it when the member gets a session.",
    ),
    Reason.APPROVAL_REVOKED: (ChangeBy.MEMBER, "Request access again."),
    Reason.ROLE_UNVERIFIED: (
        ChangeBy.CLIENT,
        "Fix the role as described in its report. Then check the role again.",
    ),
    Reason.FROZEN: (
        ChangeBy.LEAD,
        "Request to lift the freeze. Another lead must then confirm the request.",
    ),
    Reason.PAUSED_BY_CLIENT: (ChangeBy.CLIENT, "Lift the pause with its code."),
    Reason.AGENTS_REFUSED: (
        ChangeBy.LEAD,
        "Allow agents in this engagement. Otherwise, a person must do the work.",
    ),
    Reason.REASON_REQUIRED: (
        ChangeBy.MEMBER,
        "Give a one-line reason, for example with --reason.",
    ),
    Reason.DURATION_TOO_LONG: (
        ChangeBy.MEMBER,
        "Request a shorter session, or omit the duration.",
    ),
    Reason.ENDS_TOO_SOON: (
        ChangeBy.LEAD,
        (
            "Extend the grant or the engagement. If the approved access ends first, the member can"
            " request access again."
        ),
    ),
}
_REASONS_WITHOUT_ACCESS = (
    Reason.ENGAGEMENT_REVOKED,
    Reason.ENGAGEMENT_CLOSED,
    Reason.GRANT_NOT_CURRENT,
)
"""Reasons that someone may get who has no access to the engagement any more."""


def limit_to_own(explanation: Explanation) -> Explanation:
    """Return the explanation as the member themself may read it, with no more than a refused vend
    says. So no member learns of an engagement, a role or a change that does not concern them."""
    refusal, reason = explanation.refusal, explanation.reason
    if refusal is None or reason is None:
        return explanation
    before = explanation.clauses[: explanation.clauses.index(refusal)]
    if reason in (Reason.NOT_A_MEMBER, Reason.ROLE_NOT_GRANTED, *_REASONS_WITHOUT_ACCESS):
        refusal = replace(
            refusal,
            fact=reason.text(Surface.PAGE),
            change_by=ChangeBy.LEAD,
            change="Ask your lead.",
        )
    if reason in _REASONS_WITHOUT_ACCESS:
        # The facts describe the engagement and the grant. A refused vend says nothing about them.
        before = tuple(replace(clause, fact="") for clause in before)
    return replace(explanation, clauses=(*before, refusal))
