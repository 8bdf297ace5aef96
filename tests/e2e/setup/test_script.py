"""The script, run by a client's admin as often as they like, in whichever account they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.domain.onboarding.setup import permissions
from chalicelib.domain.onboarding.setup.formats import script
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.onboarding.setup.trust import closed_trust_policy, trust_policy
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
from tests.e2e.setup.creating import there

AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"
POWER = "arn:aws:iam::aws:policy/PowerUserAccess"


Made = Callable[[Aws, RoleSpec], None]


def arn_in(account_id: str) -> str:
    return f"arn:aws:iam::{account_id}:role/ContractorRole"


@pytest.fixture
def spec(account_id: str) -> RoleSpec:
    return a_spec(role_arn=arn_in(account_id))


def test_in_another_account_it_changes_nothing_and_says_so(aws: Aws, account_id: str) -> None:
    run = aws.run(script.script(a_spec(makes_boundary=True)), account_id)
    assert run.returncode == 1
    assert "belongs in AWS account 987654321098" in run.stderr
    assert account_id in run.stderr
    assert aws.iam(account_id).list_roles()["Roles"] == []
    assert aws.iam(account_id).list_policies(Scope="Local")["Policies"] == []


def test_without_credentials_it_stops_at_once(aws: Aws) -> None:
    run = aws.run("unset AWS_ACCESS_KEY_ID\n" + script.script(a_spec()), "987654321098")
    assert run.returncode != 0
    assert run.stdout == ""


def test_run_again_it_changes_nothing(aws: Aws, account_id: str) -> None:
    spec = audit_while_rotating(account_id)
    for _ in range(2):
        assert aws.run(script.script(spec), account_id).returncode == 0
        assert there(aws, spec) == expected(spec)


def test_run_again_after_a_change_it_leaves_nothing_of_before(aws: Aws, account_id: str) -> None:
    arn = arn_in(account_id)
    steps = [
        a_spec(role_arn=arn),
        a_spec(role_arn=arn, permissions=permissions.SECURITY_AUDIT, makes_boundary=True),
        a_spec(role_arn=arn, external_ids=(EXTERNAL_ID, NEXT_EXTERNAL_ID), allows_tags=False),
    ]
    for spec in steps:
        run = aws.run(script.script(spec), account_id, f"--detach={AUDIT}")
        assert (run.returncode, run.stderr) == (0, "")
        assert there(aws, spec) == expected(spec)
    assert aws.sts.probe(a_probe(arn, NEXT_EXTERNAL_ID)) is ProbeOutcome.LET_IN


def test_a_boundary_can_be_brought_up_to_date_any_number_of_times(
    aws: Aws, account_id: str
) -> None:
    """IAM keeps five versions of a managed policy at most."""
    spec = a_spec(role_arn=arn_in(account_id), makes_boundary=True)
    only_the_boundary = script.script(spec).split('if [ -n "$there" ]; then\n  aws')[0]
    for _ in range(3):
        assert aws.run(only_the_boundary, account_id).stderr == ""
    arn = str(spec.permissions_boundary)
    versions = aws.iam(account_id).list_policy_versions(PolicyArn=arn)["Versions"]
    assert len(versions) == 2


def somebody_elses_role(aws: Aws, spec: RoleSpec, **changes: str) -> None:
    aws.iam(spec.account_id).create_role(
        RoleName=spec.role_name,
        AssumeRolePolicyDocument=json.dumps(closed_trust_policy()),
        Description="Runs the payroll",
        **changes,
    )


def test_a_role_that_it_did_not_make_is_left_alone(aws: Aws, account_id: str) -> None:
    spec = a_spec(role_arn=arn_in(account_id), makes_boundary=True)
    somebody_elses_role(aws, spec)
    before = there(aws, spec)
    run = aws.run(script.script(spec), account_id)
    assert run.returncode == 1
    assert "--overwrite" in run.stderr
    assert there(aws, spec) == before
    assert aws.iam(account_id).list_policies(Scope="Local")["Policies"] == []


def test_unless_it_is_told_to_overwrite_it(aws: Aws, spec: RoleSpec) -> None:
    somebody_elses_role(aws, spec)
    run = aws.run(script.script(spec), spec.account_id, "--overwrite")
    assert (run.returncode, run.stderr) == (0, "")
    assert there(aws, spec) == expected(spec)


@pytest.mark.parametrize("arguments", [(), ("--overwrite",)])
def test_a_role_of_the_same_name_on_another_path_is_left_alone(
    aws: Aws, spec: RoleSpec, arguments: tuple[str, ...]
) -> None:
    somebody_elses_role(aws, spec, Path="/payroll/")
    run = aws.run(script.script(spec), spec.account_id, *arguments)
    assert run.returncode == 1
    assert "role/payroll/ContractorRole" in run.stderr


def test_of_a_role_that_is_there_already_the_trust_alone_is_changed(
    aws: Aws, account_id: str
) -> None:
    spec = a_spec(role_arn=arn_in(account_id), permissions=permissions.AS_THEY_ARE)
    somebody_elses_role(aws, spec, PermissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess")
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    aws.iam(account_id).attach_role_policy(RoleName=spec.role_name, PolicyArn=admin)
    before = there(aws, spec)
    run = aws.run(script.trust_script(spec), account_id)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"{spec.role_arn}\n", "")
    assert there(aws, spec) == replace(before, trust=trust_policy(spec))


@pytest.mark.parametrize("path", ["/payroll/", None], ids=["another path", "no role"])
def test_no_other_role_is_made_or_changed_for_it(
    aws: Aws, account_id: str, path: str | None
) -> None:
    spec = a_spec(role_arn=arn_in(account_id), permissions=permissions.AS_THEY_ARE)
    if path:
        somebody_elses_role(aws, spec, Path=path)
    before = aws.iam(account_id).list_roles()["Roles"]
    run = aws.run(script.trust_script(spec), account_id)
    assert run.returncode == 1
    assert f"There is no role {spec.role_arn}." in run.stderr
    assert aws.iam(account_id).list_roles()["Roles"] == before


def test_what_somebody_else_attached_stays_and_is_told(aws: Aws, spec: RoleSpec) -> None:
    assert aws.run(script.script(spec), spec.account_id).returncode == 0
    iam = aws.iam(spec.account_id)
    iam.attach_role_policy(RoleName=spec.role_name, PolicyArn=POWER)
    deny = {"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}
    iam.put_role_policy(
        RoleName=spec.role_name, PolicyName="theirs", PolicyDocument=json.dumps(deny)
    )
    run = aws.run(script.script(spec), spec.account_id)
    assert run.returncode == 0
    assert f"the policy {POWER} as well, which is not asked for. It stays." in run.stderr
    assert "the inline policy theirs" in run.stderr
    assert there(aws, spec).attached == (POWER,)
    assert "theirs" in there(aws, spec).inline


def made_by_an_earlier_run(aws: Aws, spec: RoleSpec) -> None:
    assert aws.run(script.script(spec), spec.account_id).returncode == 0


def with_two_policies(aws: Aws, spec: RoleSpec, made_by: Made) -> None:
    """One that another choice of Daypass's would attach, and one that none would."""
    made_by(aws, spec)
    for arn in (AUDIT, POWER):
        aws.iam(spec.account_id).attach_role_policy(RoleName=spec.role_name, PolicyArn=arn)


