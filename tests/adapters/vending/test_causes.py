"""Why a role refuses us: what the local AWS gives away, and in which order the rest is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Grade, grade
from tests.adapters.client_side import ClientSide, Policy, opened
from tests.adapters.scene import Aws
from tests.adapters.vending.trusts import (
    as_advised,
    spelled,
    until,
)


def test_an_end_date_that_has_passed_is_among_the_first_causes(side: ClientSide) -> None:
    side.check_with(as_advised)
    passed = rfc3339(side.ports.now().replace(microsecond=0) - timedelta(seconds=1))
    proof = side.check_with(until(passed))
    assert proof.causes[:2] == (Cause.ROLE_MISSING, Cause.END_DATE)
    assert grade(side.check_with(as_advised).results) is Grade.A


@pytest.mark.parametrize("change", [str.upper, str.swapcase], ids=["upper", "swapped"])
def test_an_external_id_in_other_letter_case_is_named(
    side: ClientSide, change: Callable[[str], str]
) -> None:
    """Ours are all in small letters, so that capitals are what is left."""
    assert side.check_with(spelled(change)).causes == (Cause.OTHER_CASE,)


def test_an_external_id_with_one_capital_letter_is_just_another_one(side: ClientSide) -> None:
    """Only all letters in other case are tried: one more probe, and not one for each letter."""
    proof = side.check_with(spelled(str.capitalize))
    assert Cause.EXTERNAL_ID in proof.causes
    assert Cause.OTHER_CASE not in proof.causes


def test_a_path_that_the_role_does_not_have_is_named(aws: Aws, name: str) -> None:
    side = opened(aws, name, path="/partners/")
    policy = side.advised_policy()
    create(side, policy, path="/")
    proof = side.check().verification
    assert proof is not None
    assert proof.causes == (Cause.PATH,)


def test_a_path_that_the_arn_does_not_have_cannot_be_guessed(aws: Aws, name: str) -> None:
    """It looks as if there were no such role, and says that a path is part of the ARN."""
    side = opened(aws, name)
    create(side, side.advised_policy(), path="/partners/")
    proof = side.check().verification
    assert proof is not None
    assert Cause.ROLE_MISSING in proof.causes
    assert Cause.PATH not in proof.causes


def test_the_same_path_on_both_sides_is_right(aws: Aws, name: str) -> None:
    side = opened(aws, name, path="/partners/eu/")
    side.follow_setup_page()
    assert side.role().arn.endswith(f"/partners/eu/{name}-readonly")
    proof = side.check().verification
    assert proof is not None
    assert grade(proof.results) is Grade.A
    side.vend()


def create(side: ClientSide, policy: Policy, *, path: str) -> None:
    side.iam.create_role(
        RoleName=side.role().arn.rsplit("/", 1)[1],
        Path=path,
        AssumeRolePolicyDocument=json.dumps(policy),
    )
