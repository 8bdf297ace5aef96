"""The explanation of an access decision agrees with the decision, for all facts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

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
from chalicelib.domain.vending.conditions import CONDITIONS
from chalicelib.domain.vending.explain import (
    ChangeBy,
    Explanation,
    explain_access,
    limit_to_own,
)
from chalicelib.domain.verification.findings import CHECKS
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
    """Fail unless the clause that refuses has the decision's reason, and those before it hold."""
    refusal = explanation.refusal
    assert (refusal.reason if refusal is not None else None) is reason_of(explanation.decision)
    assert explanation.reason is reason_of(explanation.decision)
    assert explanation.allowed == (refusal is None)
    count = len(explanation.clauses) if refusal is None else explanation.clauses.index(refusal)
    assert [clause.holds for clause in explanation.clauses[:count]] == [True] * count
    assert [c.holds for c in explanation.clauses[count + 1 :] if c.holds is not None] == []
    assert refusal is not None or count == len(CONDITIONS)
    for clause in explanation.clauses:
        assert clause.fact
        assert len({clause.holds is False, clause.reason is not None, bool(clause.change)}) == 1


def check_own_view(own: Explanation, whole: Explanation) -> None:
    """Fail unless the member's own view ends with the refusal."""
    assert own.decision == whole.decision
    assert own == whole or own.refusal is own.clauses[-1]
    assert own.reason is whole.reason


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
    check_own_view(limit_to_own(explanation), explanation)
    event(str(reason_of(explanation.decision)))
    member = facts.member
    if member is not None and member.id == "alice":
        token = a_token(created_at=max(NOON, member.tokens_from), expires_at=NOON + HOUR)
        with_token = replace(facts, token=token)
        decision = decide_access(with_token, presented_by(), request, NOON)
        assert reason_of(decision) is reason_of(explanation.decision)


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
LEAD, MEMBER, CLIENT, TIME = ChangeBy
ONE, TWO = (f"24 November 2026, {hour}:00 UTC" for hour in (13, 14))
ENDS = "AWS's shortest session lasts 15 minutes."
STEPS: list[tuple[dict[str, Any], SessionRequest, ChangeBy, str]] = [
    ({"member": None}, READONLY, LEAD, "No member has the ID alice."),
    ({"member": a_member(suspended_at=NOON)}, READONLY, LEAD,
     "alice has been suspended since 24 November 2026, 12:00 UTC."),
    ({"member": a_member(kind=Kind.AUDITOR)}, READONLY, LEAD,
     "alice is an auditor. Auditors get no session."),
    ({"engagement": None}, READONLY, LEAD, "No engagement has the ID acme-prod."),
    ({"grant": None}, READONLY, LEAD, "alice has no grant for acme-prod."),
    ({"engagement": an_engagement(revoked_at=NOON)}, READONLY, LEAD,
     "A lead revoked acme-prod on 24 November 2026, 12:00 UTC."),
    ({"engagement": an_engagement(closed_at=NOON)}, READONLY, LEAD,
     "A lead closed acme-prod on 24 November 2026, 12:00 UTC."),
    ({"engagement": an_engagement(starts_at=NOON + HOUR)}, READONLY, TIME,
     "acme-prod begins on 24 November 2026, 13:00 UTC."),
    ({"engagement": an_engagement(ends_at=NOON)}, READONLY, LEAD,
     "acme-prod ended on 24 November 2026, 12:00 UTC."),
    ({"grant": a_grant(revoked_at=NOON)}, READONLY, LEAD,
     "A lead revoked the grant of alice on 24 November 2026, 12:00 UTC."),
    ({"grant": a_grant(starts_at=NOON + HOUR)}, READONLY, TIME,
     "The grant of alice begins on 24 November 2026, 13:00 UTC."),
    ({"grant": a_grant(ends_at=NOON)}, READONLY, LEAD,
     "The grant of alice ended on 24 November 2026, 12:00 UTC."),
    ({"role": None}, READONLY, LEAD, "acme-prod has no role readonly."),
    ({"role": a_role(ended_at=NOON)}, READONLY, LEAD,
     "The role readonly ended on 24 November 2026, 12:00 UTC."),
    ({"grant": a_grant(roles=frozenset({"deploy"}))}, READONLY, LEAD,
     "The grant does not include readonly."),
    (ON_REQUEST, READONLY, MEMBER,
     "The role needs a request with an approval, and none is in force."),
    ({**ON_REQUEST, "approved_grants": (an_approved_grant(starts_at=NOON + HOUR),)},
     READONLY, TIME, f"The request {a_request_id()} opens the role from {ONE} until {TWO}."),
    ({**ON_REQUEST, "approved_grants": (an_approved_grant(duration=3600),)}, READONLY, MEMBER,
     f"The request {a_request_id()} is approved, and its time has not begun."),
    ({**ON_REQUEST, "approved_grants": (an_approved_grant(revoked_at=NOON),)}, READONLY, MEMBER,
     "The role needs a request with an approval, and none is in force."),
    ({"engagement": an_engagement(requires_client_approval=True)}, READONLY, MEMBER,
     "The role needs a request with the client's approval, and none is in force."),
    ({"role": a_role(verification=None)}, READONLY, LEAD,
     "readonly was not checked with its current ARN and external ID."),
    ({"role": a_role(verification=FAILED)}, READONLY, CLIENT,
     f"readonly failed its check on 25 October 2026, 12:00 UTC. {CHECKS[Check.WRONG_ID].failed}"),
    ({"freeze": a_block()}, READONLY, LEAD,
     "Everything has been frozen since 24 November 2026, 12:00 UTC."),
    ({"pause": a_block("acme-prod")}, READONLY, CLIENT,
     "The client paused the access on 24 November 2026, 12:00 UTC."),
    ({"engagement": an_engagement(agents=AgentAccess.REFUSE)}, AGENT, LEAD,
     "acme-prod gives programs that work by themselves no session."),
    ({"role": a_role(requires_reason=True)}, READONLY, MEMBER,
     "readonly requires a reason, and none is given."),
    ({}, replace(READONLY, duration=7200), MEMBER,
     "readonly allows sessions of 1 hour. 7200 seconds are requested."),
    ({"grant": a_grant(ends_at=SOON)}, READONLY, LEAD,
     f"The grant ends first, on 24 November 2026, 12:10 UTC. {ENDS}"),
    ({"engagement": an_engagement(ends_at=SOON)}, READONLY, LEAD,
     f"The engagement ends first, on 24 November 2026, 12:10 UTC. {ENDS}"),
    ({**ON_REQUEST, "approved_grants": (an_approved_grant(ends_at=SOON),)}, READONLY, LEAD,
     f"The approved access ends first, on 24 November 2026, 12:10 UTC. {ENDS}"),
]  # fmt: skip


