"""The explanation of an access decision agrees with the decision, for all facts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import event, given, settings
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import TOKEN_REASONS, Reason
from chalicelib.domain.vending.access import (
    AccessFacts,
    Allowed,
    CallerKind,
    Denied,
    SessionRequest,
    decide_access,
)
from chalicelib.domain.vending.explain import CLAUSES, explain_access
from chalicelib.domain.vending.explained.explanation import ChangeBy, Explanation, limit_to_own
from chalicelib.domain.verification.proof import Check
from tests.builders import (
    a_block,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request_id,
    a_role,
    a_token,
    a_verification,
    an_approved_grant,
    an_engagement,
    an_override,
    presented_by,
    results,
    some_facts,
)
from tests.domain import strategies as any_
from tests.domain.rows import Row
from tests.domain.vending.access_table import DECIDED
from tests.domain.vending.approved_table import BY_APPROVAL
from tests.fakes import NOON
from tests.rows import every

READONLY = SessionRequest(role="readonly")
HOUR = timedelta(hours=1)


def explain(request: SessionRequest = READONLY, **facts: Any) -> Explanation:
    return explain_access(some_facts(**facts), "alice", "acme-prod", request, NOON)


def reason_of(decision: Allowed | Denied) -> Reason | None:
    return decision.reason if isinstance(decision, Denied) else None


def check_agreement(explanation: Explanation) -> None:
    """Fail unless the first clause that refuses has the decision's reason, and all clauses hold
    exactly if the decision allows the session."""
    reason, refusal = reason_of(explanation.decision), explanation.refusal
    assert (refusal.reason if refusal is not None else None) is reason
    end = len(CLAUSES) if refusal is None else explanation.clauses.index(refusal)
    assert all(clause.holds for clause in explanation.clauses[:end])
    for clause in explanation.clauses:
        assert clause.fact
        assert (clause.reason is not None) == (clause.holds is False)
        assert (clause.next_step is not None) == (clause.holds is False)


ABOUT_ACCESS = [
    row
    for row in DECIDED + BY_APPROVAL
    if not row.keywords and row.expected not in list(TOKEN_REASONS)
]
"""The rows of the rule's table that are not about the token, and not about a second decision."""


@every("row", ABOUT_ACCESS)
def test_each_row_of_the_rules_table_is_explained(row: Row) -> None:
    facts, _, request, now = row.arguments
    explanation = explain_access(replace(facts, token=None), "alice", "acme-prod", request, now)
    check_agreement(explanation)
    expected = row.expected if isinstance(row.expected, Reason) else None
    assert reason_of(explanation.decision) is expected


@settings(max_examples=120)
@given(any_.facts, any_.requests)
def test_the_first_clause_that_refuses_is_the_rules_reason(
    facts: AccessFacts, request: SessionRequest
) -> None:
    """`decide_access` is the only rule. With a valid token of the member, it decides the same."""
    explanation = explain_access(facts, "alice", "acme-prod", request, NOON)
    check_agreement(explanation)
    event(str(reason_of(explanation.decision)))
    member = facts.member
    if member is not None and member.id == "alice":
        token = a_token(created_at=max(NOON, member.tokens_from), expires_at=NOON + HOUR)
        with_token = replace(facts, token=token)
        decision = decide_access(with_token, presented_by(), request, NOON)
        assert reason_of(decision) is reason_of(explanation.decision)


@settings(max_examples=60)
@given(any_.facts, any_.requests)
def test_a_members_own_view_ends_with_the_first_refusal(
    facts: AccessFacts, request: SessionRequest
) -> None:
    whole = explain_access(facts, "alice", "acme-prod", request, NOON)
    own = limit_to_own(whole)
    assert own.decision == whole.decision
    if whole.refusal is None:
        assert own == whole
        return
    assert own.refusal is own.clauses[-1]
    assert own.refusal.reason is whole.refusal.reason
    assert all(clause.holds for clause in own.clauses[:-1])


def test_an_outsider_cannot_tell_whether_an_engagement_exists() -> None:
    revoked = an_engagement(revoked_at=NOON)
    views = [
        limit_to_own(explain(engagement=engagement, role=role, grant=None, **blocks))
        for engagement, role, blocks in (
            (None, None, {}),
            (an_engagement(), a_role(), {}),
            (revoked, a_role(verification=None), {"pause": a_block("acme-prod")}),
        )
    ]
    assert views[0] == views[1] == views[2]
    assert [clause.name for clause in views[0].clauses] == [
        "The member is active",
        "There is a grant",
    ]


