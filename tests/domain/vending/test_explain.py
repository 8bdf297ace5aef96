"""The explanation of an access decision agrees with the decision, for all facts."""

from datetime import timedelta

from hypothesis import event, given, settings
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import TOKEN_REASONS
from chalicelib.domain.vending.access import (
    CallerKind,
    Denied,
    SessionRequest,
    decide_access,
)
from chalicelib.domain.vending.conditions import CONDITIONS
from chalicelib.domain.vending.explain import (
    explain_access,
    limit_to_own,
)
from chalicelib.domain.verification.proof import Check
from tests.builders import (
    NOON,
    READONLY,
    a_block,
    a_grant,
    a_grant_on_request,
    a_member,
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
from tests.domain.vending.access_table import DECIDED
from tests.domain.vending.approved_table import BY_APPROVAL
from tests.golden import hold_against_file
from tests.rows import every

HOUR = timedelta(hours=1)


def explain(request=READONLY, **facts):
    return explain_access(some_facts(**facts), "alice", "acme-prod", request, NOON)


def reason_of(decision):
    return decision.reason if isinstance(decision, Denied) else None


def check_agreement(explanation):
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


def check_own_view(own, whole):
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
def test_each_row_of_the_rules_table_is_explained(row):
    facts, _, request, now = row.arguments
    explanation = explain_access(replace(facts, token=None), "alice", "acme-prod", request, now)
    check_agreement(explanation)
    expected = row.expected if isinstance(row.expected, str) else None
    assert reason_of(explanation.decision) == expected


@settings(max_examples=120)
@given(any_.facts, any_.requests)
def test_the_first_clause_that_refuses_is_the_rules_reason(facts, request):
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


def test_an_outsider_cannot_tell_whether_an_engagement_exists():
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
        "Member",
        "Grant",
    ]


def test_a_member_cannot_tell_whether_a_role_outside_the_grant_exists():
    deploy = SessionRequest(role="deploy")
    views = [
        limit_to_own(explain(deploy, role=role))
        for role in (None, a_role("deploy"), a_role("deploy", ended_at=NOON, verification=None))
    ]
    assert views[0] == views[1] == views[2]


def test_someone_whose_grant_is_over_learns_no_dates_of_the_engagement():
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


def approved(**changes):
    return {**ON_REQUEST, "approved_grants": (an_approved_grant(**changes),)}


STEPS = [
    *(
        (facts, READONLY)
        for facts in (
            {"member": None},
            {"member": a_member(suspended_at=NOON)},
            {"member": a_member(kind=Kind.AUDITOR)},
            {"engagement": None},
            {"grant": None},
            {"engagement": an_engagement(revoked_at=NOON)},
            {"engagement": an_engagement(closed_at=NOON)},
            {"engagement": an_engagement(starts_at=NOON + HOUR)},
            {"engagement": an_engagement(ends_at=NOON)},
            {"grant": a_grant(revoked_at=NOON)},
            {"grant": a_grant(starts_at=NOON + HOUR)},
            {"grant": a_grant(ends_at=NOON)},
            {"role": None},
            {"role": a_role(ended_at=NOON)},
            {"grant": a_grant(roles=frozenset({"deploy"}))},
            ON_REQUEST,
            approved(starts_at=NOON + HOUR),
            approved(duration=3600),
            approved(revoked_at=NOON),
            {"engagement": an_engagement(requires_client_approval=True)},
            {"role": a_role(verification=None)},
            {"role": a_role(verification=FAILED)},
            {"freeze": a_block()},
            {"pause": a_block("acme-prod")},
            {"role": a_role(requires_reason=True)},
            {"grant": a_grant(ends_at=SOON)},
            {"engagement": an_engagement(ends_at=SOON)},
            approved(ends_at=SOON),
        )
    ),
    ({"engagement": an_engagement(agents=AgentAccess.REFUSE)}, AGENT),
    ({}, replace(READONLY, duration=7200)),
]
"""Facts and requests that are refused, one for each sentence."""
HOLDING = [
    (approved(), READONLY),
    (approved(is_emergency=True), READONLY),
    ({"role": a_role(verification=None, override=an_override())}, READONLY),
    ({}, AGENT),
    ({"engagement": an_engagement(agents=AgentAccess.ALLOW)}, AGENT),
    ({"role": a_role(requires_reason=True)}, replace(READONLY, reason="INC-7")),
]
"""Facts with which all is allowed."""


def test_an_explanation_says_the_facts_and_who_can_change_them():
    """A refusal is shown with who can change what. Of what holds, the file has all clauses."""
    lines = []
    for facts, request in STEPS:
        explanation = explain(request, **facts)
        check_agreement(explanation)
        refusal = explanation.refusal
        lines += [f"{refusal.name}: {refusal.fact}", f"  {refusal.change_by}: {refusal.change}"]
    for facts, request in HOLDING:
        explanation = explain(request, **facts)
        check_agreement(explanation)
        assert explanation.allowed
        lines += ["=== allowed", *(clause.fact for clause in explanation.clauses)]
    hold_against_file("explanations.txt", "\n".join(lines))


def test_every_clause_refuses_in_some_row():
    refused = {
        clause.name
        for facts, request in STEPS
        for clause in explain(request, **facts).clauses
        if clause.holds is False
    }
    assert refused == {clause.name for clause in explain().clauses}


def test_an_outsider_gets_the_same_answer_for_known_and_unknown_engagements():
    without_grant = decide_access(some_facts(grant=None), presented_by(), READONLY, NOON)
    no_engagement = some_facts(engagement=None, role=None, grant=None)
    unknown = decide_access(no_engagement, presented_by(), READONLY, NOON)
    assert without_grant == unknown
    assert repr(without_grant) == repr(unknown)
