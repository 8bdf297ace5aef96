"""The script, as the client's administrator runs it, repeatedly and in any account."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.domain.onboarding.setup import permissions
from chalicelib.domain.onboarding.setup.formats import script
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.onboarding.setup.trust import (
    build_trust_policy,
    build_trust_policy_denying_all,
)
from chalicelib.domain.verification.proof import ProbeOutcome
from tests.builders import a_probe
from tests.domain.onboarding.setup.formats.reading import expected
from tests.domain.onboarding.setup.specs import (
    EXTERNAL_ID,
    NEXT_EXTERNAL_ID,
    a_spec,
    audit_while_rotating,
)
from tests.e2e.setup.conftest import Aws
from tests.e2e.setup.creating import role_in_iam

AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"
POWER = "arn:aws:iam::aws:policy/PowerUserAccess"


RoleCreator = Callable[[Aws, RoleSpec], None]


def arn_in(account_id: str) -> str:
    return f"arn:aws:iam::{account_id}:role/ContractorRole"


@pytest.fixture
def spec(account_id: str) -> RoleSpec:
    return a_spec(role_arn=arn_in(account_id))


def test_in_another_account_it_refuses_and_changes_nothing(aws: Aws, account_id: str) -> None:
    run = aws.run(script.build_role_script(a_spec(makes_boundary=True)), account_id)
    assert run.returncode == 1
    assert "belongs in AWS account 987654321098" in run.stderr
    assert account_id in run.stderr
    assert aws.iam(account_id).list_roles()["Roles"] == []
    assert aws.iam(account_id).list_policies(Scope="Local")["Policies"] == []


def test_without_credentials_it_stops_at_once(aws: Aws) -> None:
    run = aws.run("unset AWS_ACCESS_KEY_ID\n" + script.build_role_script(a_spec()), "987654321098")
    assert run.returncode != 0
    assert run.stdout == ""


def test_run_again_it_changes_nothing(aws: Aws, account_id: str) -> None:
    spec = audit_while_rotating(account_id)
    for _ in range(2):
        assert aws.run(script.build_role_script(spec), account_id).returncode == 0
        assert role_in_iam(aws, spec) == expected(spec)


def test_after_a_change_a_second_run_removes_earlier_permissions(aws: Aws, account_id: str) -> None:
    arn = arn_in(account_id)
    steps = [
        a_spec(role_arn=arn),
        a_spec(role_arn=arn, permissions=permissions.SECURITY_AUDIT, makes_boundary=True),
        a_spec(role_arn=arn, external_ids=(EXTERNAL_ID, NEXT_EXTERNAL_ID), allows_tags=False),
    ]
    for spec in steps:
        run = aws.run(script.build_role_script(spec), account_id, f"--detach={AUDIT}")
        assert (run.returncode, run.stderr) == (0, "")
        assert role_in_iam(aws, spec) == expected(spec)
    assert aws.sts.probe(a_probe(arn, NEXT_EXTERNAL_ID)) is ProbeOutcome.ACCEPTED


def test_a_boundary_can_be_updated_any_number_of_times(aws: Aws, account_id: str) -> None:
    """IAM keeps five versions of a managed policy at most."""
    spec = a_spec(role_arn=arn_in(account_id), makes_boundary=True)
    only_the_boundary = script.build_role_script(spec).split('if [ -n "$existing" ]; then\n  aws')[
        0
    ]
    for _ in range(3):
        assert aws.run(only_the_boundary, account_id).stderr == ""
    arn = str(spec.permissions_boundary)
    versions = aws.iam(account_id).list_policy_versions(PolicyArn=arn)["Versions"]
    assert len(versions) == 2


def someone_elses_role(aws: Aws, spec: RoleSpec, **changes: str) -> None:
    aws.iam(spec.account_id).create_role(
        RoleName=spec.role_name,
        AssumeRolePolicyDocument=json.dumps(build_trust_policy_denying_all()),
        Description="Runs the payroll",
        **changes,
    )


def test_a_role_that_it_did_not_create_stays_unchanged(aws: Aws, account_id: str) -> None:
    spec = a_spec(role_arn=arn_in(account_id), makes_boundary=True)
    someone_elses_role(aws, spec)
    before = role_in_iam(aws, spec)
    run = aws.run(script.build_role_script(spec), account_id)
    assert run.returncode == 1
    assert "--overwrite" in run.stderr
    assert role_in_iam(aws, spec) == before
    assert aws.iam(account_id).list_policies(Scope="Local")["Policies"] == []


def test_with_overwrite_it_changes_a_role_that_it_did_not_create(aws: Aws, spec: RoleSpec) -> None:
    someone_elses_role(aws, spec)
    run = aws.run(script.build_role_script(spec), spec.account_id, "--overwrite")
    assert (run.returncode, run.stderr) == (0, "")
    assert role_in_iam(aws, spec) == expected(spec)


@pytest.mark.parametrize("arguments", [(), ("--overwrite",)])
def test_a_role_with_the_same_name_and_another_path_stays_unchanged(
    aws: Aws, spec: RoleSpec, arguments: tuple[str, ...]
) -> None:
    someone_elses_role(aws, spec, Path="/payroll/")
    run = aws.run(script.build_role_script(spec), spec.account_id, *arguments)
    assert run.returncode == 1
    assert "role/payroll/ContractorRole" in run.stderr


def test_only_the_trust_policy_of_an_existing_role_is_changed(aws: Aws, account_id: str) -> None:
    spec = a_spec(role_arn=arn_in(account_id), permissions=permissions.AS_THEY_ARE)
    someone_elses_role(aws, spec, PermissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess")
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    aws.iam(account_id).attach_role_policy(RoleName=spec.role_name, PolicyArn=admin)
    before = role_in_iam(aws, spec)
    run = aws.run(script.build_trust_policy_script(spec), account_id)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"{spec.role_arn}\n", "")
    assert role_in_iam(aws, spec) == replace(before, trust=build_trust_policy(spec))


@pytest.mark.parametrize("path", ["/payroll/", None], ids=["another path", "no role"])
def test_no_other_role_is_created_or_changed(aws: Aws, account_id: str, path: str | None) -> None:
    spec = a_spec(role_arn=arn_in(account_id), permissions=permissions.AS_THEY_ARE)
    if path:
        someone_elses_role(aws, spec, Path=path)
    before = aws.iam(account_id).list_roles()["Roles"]
    run = aws.run(script.build_trust_policy_script(spec), account_id)
    assert run.returncode == 1
    assert f"The role {spec.role_arn} does not exist." in run.stderr
    assert aws.iam(account_id).list_roles()["Roles"] == before


def test_a_policy_from_someone_else_stays_and_is_reported(aws: Aws, spec: RoleSpec) -> None:
    assert aws.run(script.build_role_script(spec), spec.account_id).returncode == 0
    iam = aws.iam(spec.account_id)
    iam.attach_role_policy(RoleName=spec.role_name, PolicyArn=POWER)
    deny = {"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}
    iam.put_role_policy(
        RoleName=spec.role_name, PolicyName="theirs", PolicyDocument=json.dumps(deny)
    )
    run = aws.run(script.build_role_script(spec), spec.account_id)
    assert run.returncode == 0
    assert f"also has the policy {POWER}, which is not in this script. It stays." in run.stderr
    assert "the inline policy theirs" in run.stderr
    assert role_in_iam(aws, spec).attached == (POWER,)
    assert "theirs" in role_in_iam(aws, spec).inline


def created_by_an_earlier_run(aws: Aws, spec: RoleSpec) -> None:
    assert aws.run(script.build_role_script(spec), spec.account_id).returncode == 0


def with_two_policies(aws: Aws, spec: RoleSpec, created_by: RoleCreator) -> None:
    """Attach a policy of another permission set, and one that Daypass never uses."""
    created_by(aws, spec)
    for arn in (AUDIT, POWER):
        aws.iam(spec.account_id).attach_role_policy(RoleName=spec.role_name, PolicyArn=arn)


BY_ANYONE = pytest.mark.parametrize("created_by", [created_by_an_earlier_run, someone_elses_role])


@BY_ANYONE
@pytest.mark.parametrize("options", [(), (f"--detach={AUDIT}s", f"--keep={POWER}")], ids=repr)
def test_it_stops_before_it_detaches_a_policy_that_may_be_the_clients(
    aws: Aws, spec: RoleSpec, created_by: RoleCreator, options: tuple[str, ...]
) -> None:
    with_two_policies(aws, spec, created_by)
    before = role_in_iam(aws, spec)
    run = aws.run(script.build_role_script(spec), spec.account_id, "--overwrite", *options)
    assert (run.returncode, run.stdout, role_in_iam(aws, spec)) == (1, "", before)
    assert f"has the policy {AUDIT}, which is not in this script." in run.stderr
    assert f"--detach={AUDIT}\nor --keep={AUDIT}\nNothing was changed." in run.stderr
    assert POWER not in run.stderr


@BY_ANYONE
def test_a_policy_to_keep_stays(aws: Aws, spec: RoleSpec, created_by: RoleCreator) -> None:
    with_two_policies(aws, spec, created_by)
    run = aws.run(script.build_role_script(spec), spec.account_id, "--overwrite", f"--keep={AUDIT}")
    assert (run.returncode, run.stdout) == (0, f"{spec.role_arn}\n")
    assert sorted(role_in_iam(aws, spec).attached) == [POWER, AUDIT]
    assert f"also has the policy {AUDIT}, which is not in this script. It stays." in run.stderr


@BY_ANYONE
def test_only_a_policy_to_detach_is_removed_and_reported(
    aws: Aws, spec: RoleSpec, created_by: RoleCreator
) -> None:
    with_two_policies(aws, spec, created_by)
    run = aws.run(
        script.build_role_script(spec), spec.account_id, f"--detach={AUDIT}", "--overwrite"
    )
    output = f"Removing the policy {AUDIT}, as you chose.\n{spec.role_arn}\n"
    assert (run.returncode, run.stdout) == (0, output)
    assert role_in_iam(aws, spec).attached == (POWER,)


def test_the_scripts_own_policy_is_never_detached(aws: Aws, account_id: str) -> None:
    spec = a_spec(role_arn=arn_in(account_id), permissions=permissions.SECURITY_AUDIT)
    run = aws.run(script.build_role_script(spec), account_id, f"--detach={AUDIT}")
    assert (run.returncode, run.stdout, run.stderr) == (0, f"{spec.role_arn}\n", "")
    assert role_in_iam(aws, spec).attached == (AUDIT,)


def test_all_required_options_are_reported_at_once(aws: Aws, spec: RoleSpec) -> None:
    with_two_policies(aws, spec, someone_elses_role)
    run = aws.run(script.build_role_script(spec), spec.account_id)
    assert "--overwrite replaces its trust policy, description" in run.stderr
    assert f"--detach={AUDIT}" in run.stderr


def test_an_unknown_option_stops_it(aws: Aws, account_id: str) -> None:
    run = aws.run(
        script.build_role_script(a_spec(role_arn=arn_in(account_id))), account_id, "--overwite"
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert "Unknown option --overwite." in run.stderr
    assert aws.iam(account_id).list_roles()["Roles"] == []


def test_the_clients_own_permissions_boundary_is_never_removed(aws: Aws, spec: RoleSpec) -> None:
    someone_elses_role(aws, spec, PermissionsBoundary=POWER)
    run = aws.run(script.build_role_script(spec), spec.account_id, "--overwrite")
    assert (run.returncode, role_in_iam(aws, spec).boundary_arn) == (0, POWER)
    assert f"the permissions boundary {POWER}. It stays." in run.stderr
    before = role_in_iam(aws, spec)
    run = aws.run(
        script.build_role_script(a_spec(role_arn=spec.role_arn, makes_boundary=True)),
        spec.account_id,
        "--overwrite",
    )
    assert (run.returncode, role_in_iam(aws, spec)) == (1, before)
    assert f"another permissions boundary, {POWER}. Nothing was changed." in run.stderr
    assert aws.iam(spec.account_id).list_policies(Scope="Local")["Policies"] == []


def test_a_permissions_boundary_of_an_earlier_run_is_removed_and_reported(
    aws: Aws, account_id: str
) -> None:
    spec = a_spec(role_arn=arn_in(account_id), makes_boundary=True)
    assert aws.run(script.build_role_script(spec), account_id).returncode == 0
    run = aws.run(script.build_role_script(a_spec(role_arn=spec.role_arn)), account_id)
    assert "Removing the permissions boundary" in run.stdout
    assert role_in_iam(aws, spec).boundary_arn is None
