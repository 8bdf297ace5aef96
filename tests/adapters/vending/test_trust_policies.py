"""Checks of trust policies, right and wrong, that the local AWS evaluates."""

import pytest

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.verification.proof import Grade, Result, grade_results
from tests.adapters.client_side import opened
from tests.adapters.scene import new_name
from tests.adapters.vending.trusts import (
    BROKER,
    MFA,
    NAMES_PEOPLE,
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
from tests.golden import hold_against_file

TRUSTS = {
    "as advised": as_advised,
    # The other two actions do not have the external ID as a condition key.
    "all three actions in one statement": all_in_one,
    "two external IDs, one of them right": both_external_ids,
    "the broker role itself as principal": principal({"AWS": BROKER}),
    # Every principal, but the condition admits only the broker role.
    "any principal, with conditions on the broker role and the external ID": principal(
        {"AWS": "*"}
    ),
    "only sts:AssumeRole": only_assume_role,
    "no sts:SetSourceIdentity": with_only("sts:TagSession"),
    "no sts:TagSession": with_only("sts:SetSourceIdentity"),
    "StringEqualsIgnoreCase": compared_with("StringEqualsIgnoreCase"),
    "StringLike without a wildcard": compared_with("StringLike"),
    "StringLike *": compared_with("StringLike", "*"),
    "StringLike with Daypass's prefix": compared_with("StringLike", "daypass-*"),
    "StringEqualsIfExists": compared_with("StringEqualsIfExists"),
    "StringLikeIfExists *": compared_with("StringLikeIfExists", "*"),
    "StringNotEquals": compared_with("StringNotEquals", "other"),
    "ForAllValues:StringEquals": compared_with("ForAllValues:StringEquals"),
    "no condition on the external ID": without_condition,
    "no condition": without_any_condition,
    "a second statement without the external ID": with_second_statement(Effect="Allow"),
    "a second statement for any principal": with_second_statement(Effect="Allow", Principal="*"),
    "another account as principal": principal(OTHER_ACCOUNT),
    "a service as principal": principal({"Service": "lambda.amazonaws.com"}),
    "a deny of everything": with_second_statement(Effect="Deny"),
    "another external ID": with_external_id(lambda _: "daypass-other"),
    "the external ID with a blank": with_external_id(lambda right: f"{right} "),
    "a condition on another role of the firm": on_condition(**OTHER_ROLE),
    "a condition on MFA": on_condition(**MFA),
    # The policy accepts any external ID, but only from another role of the firm. So it refuses the
    # broker, and only the check of the right ID fails.
    "any external ID for another role of the firm": on_condition(
        **OTHER_ROLE, StringLike={"sts:ExternalId": "*"}
    ),
    **UNSAFE_POLICIES,
    **REFUSES_AGENTS,
    **REQUIRES_ATTRIBUTES,
    **{f"it names people, {name}": change for name, change in NAMES_PEOPLE.items()},
}


def report(aws, change):
    """Return what a check of a new role with this change says, and whether a member may vend."""
    with new_name() as name:
        side = opened(aws, name)
        side.follow_setup_page()
        proof = side.check_with(change)
        grade = grade_results(proof.results)
        if grade is Grade.F:
            with pytest.raises(AccessDenied, match="role-unverified"):
                side.vend()
        else:
            side.vend()
        assert proof.passed is (grade is not Grade.F)
    failed = [check for check, result in proof.results.items() if result is Result.FAILED]
    required = [f"requires {attribute}" for attribute in proof.required_attributes]
    causes = [f"cause {cause}" for cause in proof.causes]
    return ", ".join([f"grade {grade.name}", *sorted(failed), *required, *causes])


def test_a_check_reports_and_grades_the_defects_of_a_trust_policy(aws):
    """A role with the grade F gives no session."""
    assert len(TRUSTS) == 66
    lines = [f"{name}\n  {report(aws, change)}" for name, change in TRUSTS.items()]
    hold_against_file("verification/trust-policies.txt", "\n".join(lines))
