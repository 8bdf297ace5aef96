"""Checks of trust policies, right and wrong, that the local AWS evaluates."""

from __future__ import annotations

import pytest

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Grade, Result, grade_results
from chalicelib.usecases.engagements.engagements import close_engagement
from chalicelib.usecases.verification.access_removal import check_access_removed
from tests.adapters.client_side import Change, ClientSide
from tests.adapters.vending.trusts import (
    BROKER,
    LIKE_AGENT,
    MFA,
    NAMES_PEOPLE,
    NEGATIVE_CHECKS,
    OTHER_ACCOUNT,
    OTHER_ROLE,
    REFUSES_AGENTS,
    REQUIRES_ATTRIBUTES,
    UNSAFE_POLICIES,
    all_in_one,
    as_advised,
    both_external_ids,
    compared_with,
    on_condition,
    only_assume_role,
    principal,
    with_external_id,
    with_only,
    with_second_statement,
    without_any_condition,
    without_condition,
)

NO_ID, WRONG_ID, OTHER_CASE, NEAR = (
    Check.NO_ID,
    Check.WRONG_ID,
    Check.OTHER_CASE,
    Check.NEAR_MISS,
)
RIGHT_ID, SOURCE_IDENTITY, TAGS = Check.RIGHT_ID, Check.SOURCE_IDENTITY, Check.TAGS

TRUSTS: dict[str, tuple[Change, Grade, set[Check]]] = {
    "as advised": (as_advised, Grade.A, set()),
    # The other two actions do not have the external ID as a condition key.
    "all three actions in one statement": (all_in_one, Grade.B, {SOURCE_IDENTITY, TAGS}),
    "two external IDs, one of them right": (both_external_ids, Grade.A, set()),
    "the broker role itself as principal": (principal({"AWS": BROKER}), Grade.A, set()),
    # Every principal, but the condition admits only the broker role.
    "any principal, with conditions on the broker role and the external ID": (
        principal({"AWS": "*"}),
        Grade.A,
        set(),
    ),
    "only sts:AssumeRole": (only_assume_role, Grade.B, {SOURCE_IDENTITY, TAGS}),
    "no sts:SetSourceIdentity": (with_only("sts:TagSession"), Grade.B, {SOURCE_IDENTITY}),
    "no sts:TagSession": (with_only("sts:SetSourceIdentity"), Grade.B, {TAGS}),
    "StringEqualsIgnoreCase": (compared_with("StringEqualsIgnoreCase"), Grade.F, {OTHER_CASE}),
    "StringLike without a wildcard": (compared_with("StringLike"), Grade.A, set()),
    "StringLike *": (compared_with("StringLike", "*"), Grade.F, {WRONG_ID, OTHER_CASE, NEAR}),
    "StringLike with Daypass's prefix": (
        compared_with("StringLike", "daypass-*"),
        Grade.F,
        {WRONG_ID, NEAR},
    ),
    "StringEqualsIfExists": (compared_with("StringEqualsIfExists"), Grade.F, {NO_ID}),
    "StringLikeIfExists *": (
        compared_with("StringLikeIfExists", "*"),
        Grade.F,
        NEGATIVE_CHECKS,
    ),
    "StringNotEquals": (
        compared_with("StringNotEquals", "other"),
        Grade.F,
        NEGATIVE_CHECKS,
    ),
    "ForAllValues:StringEquals": (compared_with("ForAllValues:StringEquals"), Grade.F, {NO_ID}),
    "no condition on the external ID": (without_condition, Grade.F, NEGATIVE_CHECKS),
    "no condition": (without_any_condition, Grade.F, NEGATIVE_CHECKS),
    "a second statement without the external ID": (
        with_second_statement(Effect="Allow"),
        Grade.F,
        NEGATIVE_CHECKS,
    ),
    "a second statement for any principal": (
        with_second_statement(Effect="Allow", Principal="*"),
        Grade.F,
        NEGATIVE_CHECKS,
    ),
    "another account as principal": (principal(OTHER_ACCOUNT), Grade.F, {RIGHT_ID}),
    "a service as principal": (principal({"Service": "lambda.amazonaws.com"}), Grade.F, {RIGHT_ID}),
    "a deny of everything": (with_second_statement(Effect="Deny"), Grade.F, {RIGHT_ID}),
    "another external ID": (with_external_id(lambda _: "daypass-other"), Grade.F, {RIGHT_ID}),
    "the external ID with a blank": (
        with_external_id(lambda right: f"{right} "),
        Grade.F,
        {RIGHT_ID},
    ),
    "a condition on another role of the firm": (on_condition(**OTHER_ROLE), Grade.F, {RIGHT_ID}),
    "a condition on MFA": (on_condition(**MFA), Grade.F, {RIGHT_ID}),
    # The policy accepts any external ID, but only from another role of the firm. So it refuses the
    # broker, and only the check of the right ID fails.
    "any external ID for another role of the firm": (
        on_condition(**OTHER_ROLE, StringLike={"sts:ExternalId": "*"}),
        Grade.F,
        {RIGHT_ID},
    ),
}


TRUSTS |= {name: (change, Grade.F, failed) for name, (change, failed) in UNSAFE_POLICIES.items()}
TRUSTS |= {name: (change, Grade.B, {Check.AGENT_NAME}) for name, change in REFUSES_AGENTS.items()}
TRUSTS |= {
    name: (change, Grade.B if failed else Grade.A, failed)
    for name, (change, _, failed) in REQUIRES_ATTRIBUTES.items()
}


@pytest.mark.parametrize("trust", TRUSTS)
def test_a_check_reports_and_grades_the_defects_of_a_trust_policy(
    side: ClientSide, trust: str
) -> None:
    change, expected, failed = TRUSTS[trust]
    proof = side.check_with(change)
    assert {c for c, result in proof.results.items() if result is Result.FAILED} == failed
    assert grade_results(proof.results) is expected
    assert proof.passed is (expected is not Grade.F)
    if trust in REQUIRES_ATTRIBUTES:
        assert proof.required_attributes == REQUIRES_ATTRIBUTES[trust][1]
    if expected is Grade.F:
        with pytest.raises(AccessDenied, match="role-unverified"):
            side.vend()
    else:
        side.vend()


@pytest.mark.parametrize("trust", NAMES_PEOPLE)
def test_a_role_that_names_members_fails_and_the_cause_is_reported(
    side: ClientSide, trust: str
) -> None:
    proof = side.check_with(NAMES_PEOPLE[trust])
    assert grade_results(proof.results) is Grade.F
    assert Cause.NAMES_PEOPLE in proof.causes


def test_access_is_not_removed_while_a_role_that_requires_a_source_identity_accepts_it(
    side: ClientSide,
) -> None:
    side.check_with(REQUIRES_ATTRIBUTES["a source identity"][0])
    close_engagement(side.ports, side.lead, side.id, why="the work is done")
    assert check_access_removed(side.ports, side.lead, side.id).access_removed_at is None
    side.close_trust_policy()
    assert check_access_removed(side.ports, side.lead, side.id).access_removed_at is not None


def test_access_is_not_removed_while_a_role_accepts_agents(side: ClientSide) -> None:
    side.check()
    close_engagement(side.ports, side.lead, side.id, why="the work is done")
    policy = side.advised_policy()
    policy["Statement"][0]["Condition"] |= LIKE_AGENT
    side.set_trust_policy(policy)
    assert check_access_removed(side.ports, side.lead, side.id).access_removed_at is None
