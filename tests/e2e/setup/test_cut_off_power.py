"""Nobody gains a permission by a cut-off, on the local AWS."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.onboarding.setup.resources import build_trust_policy_denying_all
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME
from chalicelib.domain.policies.documents import document
from tests.domain.onboarding.setup.specs import CUT_OFF_EXTERNAL_ID, EXTERNAL_ID, with_brake
from tests.e2e.setup.creating import by_script, role_in_iam
from tests.e2e.setup.cut_offs import (
    VEND,
    a_session,
    create_with_brake,
    create_with_deny_all,
    cut_off_session,
    works,
)
from tests.local.scene import ALLOW_ALL, refusal

POWER = "arn:aws:iam::aws:policy/PowerUserAccess"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
NO_ONE = json.dumps(build_trust_policy_denying_all())


@pytest.fixture
def brake(aws, account_id):
    return create_with_brake(aws, account_id)


@pytest.fixture
def deny_all(aws, account_id):
    return create_with_deny_all(aws, account_id)


def all_into_the_brake(iam, spec):
    arn, policy = spec.cut_off_names.brake_arn, json.dumps(document(ALLOW_ALL))
    return iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy, SetAsDefault=True)


Attempt = Callable[[Any, RoleSpec], Any]
ATTEMPTS = {
    "attach a policy to the role": lambda iam, spec: iam.attach_role_policy(
        RoleName=spec.role_name, PolicyArn=ADMIN
    ),
    "attach the brake as a permission": lambda iam, spec: iam.attach_role_policy(
        RoleName=spec.role_name, PolicyArn=spec.cut_off_names.brake_arn
    ),
    "attach the brake to itself": lambda iam, spec: iam.attach_role_policy(
        RoleName=spec.cut_off_names.cut_off_role_name, PolicyArn=spec.cut_off_names.brake_arn
    ),
    "detach a policy": lambda iam, spec: iam.detach_role_policy(
        RoleName=spec.role_name, PolicyArn=POWER
    ),
    "add an inline policy": lambda iam, spec: iam.put_role_policy(
        RoleName=spec.role_name, PolicyName="x", PolicyDocument=json.dumps(document(ALLOW_ALL))
    ),
    "delete an inline policy": lambda iam, spec: iam.delete_role_policy(
        RoleName=spec.role_name, PolicyName="daypass-permissions"
    ),
    "delete the boundary": lambda iam, spec: iam.delete_role_permissions_boundary(
        RoleName=spec.role_name
    ),
    "replace the boundary": lambda iam, spec: iam.put_role_permissions_boundary(
        RoleName=spec.role_name, PermissionsBoundary=ADMIN
    ),
    "change the role's trust policy": lambda iam, spec: iam.update_assume_role_policy(
        RoleName=spec.role_name, PolicyDocument=json.dumps(document(ALLOW_ALL))
    ),
    "widen itself": lambda iam, spec: iam.put_role_policy(
        RoleName=spec.cut_off_names.cut_off_role_name,
        PolicyName="daypass-cut-off",
        PolicyDocument=json.dumps(document(ALLOW_ALL)),
    ),
    "shut another role": lambda iam, spec: iam.attach_role_policy(
        RoleName="Payroll", PolicyArn=spec.cut_off_names.deny_all_arn
    ),
    "write another policy": lambda iam, spec: iam.create_policy_version(
        PolicyArn=f"arn:aws:iam::{spec.account_id}:policy/payroll",
        PolicyDocument=json.dumps(document(ALLOW_ALL)),
        SetAsDefault=True,
    ),
    "choose an earlier version": lambda iam, spec: iam.set_default_policy_version(
        PolicyArn=spec.cut_off_names.brake_arn, VersionId="v1"
    ),
    "delete the brake": lambda iam, spec: iam.delete_policy(PolicyArn=spec.cut_off_names.brake_arn),
    "create a policy": lambda iam, spec: iam.create_policy(
        PolicyName="x", PolicyDocument=json.dumps(document(ALLOW_ALL))
    ),
    "create a user": lambda iam, spec: iam.create_user(UserName="x"),
    "read the role": lambda iam, spec: iam.get_role(RoleName=spec.role_name),
}


@pytest.mark.parametrize("method", ["brake", "deny_all"])
def test_every_attempt_to_gain_power_is_refused(aws, method, request):
    spec = request.getfixturevalue(method)
    root = aws.iam(spec.account_id)
    root.create_role(RoleName="Payroll", AssumeRolePolicyDocument=NO_ONE)
    root.create_policy(PolicyName="payroll", PolicyDocument=json.dumps(document(ALLOW_ALL)))
    root.attach_role_policy(RoleName=spec.role_name, PolicyArn=POWER)
    before = role_in_iam(aws, spec)
    iam = cut_off_session(aws, spec)
    attempts = ATTEMPTS | ({} if spec.has_brake else {"write the brake": all_into_the_brake})
    answers = {name: refusal(attempt, iam, spec) for name, attempt in attempts.items()}
    assert {name: answer and answer.code for name, answer in answers.items()} == dict.fromkeys(
        attempts, "AccessDenied"
    )
    assert role_in_iam(aws, spec) == before
    assert root.list_attached_role_policies(RoleName="Payroll")["AttachedPolicies"] == []


def test_allowing_everything_in_the_brake_gives_the_role_nothing(aws, account_id):
    spec = with_brake(account_id)  # the role may only read
    by_script(aws, spec)
    session = a_session(aws, spec)
    all_into_the_brake(cut_off_session(aws, spec), spec)
    assert works(session)
    for client, call, names in (
        ("s3", "create_bucket", {"Bucket": f"new-{account_id}"}),
        ("iam", "create_user", {"UserName": "x"}),
        ("iam", "list_users", {}),
    ):
        error = refusal(getattr(session.client(client), call), **names)
        assert error is not None, call
        assert error.code == "AccessDenied"


RELEASES = {
    "write a version": all_into_the_brake,
    "choose an earlier version": ATTEMPTS["choose an earlier version"],
    "delete the brake": ATTEMPTS["delete the brake"],
    "delete the boundary": ATTEMPTS["delete the boundary"],
    "replace the boundary": ATTEMPTS["replace the boundary"],
    "widen the cut-off role": ATTEMPTS["widen itself"],
    "delete the cut-off role's permissions": lambda iam, spec: iam.delete_role_policy(
        RoleName=spec.cut_off_names.cut_off_role_name, PolicyName="daypass-cut-off"
    ),
    "delete the cut-off role": lambda iam, spec: iam.delete_role(
        RoleName=spec.cut_off_names.cut_off_role_name
    ),
    "change the cut-off role's trust policy": lambda iam, spec: iam.update_assume_role_policy(
        RoleName=spec.cut_off_names.cut_off_role_name,
        PolicyDocument=json.dumps(document(ALLOW_ALL)),
    ),
}


def test_an_administrators_session_cannot_release_itself(aws, brake):
    iam = a_session(aws, brake).client("iam")
    iam.create_user(UserName="allowed-to-an-administrator")
    before = role_in_iam(aws, brake)
    for name, attempt in RELEASES.items():
        error = refusal(attempt, iam, brake)
        assert error is not None, name
        assert error.code == "AccessDenied", name
    assert role_in_iam(aws, brake) == before


def test_no_vend_gets_into_the_cut_off_role(aws, brake):
    own = {"ExternalId": CUT_OFF_EXTERNAL_ID, "RoleSessionName": CUT_OFF_SESSION_NAME}
    changes = [
        ({}, True),
        ({"RoleSessionName": f"alice.{VEND}"}, False),
        ({"ExternalId": EXTERNAL_ID}, False),
        ({"ExternalId": CUT_OFF_EXTERNAL_ID.upper()}, False),
        ({"SourceIdentity": "alice"}, False),
        ({"Tags": [{"Key": "DaypassMember", "Value": "alice"}]}, False),
    ]
    for change, is_accepted in changes:
        may = aws.broker.may(brake.cut_off_names.cut_off_role_arn, **(own | change))
        assert may is is_accepted, change
    assert not aws.broker.may(brake.role_arn, ExternalId=CUT_OFF_EXTERNAL_ID)
