"""What a client runs: to end our access, to mend what a check has found, and to look at it."""

from __future__ import annotations

import json
import shlex

import pytest

from chalicelib.domain.onboarding.setup import removal as leaving
from chalicelib.domain.onboarding.setup.removal import commands, review_commands
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.onboarding.setup.trust import trust_policy
from chalicelib.domain.verification.findings import CAUSES, CHECKS, Fix
from tests.domain.onboarding.setup.formats.reading import calls_of
from tests.domain.onboarding.setup.specs import KEPT, a_spec, audit_while_rotating


@pytest.mark.parametrize(
    ("issued", "ended"),
    [
        ("2026-11-24T11:59:59Z", True),
        ("2026-11-24T12:00:00Z", True),  # in the same second: nobody knows which came first
        ("2026-11-24T12:00:01Z", False),
    ],
)
def test_a_cut_off_ends_what_was_issued_until_its_second_included(
    issued: str, *, ended: bool
) -> None:
    (statement,) = leaving.deny_issued_until("2026-11-24T12:00:00Z")["Statement"]
    ((operator, test),) = statement.pop("Condition").items()
    assert statement == {"Effect": "Deny", "Action": ["*"], "Resource": ["*"]}
    ((key, moment),) = test.items()
    assert key == "aws:TokenIssueTime"
    told = {"DateLessThan": issued < moment, "DateLessThanEquals": issued <= moment}
    assert told[operator] is ended


@pytest.mark.parametrize("spec", KEPT.values(), ids=KEPT)
def test_the_commands_are_of_this_role_and_of_no_other(spec: RoleSpec) -> None:
    for way in leaving.removal_options(spec):
        commands = way.commands.replace("date -u", "printf 2026-11-24T12:00:00Z; : date")
        for name, options in calls_of(commands, "987654321098").items():
            if name not in ("delete-policy", "list-policy-versions"):
                assert options["--role-name"] == spec.role_name


def test_the_cut_off_command_puts_the_moment_it_is_run_at() -> None:
    *_, cut_off = leaving.removal_options(a_spec())
    commands = cut_off.commands.replace("date -u", "printf 2026-11-24T12:00:00Z; : date")
    put = calls_of(commands, "987654321098")["put-role-policy"]
    assert json.loads(put["--policy-document"]) == leaving.deny_issued_until("2026-11-24T12:00:00Z")


def test_a_boundary_that_was_made_for_the_role_goes_with_it() -> None:
    first, *_ = leaving.removal_options(audit_while_rotating())
    assert "aws iam delete-policy" in first.commands
    first, *_ = leaving.removal_options(
        a_spec(boundary_arn="arn:aws:iam::aws:policy/PowerUserAccess")
    )
    assert "aws iam delete-policy" not in first.commands


KEPT_SETUPS = pytest.mark.parametrize("spec", KEPT.values(), ids=KEPT)
# Every character that IAM takes in a role's name, and a hyphen where an option begins.
ODD_NAMES = ["-odd+=,.@-", "--role-name=x", "_+=,.@-", "a" * 64, "--", "@file"]


def called(mend: Fix, spec: RoleSpec) -> list[str]:
    """The words of the one command, as a shell reads them."""
    text = commands(mend, spec)
    assert text.endswith("\n")
    aws, iam, *words = shlex.split(text)
    assert (aws, iam) == ("aws", "iam")
    return words


@KEPT_SETUPS
def test_where_no_command_does_it_there_is_none(spec: RoleSpec) -> None:
    assert commands(Fix.NOTHING, spec) == ""


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_role_may_have_any_name_that_iam_takes(name: str) -> None:
    spec = a_spec(role_arn=f"arn:aws:iam::987654321098:role/{name}")
    for mend in (Fix.TRUST_POLICY, Fix.MAX_SESSION_DURATION):
        _, named, _ = called(mend, spec)
        assert named == f"--role-name={name}"


@KEPT_SETUPS
def test_a_real_shell_gives_the_aws_cli_the_same_words(spec: RoleSpec) -> None:
    text = commands(Fix.TRUST_POLICY, spec) + commands(Fix.MAX_SESSION_DURATION, spec)
    calls = calls_of(text, spec.account_id)
    assert list(calls) == ["update-assume-role-policy", "update-role"]
    trusted = calls["update-assume-role-policy"]
    assert trusted["--role-name"] == spec.role_name
    assert json.loads(trusted["--policy-document"]) == trust_policy(spec)
    assert calls["update-role"] == {
        "--role-name": spec.role_name,
        "--max-session-duration": str(spec.max_session_duration),
    }


@pytest.mark.parametrize(
    "mend", sorted({words.mend for words in (*CHECKS.values(), *CAUSES.values())})
)
def test_whatever_the_findings_call_for_can_be_written(mend: Fix) -> None:
    assert bool(commands(mend, a_spec())) == (mend is not Fix.NOTHING)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_to_look_at_a_role_asks_about_that_one_and_changes_nothing(name: str) -> None:
    spec = a_spec(role_arn=f"arn:aws:iam::987654321098:role/{name}")
    calls = calls_of(review_commands(spec), spec.account_id, role="echo {}")
    assert set(calls) == {"get-role", "list-attached-role-policies", "list-role-policies"}
    assert {options["--role-name"] for options in calls.values()} == {name}
    assert "get-role-policy" in review_commands(spec)
