"""The script, as the client's administrator runs it, repeatedly and in any account."""

import json
from collections.abc import Callable

import pytest

from chalicelib.domain.onboarding.setup import permissions
from chalicelib.domain.onboarding.setup.formats import script
from chalicelib.domain.onboarding.setup.resources import (
    build_trust_policy_denying_all,
)
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.verification.proof import ProbeOutcome
from tests.builders import a_probe
from tests.domain.onboarding.setup.formats.reading import expected
from tests.domain.onboarding.setup.specs import (
    EXTERNAL_ID,
    NEXT_EXTERNAL_ID,
    a_spec,
)
from tests.e2e.setup.conftest import Aws
from tests.e2e.setup.creating import role_in_iam

AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"
POWER = "arn:aws:iam::aws:policy/PowerUserAccess"


RoleCreator = Callable[[Aws, RoleSpec], None]


def arn_in(account_id):
    return f"arn:aws:iam::{account_id}:role/ContractorRole"


@pytest.fixture
def spec(account_id):
    return a_spec(role_arn=arn_in(account_id))


def test_it_refuses_another_account_no_credentials_and_an_unknown_option(aws, spec):
    elsewhere = script.build_role_script(a_spec(makes_boundary=True))
    run = aws.run(elsewhere, spec.account_id)
    assert (run.returncode, run.stdout) == (1, "")
    assert "belongs in AWS account 987654321098" in run.stderr
    assert spec.account_id in run.stderr
    run = aws.run(f"unset AWS_ACCESS_KEY_ID\n{elsewhere}", "987654321098")
    assert (run.returncode != 0, run.stdout) == (True, "")
    run = aws.run(script.build_role_script(spec), spec.account_id, "--overwite")
    assert (run.returncode, run.stdout) == (1, "")
    assert "Unknown option --overwite." in run.stderr
    assert aws.iam(spec.account_id).list_roles()["Roles"] == []
    assert aws.iam(spec.account_id).list_policies(Scope="Local")["Policies"] == []


def test_another_run_changes_nothing_and_one_after_a_change_removes_what_was_before(
    aws, account_id
):
    """IAM keeps five versions of the boundary at most. The role's own policy is never detached."""
    arn = arn_in(account_id)
    bounded = a_spec(role_arn=arn, permissions=permissions.SECURITY_AUDIT, makes_boundary=True)
    both_ids = (EXTERNAL_ID, NEXT_EXTERNAL_ID)
    outputs = []
    for spec in (
        a_spec(role_arn=arn),
        *[bounded] * 3,
        *[a_spec(role_arn=arn, external_ids=both_ids, allows_tags=False)] * 2,
    ):
        run = aws.run(script.build_role_script(spec), account_id, f"--detach={AUDIT}")
        assert (run.returncode, run.stderr) == (0, "")
        assert role_in_iam(aws, spec) == expected(spec)
        outputs.append(run.stdout)
        if spec is bounded:
            boundary = str(spec.permissions_boundary)
            versions = aws.iam(account_id).list_policy_versions(PolicyArn=boundary)["Versions"]
            assert len(versions) <= 2
    removes = ["Removing the permissions boundary" in output for output in outputs]
    assert removes == [False] * 4 + [True, False]
    assert aws.sts.probe(a_probe(arn, NEXT_EXTERNAL_ID)) is ProbeOutcome.ACCEPTED


def someone_elses_role(aws, spec, **changes):
    aws.iam(spec.account_id).create_role(
        RoleName=spec.role_name,
        AssumeRolePolicyDocument=json.dumps(build_trust_policy_denying_all()),
        Description="Runs the payroll",
        **changes,
    )


