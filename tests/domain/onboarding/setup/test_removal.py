"""The client's commands: remove the access, fix a finding, and review the role."""

from __future__ import annotations

import json
import shlex

import pytest

from chalicelib.domain.onboarding.setup import removal
from chalicelib.domain.onboarding.setup.quoting import quote_for_shell
from chalicelib.domain.onboarding.setup.removal import build_fix_commands, build_review_commands
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.onboarding.setup.trust import build_trust_policy
from chalicelib.domain.verification.findings import CAUSES, CHECKS, Fix
from tests.domain.onboarding.setup.formats.reading import all_calls_of, calls_of
from tests.domain.onboarding.setup.specs import (
    KEPT,
    a_spec,
    after_a_brake,
    audit_while_rotating,
    with_brake,
    with_deny_all,
)


@pytest.mark.parametrize(
    ("issued", "ended"),
    [
        ("2026-11-24T11:59:59Z", True),
        ("2026-11-24T12:00:00Z", True),  # in the same second, in unknown order
        ("2026-11-24T12:00:01Z", False),
    ],
)
def test_sessions_issued_up_to_and_in_the_second_are_revoked(issued: str, *, ended: bool) -> None:
    (statement,) = removal.build_session_denial_policy("2026-11-24T12:00:00Z")["Statement"]
    ((operator, test),) = statement.pop("Condition").items()
    assert statement == {"Effect": "Deny", "Action": ["*"], "Resource": ["*"]}
    ((key, moment),) = test.items()
    assert key == "aws:TokenIssueTime"
    results = {"DateLessThan": issued < moment, "DateLessThanEquals": issued <= moment}
    assert results[operator] is ended


@pytest.mark.parametrize("spec", KEPT.values(), ids=KEPT)
def test_the_commands_name_only_this_role_and_its_cut_off_role(spec: RoleSpec) -> None:
    own = {spec.role_name, spec.cut_off_names.cut_off_role_name}
    for option in removal.list_removal_options(spec):
        commands = option.commands.replace("date -u", "printf 2026-11-24T12:00:00Z; : date")
        names = {
            options["--role-name"]
            for name, options in all_calls_of(commands, "987654321098")
            if "--role-name" in options
        }
        assert names in ({spec.role_name}, own if spec.cut_off_external_id else None)


@pytest.mark.parametrize(
    ("spec", "brakes"),
    [(with_brake(), True), (with_deny_all(), False), (after_a_brake(), True)],
    ids=["brake", "deny-all", "after a brake"],
)
def test_the_cut_off_is_deleted_with_the_role(spec: RoleSpec, *, brakes: bool) -> None:
    first, *others = removal.list_removal_options(spec)
    names = spec.cut_off_names
    calls = all_calls_of(
        first.commands, spec.account_id, role=f"echo {quote_for_shell(names.cut_off_role_arn)}"
    )
    deleted = [options["--role-name"] for name, options in calls if name == "delete-role"]
    assert deleted == [spec.role_name, names.cut_off_role_name]
    assert (names.brake_arn in first.commands) is brakes
    assert all("cut-off" not in other.commands for other in others)


@pytest.mark.parametrize("response", ["return 1", "echo arn:aws:iam::987654321098:role/Theirs"])
@pytest.mark.parametrize("spec", [with_brake(), with_deny_all(), after_a_brake()], ids=repr)
def test_a_role_that_only_has_the_cut_off_roles_name_stays(spec: RoleSpec, response: str) -> None:
    first, *_ = removal.list_removal_options(spec)
    calls = all_calls_of("set -eu\n" + first.commands, spec.account_id, role=response)
    deleted = [options["--role-name"] for name, options in calls if name == "delete-role"]
    assert deleted == [spec.role_name]


def test_the_revoking_command_uses_the_present_moment() -> None:
    *_, revoking = removal.list_removal_options(a_spec())
    commands = revoking.commands.replace("date -u", "printf 2026-11-24T12:00:00Z; : date")
    put = calls_of(commands, "987654321098")["put-role-policy"]
    assert json.loads(put["--policy-document"]) == removal.build_session_denial_policy(
        "2026-11-24T12:00:00Z"
    )


def test_a_boundary_created_with_the_role_is_deleted_with_it() -> None:
    first, *_ = removal.list_removal_options(audit_while_rotating())
    assert "aws iam delete-policy" in first.commands
    first, *_ = removal.list_removal_options(
        a_spec(boundary_arn="arn:aws:iam::aws:policy/PowerUserAccess")
    )
    assert "aws iam delete-policy" not in first.commands


KEPT_SETUPS = pytest.mark.parametrize("spec", KEPT.values(), ids=KEPT)
# Every character that IAM accepts in a role's name, and names that look like options.
ODD_NAMES = ["-odd+=,.@-", "--role-name=x", "_+=,.@-", "a" * 64, "--", "@file"]


def arguments(fix: Fix, spec: RoleSpec) -> list[str]:
    """Return the arguments of the one command, as a shell reads them."""
    text = build_fix_commands(fix, spec)
    assert text.endswith("\n")
    aws, iam, *rest = shlex.split(text)
    assert (aws, iam) == ("aws", "iam")
    return rest


@KEPT_SETUPS
def test_without_a_fix_there_are_no_commands(spec: RoleSpec) -> None:
    assert build_fix_commands(Fix.NOTHING, spec) == ""


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_role_may_have_any_name_that_iam_accepts(name: str) -> None:
    spec = a_spec(role_arn=f"arn:aws:iam::987654321098:role/{name}")
    for fix in (Fix.TRUST_POLICY, Fix.MAX_SESSION_DURATION):
        _, role_name, _ = arguments(fix, spec)
        assert role_name == f"--role-name={name}"


@KEPT_SETUPS
def test_a_real_shell_passes_the_same_arguments(spec: RoleSpec) -> None:
    text = build_fix_commands(Fix.TRUST_POLICY, spec) + build_fix_commands(
        Fix.MAX_SESSION_DURATION, spec
    )
    calls = calls_of(text, spec.account_id)
    assert list(calls) == ["update-assume-role-policy", "update-role"]
    trusted = calls["update-assume-role-policy"]
    assert trusted["--role-name"] == spec.role_name
    assert json.loads(trusted["--policy-document"]) == build_trust_policy(spec)
    assert calls["update-role"] == {
        "--role-name": spec.role_name,
        "--max-session-duration": str(spec.max_session_duration),
    }


@pytest.mark.parametrize(
    "fix", sorted({finding.fix_kind for finding in (*CHECKS.values(), *CAUSES.values())})
)
def test_each_fix_of_the_findings_has_commands(fix: Fix) -> None:
    assert bool(build_fix_commands(fix, a_spec())) == (fix is not Fix.NOTHING)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_reviewing_a_role_only_reads_that_role(name: str) -> None:
    spec = a_spec(role_arn=f"arn:aws:iam::987654321098:role/{name}")
    calls = calls_of(build_review_commands(spec), spec.account_id, role="echo {}")
    assert set(calls) == {"get-role", "list-attached-role-policies", "list-role-policies"}
    assert {options["--role-name"] for options in calls.values()} == {name}
    assert "get-role-policy" in build_review_commands(spec)