def test_a_member_cannot_tell_whether_a_role_outside_the_grant_exists() -> None:
    deploy = SessionRequest(role="deploy")
    views = [
        limit_to_own(explain(deploy, role=role))
        for role in (None, a_role("deploy"), a_role("deploy", ended_at=NOON, verification=None))
    ]
    assert views[0] == views[1] == views[2]


def test_someone_whose_grant_is_over_learns_no_dates_of_the_engagement() -> None:
    views = [
        limit_to_own(explain(engagement=an_engagement(ends_at=NOON + later), grant=grant))
        for later in (HOUR, 2 * HOUR)
        for grant in (a_grant(revoked_at=NOON), a_grant(ends_at=NOON - HOUR))
    ]
    assert len(set(map(str, views))) == 1


FAILED = a_verification(results=results(Check.WRONG_ID))
AGENT = replace(READONLY, caller=CallerKind.AGENT)
ON_REQUEST = {"grant": a_grant_on_request()}
SOON = NOON + timedelta(minutes=10)
STEPS: list[tuple[str, dict[str, Any], SessionRequest, ChangeBy, str, str]] = [
    ("no such member", {"member": None}, READONLY, ChangeBy.LEAD,
     "No member has the ID alice.", "invite"),
    ("suspended", {"member": a_member(suspended_at=NOON)}, READONLY, ChangeBy.LEAD,
     "alice has been suspended since 24 November 2026, 12:00 UTC.", "Reinstate alice."),
    ("an auditor", {"member": a_member(kind=Kind.AUDITOR)}, READONLY, ChangeBy.LEAD,
     "alice is an auditor. Auditors get no session.", "kind"),
    ("no engagement", {"engagement": None}, READONLY, ChangeBy.LEAD,
     "No engagement has the ID acme-prod.", "open the engagement"),
    ("no grant", {"grant": None}, READONLY, ChangeBy.LEAD,
     "alice has no grant for acme-prod.", "Grant alice access"),
    ("revoked", {"engagement": an_engagement(revoked_at=NOON)}, READONLY, ChangeBy.LEAD,
     "A lead revoked acme-prod on 24 November 2026, 12:00 UTC.", "Reopen"),
    ("closed", {"engagement": an_engagement(closed_at=NOON)}, READONLY, ChangeBy.LEAD,
     "A lead closed acme-prod on 24 November 2026, 12:00 UTC.", "Reopen"),
    ("begins later", {"engagement": an_engagement(starts_at=NOON + HOUR)}, READONLY, ChangeBy.TIME,
     "acme-prod begins on 24 November 2026, 13:00 UTC.", "Wait"),
    ("ended", {"engagement": an_engagement(ends_at=NOON)}, READONLY, ChangeBy.LEAD,
     "acme-prod ended on 24 November 2026, 12:00 UTC.", "Renew"),
    ("grant revoked", {"grant": a_grant(revoked_at=NOON)}, READONLY, ChangeBy.LEAD,
     "A lead revoked it on 24 November 2026, 12:00 UTC.", "again"),
    ("grant begins later", {"grant": a_grant(starts_at=NOON + HOUR)}, READONLY, ChangeBy.TIME,
     "The grant of alice begins on 24 November 2026, 13:00 UTC.", "Wait"),
    ("grant ended", {"grant": a_grant(ends_at=NOON)}, READONLY, ChangeBy.LEAD,
     "The grant of alice ended on 24 November 2026, 12:00 UTC.", "later end"),
    ("no role", {"role": None}, READONLY, ChangeBy.LEAD,
     "acme-prod has no role readonly.", "create the role"),
    ("role ended", {"role": a_role(ended_at=NOON)}, READONLY, ChangeBy.LEAD,
     "The role readonly ended on 24 November 2026, 12:00 UTC.", "create the role"),
    ("role not granted", {"grant": a_grant(roles=frozenset({"deploy"}))}, READONLY, ChangeBy.LEAD,
     "The grant does not include readonly.", "Add readonly"),
    ("not approved", ON_REQUEST, READONLY, ChangeBy.MEMBER,
     "The role needs an approved request, and none is in force.", "Request access."),
    ("approved for later",
     {**ON_REQUEST, "approved_grants": (an_approved_grant(starts_at=NOON + HOUR),)},
     READONLY, ChangeBy.TIME, "from 24 November 2026, 13:00 UTC on.", "Wait"),
    ("not started", {**ON_REQUEST, "approved_grants": (an_approved_grant(duration=3600),)},
     READONLY, ChangeBy.MEMBER, "A request is approved, and its time has not begun.", "Start"),
    ("given back", {**ON_REQUEST, "approved_grants": (an_approved_grant(revoked_at=NOON),)},
     READONLY, ChangeBy.MEMBER, "was revoked or given back.", "again"),
    ("the client approves", {"engagement": an_engagement(requires_client_approval=True)}, READONLY,
     ChangeBy.MEMBER, "All access needs the client's approval", "The client then decides"),
    ("never verified", {"role": a_role(verification=None)}, READONLY, ChangeBy.LEAD,
     "readonly was not checked", "Verify readonly."),
    ("failed", {"role": a_role(verification=FAILED)}, READONLY, ChangeBy.CLIENT,
     "UTC. Daypass can assume the role with a WRONG", "fix the role"),
    ("frozen", {"freeze": a_block()}, READONLY, ChangeBy.LEAD, "Everything has been frozen since",
     "Two leads"),
    ("paused", {"pause": a_block("acme-prod")}, READONLY, ChangeBy.CLIENT,
     "The access has been paused since", "with its code"),
    ("agents", {"engagement": an_engagement(agents=AgentAccess.REFUSE)}, AGENT, ChangeBy.LEAD,
     "gives programs that work by themselves no session.", "Let agents into acme-prod"),
    ("no reason", {"role": a_role(requires_reason=True)}, READONLY, ChangeBy.MEMBER,
     "readonly requires a reason, and none is given.", "in your own words"),
    ("too long", {}, replace(READONLY, duration=7200), ChangeBy.MEMBER,
     "A session of 2 hours is requested. readonly allows 1 hour.", "at most 3600"),
    ("too short", {}, replace(READONLY, duration=100), ChangeBy.MEMBER,
     "The session would last 100 seconds.", "longer session"),
    ("a role with short sessions", {"role": a_role(max_session=600)}, READONLY, ChangeBy.LEAD,
     "The session would last 10 minutes. AWS's shortest session lasts 15 minutes.", "Allow longer"),
    ("the grant ends soon", {"grant": a_grant(ends_at=SOON)}, READONLY, ChangeBy.LEAD,
     "The grant ends first, on 24 November 2026, 12:10 UTC.", "Give the grant a later end."),
    ("the engagement ends soon", {"engagement": an_engagement(ends_at=SOON)}, READONLY,
     ChangeBy.LEAD, "The engagement ends first", "Give the engagement a later end."),
    ("the approved access ends soon",
     {**ON_REQUEST, "approved_grants": (an_approved_grant(ends_at=SOON),)}, READONLY,
     ChangeBy.MEMBER, "The approved access ends first", "Request access again."),
]  # fmt: skip