BY_ANYBODY = pytest.mark.parametrize("made_by", [made_by_an_earlier_run, somebody_elses_role])


@BY_ANYBODY
@pytest.mark.parametrize("named", [(), (f"--detach={AUDIT}s", f"--keep={POWER}")], ids=repr)
def test_before_it_detaches_what_may_be_theirs_it_says_what_and_changes_nothing(
    aws: Aws, spec: RoleSpec, made_by: Made, named: tuple[str, ...]
) -> None:
    with_two_policies(aws, spec, made_by)
    before = there(aws, spec)
    run = aws.run(script.script(spec), spec.account_id, "--overwrite", *named)
    assert (run.returncode, run.stdout, there(aws, spec)) == (1, "", before)
    assert f"has the policy {AUDIT}, which is not asked for" in run.stderr
    assert f"--detach={AUDIT}\nor --keep={AUDIT}\nNothing was changed." in run.stderr
    assert POWER not in run.stderr


@BY_ANYBODY
def test_what_is_named_to_be_kept_stays(aws: Aws, spec: RoleSpec, made_by: Made) -> None:
    with_two_policies(aws, spec, made_by)
    run = aws.run(script.script(spec), spec.account_id, "--overwrite", f"--keep={AUDIT}")
    assert (run.returncode, run.stdout) == (0, f"{spec.role_arn}\n")
    assert sorted(there(aws, spec).attached) == [POWER, AUDIT]
    assert f"the policy {AUDIT} as well, which is not asked for. It stays." in run.stderr


