"""The trust policies that clients get wrong, judged by the local AWS, and what a check says."""

from __future__ import annotations

import pytest

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Grade, Result, grade
from chalicelib.usecases.engagements.engagements import close_engagement
from chalicelib.usecases.verification.access_removal import check_access_removed
from tests.adapters.client_side import Change, ClientSide
from tests.adapters.vending.trusts import (
    BROKER,
    DEMANDS_MORE,
    EVERY_ID,
    LETS_IN_A_VEND,
    MFA,
    NAMES_PEOPLE,
    OTHER_ACCOUNT,
    OTHER_ROLE,
    all_in_one,
    and_also,
    as_advised,
    both,
    compared_with,
    may_tell,
    on_condition,
    only_assume_role,
    principal,
    spelled,
    without_any_condition,
    without_condition,
)

NO_ID, WRONG_ID, OTHER_CASE, NEAR = (
    Check.NO_ID,
    Check.WRONG_ID,
    Check.OTHER_CASE,
    Check.NEAR_MISS,
)
RIGHT_ID, WHO, TAGS = Check.RIGHT_ID, Check.SOURCE_IDENTITY, Check.TAGS

TRUSTS: dict[str, tuple[Change, Grade, set[Check]]] = {
    "as advised": (as_advised, Grade.A, set()),
    # The external ID is no condition key of the other two actions.
    "all three actions in one statement": (all_in_one, Grade.B, {WHO, TAGS}),
    "two external IDs, one of them ours": (both, Grade.A, set()),
    "the broker role itself as principal": (principal({"AWS": BROKER}), Grade.A, set()),
    # Everybody, and yet nobody but us: the role in the condition is ours.
    "everybody, with our role and the external ID": (principal({"AWS": "*"}), Grade.A, set()),
    "AssumeRole alone": (only_assume_role, Grade.B, {WHO, TAGS}),
    "no source identity": (may_tell("sts:TagSession"), Grade.B, {WHO}),
    "no tags": (may_tell("sts:SetSourceIdentity"), Grade.B, {TAGS}),
    "any letter case": (compared_with("StringEqualsIgnoreCase"), Grade.F, {OTHER_CASE}),
    "like it": (compared_with("StringLike"), Grade.A, set()),
    "like anything": (compared_with("StringLike", "*"), Grade.F, {WRONG_ID, OTHER_CASE, NEAR}),
    "like our prefix": (compared_with("StringLike", "daypass-*"), Grade.F, {WRONG_ID, NEAR}),
    "if it exists": (compared_with("StringEqualsIfExists"), Grade.F, {NO_ID}),
    "like anything, if it exists": (
        compared_with("StringLikeIfExists", "*"),
        Grade.F,
        EVERY_ID,
    ),
    "not equal": (
        compared_with("StringNotEquals", "other"),
        Grade.F,
        EVERY_ID,
    ),
    "for all values": (compared_with("ForAllValues:StringEquals"), Grade.F, {NO_ID}),
    "no condition on it": (without_condition, Grade.F, EVERY_ID),
    "no condition at all": (without_any_condition, Grade.F, EVERY_ID),
    "a second statement without it": (
        and_also(Effect="Allow"),
        Grade.F,
        EVERY_ID,
    ),
    "a second statement for everybody": (
        and_also(Effect="Allow", Principal="*"),
        Grade.F,
        EVERY_ID,
    ),
    "another account": (principal(OTHER_ACCOUNT), Grade.F, {RIGHT_ID}),
    "a service": (principal({"Service": "lambda.amazonaws.com"}), Grade.F, {RIGHT_ID}),
    "a deny of it all": (and_also(Effect="Deny"), Grade.F, {RIGHT_ID}),
    "another external ID": (spelled(lambda _: "daypass-other"), Grade.F, {RIGHT_ID}),
    "the external ID with a blank": (spelled(lambda right: f"{right} "), Grade.F, {RIGHT_ID}),
    "another role of ours": (on_condition(**OTHER_ROLE), Grade.F, {RIGHT_ID}),
    "MFA": (on_condition(**MFA), Grade.F, {RIGHT_ID}),
    # It is not ours that is loose: another way of ours to be refused, and another role of the
    # firm's to be let in. Only the right ID is tried as ourselves.
    "wrong, and for somebody else": (
        on_condition(**OTHER_ROLE, StringLike={"sts:ExternalId": "*"}),
        Grade.F,
        {RIGHT_ID},
    ),
}


TRUSTS |= {name: (change, Grade.F, failed) for name, (change, failed) in LETS_IN_A_VEND.items()}
TRUSTS |= {
    name: (change, Grade.B if failed else Grade.A, failed)
    for name, (change, _, failed) in DEMANDS_MORE.items()
}


@pytest.mark.parametrize("trust", TRUSTS)
def test_a_faulty_trust_policy_gets_its_finding_and_grade(side: ClientSide, trust: str) -> None:
    change, expected, failed = TRUSTS[trust]
    proof = side.check_with(change)
    assert {c for c, result in proof.results.items() if result is Result.FAILED} == failed
    assert grade(proof.results) is expected
    assert proof.passed is (expected is not Grade.F)
    if trust in DEMANDS_MORE:
        assert proof.required_attributes == DEMANDS_MORE[trust][1]
    if expected is Grade.F:
        with pytest.raises(AccessDenied, match="role-unverified"):
            side.vend()
    else:
        side.vend()


@pytest.mark.parametrize("trust", NAMES_PEOPLE)
def test_a_role_that_names_people_fails_with_its_own_finding(side: ClientSide, trust: str) -> None:
    proof = side.check_with(NAMES_PEOPLE[trust])
    assert grade(proof.results) is Grade.F
    assert Cause.NAMES_PEOPLE in proof.causes


def test_a_role_that_demands_a_source_identity_is_not_left_while_it_lets_us_in(
    side: ClientSide,
) -> None:
    side.check_with(DEMANDS_MORE["a source identity"][0])
    close_engagement(side.ports, side.lead, side.id, why="the work is done")
    assert check_access_removed(side.ports, side.lead, side.id).access_removed_at is None
    side.close_trust_policy()
    assert check_access_removed(side.ports, side.lead, side.id).access_removed_at is not None
