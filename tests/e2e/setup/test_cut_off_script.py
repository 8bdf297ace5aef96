"""The scripts create a cut-off, switch its method and remove it, and replace nothing else."""

import json

import pytest
from msgspec.structs import replace

from chalicelib.domain.onboarding.setup import permissions
from chalicelib.domain.onboarding.setup.formats import cut_off_script, script
from chalicelib.domain.onboarding.setup.resources import build_trust_policy_denying_all
from chalicelib.domain.policies.brake import build_brake_policy
from tests.domain.onboarding.setup.specs import after_a_brake, with_brake, with_deny_all
from tests.e2e.setup.creating import by_script, role_in_iam
from tests.e2e.setup.cut_offs import run

POWER = "arn:aws:iam::aws:policy/PowerUserAccess"
NO_ONE = json.dumps(build_trust_policy_denying_all())


@pytest.mark.parametrize(
    "build", [script.build_role_script, cut_off_script.build_cut_off_script], ids=["whole", "alone"]
)
def test_each_method_can_replace_each_other(aws, account_id, build):
    brake = with_brake(account_id)
    deny_all = with_deny_all(
        account_id,
        role_arn=brake.role_arn,
        permissions=brake.permissions,
        firm_name="Initrode Consulting",
        client="Acme",
        boundary_arn=None,
        max_session_duration=3600,
        allows_tags=True,
    )
    none = after_a_brake(account_id)
    by_script(aws, none)  # nothing is there to delete
    for spec in (brake, deny_all, brake, none, deny_all, none, none):
        text = build(spec)
        assert run(aws, spec, text).endswith(f"{spec.role_arn}\n")
        created = role_in_iam(aws, spec)
        brake_arn = spec.cut_off_names.brake_arn
        assert created.boundary_arn == (brake_arn if spec.has_brake else None)
        assert (created.cut_off is not None) is spec.has_cut_off
        if created.cut_off is not None:
            (permission,) = created.cut_off.inline.values()
            sid = "WriteTheBrake" if spec.has_brake else "ShutTheRole"
            assert permission["Statement"][0]["Sid"] == sid
        policies = aws.iam(account_id).list_policies(Scope="Local")["Policies"]
        assert [each["Arn"] for each in policies] == [brake_arn] * spec.has_brake


def test_the_brake_of_a_role_that_existed_changes_nothing_else(aws, account_id):
    spec = with_brake(account_id, permissions=permissions.AS_THEY_ARE)
    aws.iam(account_id).create_role(
        RoleName=spec.role_name,
        AssumeRolePolicyDocument=NO_ONE,
        Description="Runs the payroll",
    )
    before = role_in_iam(aws, spec)
    run(aws, spec, cut_off_script.build_cut_off_script(spec))
    after = role_in_iam(aws, spec)
    assert after.boundary_arn == spec.cut_off_names.brake_arn
    assert after.boundary == build_brake_policy(spec.cut_off_names)
    assert (after.trust, after.inline, after.description) == (
        before.trust,
        before.inline,
        before.description,
    )


@pytest.mark.parametrize("owner", ["client", "client, existed before", "earlier script"])
def test_the_brake_replaces_no_other_boundary(aws, account_id, owner):
    """It is the role's real limit, which the brake would not be."""
    spec, boundary, iam = with_brake(account_id), POWER, aws.iam(account_id)
    texts = [cut_off_script.build_cut_off_script(spec), script.build_role_script(spec)]
    if owner == "earlier script":
        by_script(aws, replace(after_a_brake(account_id), makes_boundary=True))
        boundary = spec.daypass_boundary_arn
    else:
        if owner.endswith("existed before"):
            spec = with_brake(account_id, permissions=permissions.AS_THEY_ARE)
            texts = [cut_off_script.build_cut_off_script(spec)]
        iam.create_role(
            RoleName=spec.role_name,
            AssumeRolePolicyDocument=NO_ONE,
            Description="Daypass",
            PermissionsBoundary=POWER,
        )
    before = role_in_iam(aws, spec)
    policies = iam.list_policies(Scope="Local")["Policies"]
    for text in texts:
        result = aws.run(text, account_id)
        assert result.returncode == 1
        expected = f"has another permissions boundary, {boundary}. Nothing was changed."
        assert expected in result.stderr
    assert role_in_iam(aws, spec) == before
    assert iam.list_policies(Scope="Local")["Policies"] == policies
    iam.delete_role_permissions_boundary(RoleName=spec.role_name)
    run(aws, spec, texts[0])
    assert role_in_iam(aws, spec).boundary_arn == spec.cut_off_names.brake_arn


def test_a_role_that_only_has_the_cut_off_roles_name_stays(aws, account_id):
    spec = with_brake(account_id)
    aws.iam(account_id).create_role(
        RoleName=spec.cut_off_names.cut_off_role_name,
        AssumeRolePolicyDocument=NO_ONE,
    )
    result = aws.run(script.build_role_script(spec), account_id)
    assert result.returncode == 1
    assert "Another role has the cut-off role's name" in result.stderr
    roles = aws.iam(account_id).list_roles()["Roles"]
    assert [role["RoleName"] for role in roles] == [spec.cut_off_names.cut_off_role_name]
    assert aws.iam(account_id).list_policies(Scope="Local")["Policies"] == []