@BY_ANYBODY
def test_what_is_named_to_be_detached_and_nothing_else_is_taken_away_and_told(
    aws: Aws, spec: RoleSpec, made_by: Made
) -> None:
    with_two_policies(aws, spec, made_by)
    run = aws.run(script.script(spec), spec.account_id, f"--detach={AUDIT}", "--overwrite")
    told = f"Taking away the policy {AUDIT}, as you have chosen.\n{spec.role_arn}\n"
    assert (run.returncode, run.stdout) == (0, told)
    assert there(aws, spec).attached == (POWER,)


def test_what_is_asked_for_is_not_detached_whatever_is_named(aws: Aws, account_id: str) -> None:
    spec = a_spec(role_arn=arn_in(account_id), permissions=permissions.SECURITY_AUDIT)
    run = aws.run(script.script(spec), account_id, f"--detach={AUDIT}")
    assert (run.returncode, run.stdout, run.stderr) == (0, f"{spec.role_arn}\n", "")
    assert there(aws, spec).attached == (AUDIT,)


def test_all_that_a_role_of_somebody_elses_needs_is_said_at_once(aws: Aws, spec: RoleSpec) -> None:
    with_two_policies(aws, spec, somebody_elses_role)
    run = aws.run(script.script(spec), spec.account_id)
    assert "With --overwrite its trust policy, its description" in run.stderr
    assert f"--detach={AUDIT}" in run.stderr


def test_a_word_that_it_does_not_know_stops_it(aws: Aws, account_id: str) -> None:
    run = aws.run(script.script(a_spec(role_arn=arn_in(account_id))), account_id, "--overwite")
    assert (run.returncode, run.stdout) == (1, "")
    assert "and not --overwite. Nothing was changed." in run.stderr
    assert aws.iam(account_id).list_roles()["Roles"] == []


def test_a_permissions_boundary_of_theirs_is_never_taken_away(aws: Aws, spec: RoleSpec) -> None:
    somebody_elses_role(aws, spec, PermissionsBoundary=POWER)
    run = aws.run(script.script(spec), spec.account_id, "--overwrite")
    assert (run.returncode, there(aws, spec).boundary_arn) == (0, POWER)
    assert f"the permissions boundary {POWER}. It stays." in run.stderr
    before = there(aws, spec)
    run = aws.run(
        script.script(a_spec(role_arn=spec.role_arn, makes_boundary=True)),
        spec.account_id,
        "--overwrite",
    )
    assert (run.returncode, there(aws, spec)) == (1, before)
    assert f"another permissions boundary, {POWER}. Nothing was changed." in run.stderr
    assert aws.iam(spec.account_id).list_policies(Scope="Local")["Policies"] == []


def test_one_that_an_earlier_run_has_set_is_taken_away_and_told(aws: Aws, account_id: str) -> None:
    spec = a_spec(role_arn=arn_in(account_id), makes_boundary=True)
    assert aws.run(script.script(spec), account_id).returncode == 0
    run = aws.run(script.script(a_spec(role_arn=spec.role_arn)), account_id)
    assert "Taking away the permissions boundary" in run.stdout
    assert there(aws, spec).boundary_arn is None
