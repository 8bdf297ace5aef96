"""The sample clients have each method for cut-offs, and only Daypass gets into a cut-off role."""

from __future__ import annotations

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME, CutOffNames
from local.endpoint import Endpoint
from local.functions import deployed_name
from local.sample_accounts import Foundation
from local.sample_cut_offs import create_cut_off
from local.sample_data import ENGAGEMENTS
from tests.local.scene import FIRM_ROOT, new_role, run_as, trusting

CUT_OFF_ID = "daypass-cutoffcutoffcutoffcutoffcutoff22"
ACCOUNT = "210987654321"


def test_each_method_occurs() -> None:
    assert {engagement.cut_off for engagement in ENGAGEMENTS} == set(CutOffMethod)
    assert ENGAGEMENTS[0].cut_off == "brake"


@pytest.mark.parametrize(("method", "has_boundary"), [("brake", True), ("freeze", False)])
def test_only_daypass_gets_into_the_cut_off_role(
    aws: Endpoint, foundation: Foundation, method: str, *, has_boundary: bool
) -> None:
    arn = new_role(aws, ACCOUNT, trust=[trusting(FIRM_ROOT)])
    create_cut_off(aws, arn, method, external_id=CUT_OFF_ID)
    names = CutOffNames(arn)
    broker = run_as(aws, foundation.broker_role_arn, deployed_name("Enter"))
    own = {"ExternalId": CUT_OFF_ID, "RoleSessionName": CUT_OFF_SESSION_NAME}
    assert broker.may(names.cut_off_role_arn, **own)
    assert not broker.may(names.cut_off_role_arn, **(own | {"RoleSessionName": "ana"}))
    assert not broker.may(names.cut_off_role_arn, **(own | {"ExternalId": CUT_OFF_ID.upper()}))
    role = aws.as_root(ACCOUNT, "iam").get_role(RoleName=names.role_name)["Role"]
    boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    assert boundary == (names.brake_arn if has_boundary else None)