@every("facts, request_, by, fact, step", [row[1:] for row in STEPS])
def test_a_refusal_says_what_would_change_it(
    facts: dict[str, Any], request_: SessionRequest, by: ChangeBy, fact: str, step: str
) -> None:
    explanation = explain(request_, **facts)
    check_agreement(explanation)
    refusal = explanation.refusal
    assert refusal is not None
    assert fact in refusal.fact
    assert refusal.next_step is not None
    assert refusal.next_step.by is by
    assert step in refusal.next_step.text


def test_every_clause_refuses_in_some_row() -> None:
    refused = {
        clause.name
        for _, facts, request, *_ in STEPS
        for clause in explain(request, **facts).clauses
        if clause.holds is False
    }
    assert refused == {clause.name for clause in explain().clauses}


FACTS: list[tuple[str, dict[str, Any], SessionRequest, str]] = [
    ("approved", {**ON_REQUEST, "approved_grants": (an_approved_grant(),)}, READONLY,
     f"The request {a_request_id()} opens the role until"),
    ("an emergency",
     {**ON_REQUEST, "approved_grants": (an_approved_grant(is_emergency=True),)}, READONLY,
     "The emergency"),
    ("overridden", {"role": a_role(verification=None, override=an_override())}, READONLY,
     "readonly has passed no check. A lead overrode this until"),
    ("an agent that reads", {}, AGENT, "acme-prod gives programs sessions that can only read."),
    ("an agent", {"engagement": an_engagement(agents=AgentAccess.ALLOW)}, AGENT,
     "acme-prod gives programs sessions."),
    ("a reason", {"role": a_role(requires_reason=True)}, replace(READONLY, reason="INC-7"),
     "readonly requires a reason, and one is given."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "request_", "fact"), [row[1:] for row in FACTS], ids=[row[0] for row in FACTS]
)
def test_a_clause_that_holds_says_why(
    facts: dict[str, Any], request_: SessionRequest, fact: str
) -> None:
    explanation = explain(request_, **facts)
    check_agreement(explanation)
    assert explanation.refusal is None
    assert any(fact in clause.fact for clause in explanation.clauses)
