"""Check the clauses of an access decision that are about the role and the session's length."""

from __future__ import annotations

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    find_open_access,
    list_stops,
)
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import (
    CLOCK_MARGIN,
    LONGEST_SESSION,
    SHORTEST_SESSION,
    describe_duration,
    utc_text,
)
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.explained.explanation import ChangeBy, Clause
from chalicelib.domain.vending.explained.question import Question, holds, refuses, unknown
from chalicelib.domain.vending.unverified import find_first_failure_text

_NO_ROLE = "There is no such role, or no such grant."
_APPROVAL_FACTS = {
    Reason.APPROVAL_REQUIRED: "The role needs an approved request, and none is in force.",
    Reason.CLIENT_APPROVAL_REQUIRED: "All access needs the client's approval, and no request that"
    " the client approved is in force.",
    Reason.ACCESS_NOT_STARTED: "A request is approved, and its time has not begun.",
    Reason.APPROVAL_REVOKED: "The access that a request opened was revoked or given back.",
}
_APPROVAL_STEPS = {
    Reason.APPROVAL_REQUIRED: "Request access. The people who approve then decide.",
    Reason.CLIENT_APPROVAL_REQUIRED: "Request access. The client then decides.",
    Reason.ACCESS_NOT_STARTED: "Start the approved access. A session starts it, too.",
    Reason.APPROVAL_REVOKED: "Request access again.",
}


def check_role_exists(question: Question) -> Clause:
    name, role, asked_for = "The role exists", question.role, question.request.role
    if role is not None:
        return holds(name, f"{asked_for} is a role of {question.engagement}.")
    ended = question.facts.role.ended_at if question.facts.role is not None else None
    fact = f"{question.engagement} has no role {asked_for}."
    if ended is not None:
        fact = f"The role {asked_for} ended on {utc_text(ended)}."
    return refuses(
        name,
        fact,
        Reason.ROLE_NOT_GRANTED,
        ChangeBy.LEAD,
        f"Check the role's name, or create the role {asked_for}.",
    )


def check_role_granted(question: Question) -> Clause:
    name, grant, role = "The grant includes the role", question.grant, question.request.role
    if grant is None:
        return unknown(name, _NO_ROLE)
    if role in grant.roles:
        return holds(name, f"The grant includes {role}.")
    return refuses(
        name,
        f"The grant does not include {role}.",
        Reason.ROLE_NOT_GRANTED,
        ChangeBy.LEAD,
        f"Add {role} to the grant of {question.member}.",
    )


def check_approval(question: Question) -> Clause:
    name, choice = "The access is approved, if the role needs that", question.approval
    if question.role is None or question.grant is None:
        return unknown(name, _NO_ROLE)
    if choice is None:
        return holds(name, "The grant gives access to the role without a request.")
    if isinstance(choice, ApprovedGrant):
        opened = "The emergency" if choice.is_emergency else "The request"
        return holds(
            name, f"{opened} {choice.request} opens the role until {utc_text(choice.ends_at)}."
        )
    return _refuse_without_approval(name, question, choice)


def _refuse_without_approval(name: str, question: Question, reason: Reason) -> Clause:
    """Return the refusal. If approved access begins later, time changes it."""
    upcoming = _find_upcoming(question)
    if upcoming is not None and not upcoming.needs_start:
        start = utc_text(upcoming.starts_at)
        fact = f"The request {upcoming.request} opens the role from {start} on."
        return refuses(name, fact, reason, ChangeBy.TIME, "Wait until then.")
    return refuses(name, _APPROVAL_FACTS[reason], reason, ChangeBy.MEMBER, _APPROVAL_STEPS[reason])


def _find_upcoming(question: Question) -> ApprovedGrant | None:
    facts, role, grant = question.facts, question.role, question.grant
    if facts.member is None or facts.engagement is None or role is None or grant is None:
        return None
    stops = list_stops(facts.member, facts.engagement, role, grant)
    return find_open_access(facts.approved_grants, facts.engagement, stops, question.now)


def check_role_verified(question: Question) -> Clause:
    name, role, engagement = "The role is verified", question.role, question.facts.engagement
    if role is None or engagement is None:
        return unknown(name, _NO_ROLE)
    passed, last = role.passed_verification(engagement), role.current_verification(engagement)
    if passed is not None:
        return holds(name, f"{role.name} passed its check on {utc_text(passed.checked_at)}.")
    if role.override is not None and role.is_overridden(question.now):
        until = utc_text(role.override.until)
        return holds(name, f"{role.name} has passed no check. A lead overrode this until {until}.")
    if last is None:
        return refuses(
            name,
            f"{role.name} was not checked with its current ARN and external ID.",
            Reason.ROLE_UNVERIFIED,
            ChangeBy.LEAD,
            f"Verify {role.name}.",
        )
    failure = find_first_failure_text(last)
    return refuses(
        name,
        f"{role.name} failed its check on {utc_text(last.checked_at)}. {failure}".strip(),
        Reason.ROLE_UNVERIFIED,
        ChangeBy.CLIENT,
        "The client has to fix the role, as its report says. Then a lead verifies it.",
    )


def check_duration(question: Question) -> Clause:
    name, role, duration = "The session is not too long", question.role, question.request.duration
    if role is None:
        return unknown(name, _NO_ROLE)
    longest = _find_longest(role)
    if duration is not None and duration > longest:
        return refuses(
            name,
            f"A session of {_describe(duration)} is requested. {role.name} allows"
            f" {_describe(longest)}.",
            Reason.DURATION_TOO_LONG,
            ChangeBy.MEMBER,
            f"Ask for at most {longest} seconds, or leave the duration out.",
        )
    return holds(name, f"{role.name} allows sessions of {_describe(longest)}.")


def check_time_left(question: Question) -> Clause:
    name, role, grant = "Enough time is left for a session", question.role, question.grant
    engagement, approval = question.facts.engagement, question.approval
    if role is None or grant is None or engagement is None or isinstance(approval, Reason):
        return unknown(name, "It is not clear yet until when the access lasts.")
    duration, longest = question.request.duration, _find_longest(role)
    requested = longest if duration is None else duration
    shortest = f"AWS's shortest session lasts {_describe(SHORTEST_SESSION)}."
    if requested < SHORTEST_SESSION:
        by = ChangeBy.LEAD if duration is None else ChangeBy.MEMBER
        step = "Allow longer sessions." if duration is None else "Ask for a longer session."
        fact = f"The session would last {_describe(requested)}. {shortest}"
        return refuses(name, fact, Reason.ENDS_TOO_SOON, by, step)
    ends = {"the grant": grant.ends_at, "the engagement": engagement.ends_at}
    if approval is not None:
        ends["the approved access"] = approval.ends_at
    first = min(ends, key=lambda each: ends[each])
    fact = f"{first[0].upper()}{first[1:]} ends first, on {utc_text(ends[first])}."
    left = int((ends[first] - question.now - CLOCK_MARGIN).total_seconds())
    if left < SHORTEST_SESSION:
        return refuses(
            name,
            f"{fact} {shortest}",
            Reason.ENDS_TOO_SOON,
            ChangeBy.MEMBER if first == "the approved access" else ChangeBy.LEAD,
            "Request access again."
            if first == "the approved access"
            else f"Give {first} a later end.",
        )
    return holds(name, fact)


def _describe(seconds: int) -> str:
    """Return the duration in words, and exactly."""
    return f"{seconds} seconds" if seconds % 60 else describe_duration(seconds)


def _find_longest(role: Role) -> int:
    return min(role.max_session, LONGEST_SESSION)