def test_a_role_that_it_did_not_create_is_changed_only_with_overwrite(aws, account_id):
    spec = a_spec(role_arn=arn_in(account_id), makes_boundary=True)
    someone_elses_role(aws, spec)
    before = role_in_iam(aws, spec)
    run = aws.run(script.build_role_script(spec), account_id)
    assert run.returncode == 1
    assert "--overwrite" in run.stderr
    assert role_in_iam(aws, spec) == before
    assert aws.iam(account_id).list_policies(Scope="Local")["Policies"] == []
    run = aws.run(script.build_role_script(spec), account_id, "--overwrite")
    assert (run.returncode, run.stderr) == (0, "")
    assert role_in_iam(aws, spec) == expected(spec)


def test_a_role_with_the_same_name_and_another_path_stays_unchanged(aws, spec):
    someone_elses_role(aws, spec, Path="/payroll/")
    before = aws.iam(spec.account_id).list_roles()["Roles"]
    for arguments in ((), ("--overwrite",)):
        run = aws.run(script.build_role_script(spec), spec.account_id, *arguments)
        assert run.returncode == 1
        assert "role/payroll/ContractorRole" in run.stderr
    assert aws.iam(spec.account_id).list_roles()["Roles"] == before


@pytest.mark.parametrize("path", ["/payroll/", None], ids=["another path", "no role"])
def test_no_other_role_is_created_or_changed(aws, account_id, path):
    spec = a_spec(role_arn=arn_in(account_id), permissions=permissions.AS_THEY_ARE)
    if path:
        someone_elses_role(aws, spec, Path=path)
    before = aws.iam(account_id).list_roles()["Roles"]
    run = aws.run(script.build_trust_policy_script(spec), account_id)
    assert run.returncode == 1
    assert f"The role {spec.role_arn} does not exist." in run.stderr
    assert aws.iam(account_id).list_roles()["Roles"] == before


def test_a_policy_from_someone_else_stays_and_is_reported(aws, spec):
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


def created_by_an_earlier_run(aws, spec):
    assert aws.run(script.build_role_script(spec), spec.account_id).returncode == 0


@pytest.mark.parametrize("created_by", [created_by_an_earlier_run, someone_elses_role])
def test_it_detaches_a_policy_that_may_be_the_clients_only_as_they_chose(aws, spec, created_by):
    """AUDIT belongs to another permission set, and Daypass never uses POWER."""
    created_by(aws, spec)
    for arn in (AUDIT, POWER):
        aws.iam(spec.account_id).attach_role_policy(RoleName=spec.role_name, PolicyArn=arn)
    before = role_in_iam(aws, spec)
    text = script.build_role_script(spec)
    if created_by is someone_elses_role:
        run = aws.run(text, spec.account_id)
        assert "--overwrite replaces its trust policy, description" in run.stderr
        assert f"--detach={AUDIT}" in run.stderr
    for options in ((), (f"--detach={AUDIT}s", f"--keep={POWER}")):
        run = aws.run(text, spec.account_id, "--overwrite", *options)
        assert (run.returncode, run.stdout, role_in_iam(aws, spec)) == (1, "", before)
        assert f"has the policy {AUDIT}, which is not in this script." in run.stderr
        assert f"--detach={AUDIT}\nor --keep={AUDIT}\nNothing was changed." in run.stderr
        assert POWER not in run.stderr

    run = aws.run(text, spec.account_id, "--overwrite", f"--keep={AUDIT}")
    assert (run.returncode, run.stdout) == (0, f"{spec.role_arn}\n")
    assert sorted(role_in_iam(aws, spec).attached) == [POWER, AUDIT]
    assert f"also has the policy {AUDIT}, which is not in this script. It stays." in run.stderr

    run = aws.run(text, spec.account_id, f"--detach={AUDIT}", "--overwrite")
    output = f"Removing the policy {AUDIT}, as you chose.\n{spec.role_arn}\n"
    assert (run.returncode, run.stdout) == (0, output)
    assert role_in_iam(aws, spec).attached == (POWER,)


def test_the_clients_own_permissions_boundary_is_never_removed(aws, spec):
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
