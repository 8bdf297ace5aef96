"""Explain an access decision, clause by clause.

`decide_access` is the rule. The clauses here repeat its conditions in its order, with words
(see docs/decisions). Tests hold both equal for all facts. A vend does not load this module.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import (
    AccessFacts,
    Allowed,
    CallerKind,
    Denied,
    SessionRequest,
    decide_access,
)
from chalicelib.domain.vending.explained.explanation import (
    GRANT_CURRENT,
    ChangeBy,
    Clause,
    Explanation,
)
from chalicelib.domain.vending.explained.question import Question, holds, refuses, unknown
from chalicelib.domain.vending.explained.role import (
    check_approval,
    check_duration,
    check_role_exists,
    check_role_granted,
    check_role_verified,
    check_time_left,
)

_NO_ENGAGEMENT = "There is no such engagement."
_NO_GRANT = "There is no such grant."


def explain_access(
    facts: AccessFacts, member: str, engagement: str, request: SessionRequest, now: datetime
) -> Explanation:
    """Return why Daypass would vend this session to the member now, or would not.

    The facts need no token: the member is taken to present a valid one. `member` and `engagement`
    are the IDs in question, which may not exist.
    """
    question = Question(facts, member, engagement, request, now)
    return Explanation(
        decision=_decide(question), clauses=tuple(check(question) for check in CLAUSES)
    )


def _decide(question: Question) -> Allowed | Denied:
    """Return the decision for the member with a valid token of their own."""
    facts, now = question.facts, question.now
    presented = PresentedToken(question.member, "0" * 64)
    token = None if facts.member is None else _build_valid_token(facts.member, presented, now)
    return decide_access(replace(facts, token=token, link=None), presented, question.request, now)


def _build_valid_token(member: Member, presented: PresentedToken, now: datetime) -> Token:
    return Token(
        member=member.id,
        hash=presented.hash,
        label="a token that is not looked at",
        created_at=max(now, member.tokens_from),
        expires_at=now + timedelta(hours=1),
    )


def _check_member(question: Question) -> Clause:
    name, member = "The member is active", question.facts.member
    if member is None:
        return refuses(
            name,
            f"No member has the ID {question.member}.",
            Reason.TOKEN_UNKNOWN,
            ChangeBy.LEAD,
            "Check the ID, or invite the member.",
        )
    if member.suspended_at is not None:
        return refuses(
            name,
            f"{member.id} has been suspended since {utc_text(member.suspended_at)}.",
            Reason.MEMBER_SUSPENDED,
            ChangeBy.LEAD,
            f"Reinstate {member.id}.",
        )
    return holds(name, f"{member.id} is an active {member.kind}.")


def _check_engagement_exists(question: Question) -> Clause:
    name = "The engagement exists"
    if question.facts.engagement is None:
        return refuses(
            name,
            f"No engagement has the ID {question.engagement}.",
            Reason.NOT_A_MEMBER,
            ChangeBy.LEAD,
            "Check the ID, or open the engagement.",
        )
    return holds(name, f"{question.engagement} is an engagement.")


def _check_kind(question: Question) -> Clause:
    name, member = "The member is not an auditor", question.facts.member
    if member is None:
        return unknown(name, "There is no such member.")
    if member.kind is Kind.AUDITOR:
        return refuses(
            name,
            f"{member.id} is an auditor. Auditors get no session.",
            Reason.NOT_A_MEMBER,
            ChangeBy.LEAD,
            f"Change the kind of {member.id}.",
        )
    return holds(name, f"{member.id} is a {member.kind}.")


def _check_grant_exists(question: Question) -> Clause:
    name, grant = "There is a grant", question.grant
    if grant is None:
        return refuses(
            name,
            f"{question.member} has no grant for {question.engagement}.",
            Reason.NOT_A_MEMBER,
            ChangeBy.LEAD,
            f"Grant {question.member} access to {question.engagement}.",
        )
    roles = ", ".join(sorted(grant.roles)) or "no role"
    return holds(name, f"{question.member} has a grant for {question.engagement}: {roles}.")


def _check_engagement_not_revoked(question: Question) -> Clause:
    name, engagement = "The engagement is not revoked", question.facts.engagement
    if engagement is None:
        return unknown(name, _NO_ENGAGEMENT)
    if engagement.revoked_at is not None:
        return refuses(
            name,
            f"A lead revoked {engagement.id} on {utc_text(engagement.revoked_at)}.",
            Reason.ENGAGEMENT_REVOKED,
            ChangeBy.LEAD,
            f"Reopen {engagement.id}, if nothing is wrong any more.",
        )
    return holds(name, f"No lead has revoked {engagement.id}.")


def _check_engagement_open(question: Question) -> Clause:
    name, engagement = "The engagement is open", question.facts.engagement
    if engagement is None:
        return unknown(name, _NO_ENGAGEMENT)
    if engagement.is_open(question.now):
        return holds(name, f"{engagement.id} is open until {utc_text(engagement.ends_at)}.")
    if engagement.closed_at is not None:
        fact = f"A lead closed {engagement.id} on {utc_text(engagement.closed_at)}."
        step = (ChangeBy.LEAD, f"Reopen {engagement.id}.")
    elif question.now < engagement.starts_at:
        fact = f"{engagement.id} begins on {utc_text(engagement.starts_at)}."
        step = (ChangeBy.TIME, "Wait until then, or ask a lead for an earlier start.")
    else:
        fact = f"{engagement.id} ended on {utc_text(engagement.ends_at)}."
        step = (ChangeBy.LEAD, f"Renew {engagement.id}.")
    return refuses(name, fact, Reason.ENGAGEMENT_CLOSED, *step)


def _check_grant_current(question: Question) -> Clause:
    name, grant = GRANT_CURRENT, question.grant
    if grant is None:
        return unknown(name, _NO_GRANT)
    owner = f"The grant of {question.member}"
    if grant.is_current(question.now):
        return holds(name, f"{owner} lasts until {utc_text(grant.ends_at)}.")
    if grant.revoked_at is not None:
        fact = f"A lead revoked it on {utc_text(grant.revoked_at)}."
        step = (ChangeBy.LEAD, f"Grant {question.member} access again.")
    elif question.now < grant.starts_at:
        fact = f"{owner} begins on {utc_text(grant.starts_at)}."
        step = (ChangeBy.TIME, "Wait until then, or ask a lead for an earlier start.")
    else:
        fact = f"{owner} ended on {utc_text(grant.ends_at)}."
        step = (ChangeBy.LEAD, "Give the grant a later end.")
    return refuses(name, fact, Reason.GRANT_NOT_CURRENT, *step)


def _check_shut_role(question: Question) -> Clause:
    name, freeze = "Daypass is not frozen", question.facts.freeze
    if freeze is not None and freeze.is_in_force:
        return refuses(
            name,
            f"Everything has been frozen since {utc_text(freeze.began_at)}.",
            freeze.refusal_reason,
            ChangeBy.LEAD,
            "Two leads can lift the freeze.",
        )
    return holds(name, "No freeze is in force.")


def _check_pause(question: Question) -> Clause:
    name, pause = "The client has not paused the access", question.facts.pause
    if pause is not None and pause.is_in_force:
        return refuses(
            name,
            f"The access has been paused since {utc_text(pause.began_at)}.",
            pause.refusal_reason,
            ChangeBy.CLIENT,
            "The client lifts the pause, with its code.",
        )
    return holds(name, "No pause is in force.")


def _check_caller(question: Question) -> Clause:
    name, engagement = "The engagement lets the caller in", question.facts.engagement
    if question.request.caller is not CallerKind.AGENT:
        return holds(name, "A person asks.")
    if engagement is None:
        return unknown(name, _NO_ENGAGEMENT)
    if engagement.agents is AgentAccess.REFUSE:
        return refuses(
            name,
            f"{engagement.id} gives programs that work by themselves no session.",
            Reason.AGENTS_REFUSED,
            ChangeBy.LEAD,
            f"Let agents into {engagement.id}, or have a person do the work.",
        )
    limit = " that can only read" if engagement.agents is AgentAccess.READ_ONLY else ""
    return holds(name, f"{engagement.id} gives programs sessions{limit}.")


def _check_reason(question: Question) -> Clause:
    name, role = "A reason is given, if the role requires one", question.role
    if role is None:
        return unknown(name, "There is no such role.")
    if not role.requires_reason:
        return holds(name, f"{role.name} requires no reason.")
    if not question.request.reason:
        return refuses(
            name,
            f"{role.name} requires a reason, and none is given.",
            Reason.REASON_REQUIRED,
            ChangeBy.MEMBER,
            "Give one line in your own words, such as --reason with a text in quotes.",
        )
    return holds(name, f"{role.name} requires a reason, and one is given.")


CLAUSES: tuple[Callable[[Question], Clause], ...] = (
    _check_member,
    _check_engagement_exists,
    _check_kind,
    _check_grant_exists,
    _check_engagement_not_revoked,
    _check_engagement_open,
    _check_grant_current,
    check_role_exists,
    check_role_granted,
    check_approval,
    check_role_verified,
    _check_shut_role,
    _check_pause,
    _check_caller,
    _check_reason,
    check_duration,
    check_time_left,
)
"""The clauses, in the order of `decide_access`."""
