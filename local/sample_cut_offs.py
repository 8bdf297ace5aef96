"""The cut-offs of the sample clients' roles: what a client creates so that Daypass can end live
sessions early."""

from __future__ import annotations

import json

from local.endpoint import Endpoint
from local.sample_accounts import BROKER_ROLE, FIRM


def create_cut_off(aws: Endpoint, role_arn: str, method: str, *, external_id: str) -> None:
    """Create what this method, `brake` or `deny-all`, needs for an existing role.

    The brake is the role's permissions boundary. The cut-off role writes its versions, or shuts
    the role.
    """
    from chalicelib.domain.identifiers import CUT_OFF_PATH
    from chalicelib.domain.policies import brake

    names = brake.CutOffNames(role_arn)
    iam = aws.as_root(role_arn.split(":")[4], "iam")
    if method == "brake":
        iam.create_policy(
            PolicyName=names.brake_name,
            Path=CUT_OFF_PATH,
            PolicyDocument=json.dumps(brake.build_brake_policy(names)),
        )
        iam.put_role_permissions_boundary(
            RoleName=names.role_name, PermissionsBoundary=names.brake_arn
        )
        permissions = brake.build_brake_permissions(names)
    else:
        permissions = brake.build_deny_all_permissions(names)
    trust = brake.build_cut_off_trust_policy(f"arn:aws:iam::{FIRM}:root", BROKER_ROLE, external_id)
    iam.create_role(
        RoleName=names.cut_off_role_name,
        Path=CUT_OFF_PATH,
        AssumeRolePolicyDocument=json.dumps(trust),
    )
    iam.put_role_policy(
        RoleName=names.cut_off_role_name,
        PolicyName="daypass-cut-off",
        PolicyDocument=json.dumps(permissions),
    )