@every("facts, request_, by, fact", STEPS)
def test_a_refusal_says_the_fact_and_who_can_change_it(
    facts: dict[str, Any], request_: SessionRequest, by: ChangeBy, fact: str
) -> None:
    explanation = explain(request_, **facts)
    check_agreement(explanation)
    refusal = explanation.refusal
    assert refusal is not None
    assert (refusal.fact, refusal.change_by) == (fact, by)


def test_every_clause_refuses_in_some_row() -> None:
    refused = {
        clause.name
        for facts, request, *_ in STEPS
        for clause in explain(request, **facts).clauses
        if clause.holds is False
    }
    assert refused == {clause.name for clause in explain().clauses}


FACTS: list[tuple[dict[str, Any], SessionRequest, str]] = [
    ({**ON_REQUEST, "approved_grants": (an_approved_grant(),)}, READONLY,
     f"The request {a_request_id()} opens the role until"),
    ({**ON_REQUEST, "approved_grants": (an_approved_grant(is_emergency=True),)}, READONLY,
     "The emergency"),
    ({"role": a_role(verification=None, override=an_override())}, READONLY,
     "external ID. A lead overrode this until"),
    ({}, AGENT, "themselves sessions that can only read."),
    ({"engagement": an_engagement(agents=AgentAccess.ALLOW)}, AGENT, "themselves sessions."),
    ({"role": a_role(requires_reason=True)}, replace(READONLY, reason="INC-7"),
     "readonly requires a reason, and one is given."),
]  # fmt: skip


@every("facts, request_, fact", FACTS)
def test_a_clause_that_holds_says_why(
    facts: dict[str, Any], request_: SessionRequest, fact: str
) -> None:
    explanation = explain(request_, **facts)
    check_agreement(explanation)
    assert explanation.allowed
    assert any(fact in clause.fact for clause in explanation.clauses)
