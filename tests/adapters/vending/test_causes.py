"""Causes of a failed check that the local AWS reveals, and the order of the likely causes."""

from __future__ import annotations

import json
from datetime import timedelta

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Grade, grade_results
from tests.adapters.client_side import ClientSide, Policy, opened
from tests.adapters.scene import Aws
from tests.adapters.vending.trusts import (
    as_advised,
    until,
)


def test_a_past_end_date_is_among_the_first_causes(side: ClientSide) -> None:
    side.check_with(as_advised)
    past = rfc3339(side.ports.now().replace(microsecond=0) - timedelta(seconds=1))
    proof = side.check_with(until(past))
    assert proof.causes[:2] == (Cause.ROLE_MISSING, Cause.END_DATE)
    assert grade_results(side.check_with(as_advised).results) is Grade.A


def test_a_path_that_only_the_arn_has_is_reported(aws: Aws, name: str) -> None:
    side = opened(aws, name, path="/partners/")
    create_role(side, side.advised_policy(), path="/")
    proof = side.check().verification
    assert proof is not None
    assert proof.causes == (Cause.PATH,)


def test_a_path_that_only_the_role_has_is_reported_as_a_missing_role(aws: Aws, name: str) -> None:
    """The check cannot guess the path. Its text says that a path is part of the ARN."""
    side = opened(aws, name)
    create_role(side, side.advised_policy(), path="/partners/")
    proof = side.check().verification
    assert proof is not None
    assert Cause.ROLE_MISSING in proof.causes
    assert Cause.PATH not in proof.causes


def create_role(side: ClientSide, policy: Policy, *, path: str) -> None:
    side.iam.create_role(
        RoleName=side.role().arn.rsplit("/", 1)[1],
        Path=path,
        AssumeRolePolicyDocument=json.dumps(policy),
    )
