"""The commands that put right what a check has found."""

from __future__ import annotations

import json
import shlex

import pytest

from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.trust import trust_policy
from chalicelib.domain.onboarding.setup.ways_out import commands, commands_to_look
from chalicelib.domain.verification.findings import CAUSES, CHECKS, Mend
from tests.domain.onboarding.setup.forms.forms import calls_of
from tests.domain.onboarding.setup.setups import EXTERNAL_ID, KEPT, NEXT_EXTERNAL_ID, a_setup

KEPT_SETUPS = pytest.mark.parametrize("setup", KEPT.values(), ids=KEPT)
# Every character that IAM takes in a role's name, and a hyphen where an option begins.
ODD_NAMES = ["-odd+=,.@-", "--role-name=x", "_+=,.@-", "a" * 64, "--", "@file"]


def called(mend: Mend, setup: Setup) -> list[str]:
    """The words of the one command, as a shell reads them."""
    text = commands(mend, setup)
    assert text.endswith("\n")
    aws, iam, *words = shlex.split(text)
    assert (aws, iam) == ("aws", "iam")
    return words


@KEPT_SETUPS
def test_the_trust_policy_is_replaced_with_the_one_that_was_asked_for(setup: Setup) -> None:
    command, name, document = called(Mend.TRUST_POLICY, setup)
    assert command == "update-assume-role-policy"
    assert name == f"--role-name={setup.role_name}"
    option, policy = document.split("=", 1)
    assert option == "--policy-document"
    assert json.loads(policy) == trust_policy(setup)


@KEPT_SETUPS
def test_the_longest_session_becomes_the_one_that_was_asked_for_and_an_hour_at_least(
    setup: Setup,
) -> None:
    command, name, duration = called(Mend.MAX_SESSION_DURATION, setup)
    assert command == "update-role"
    assert name == f"--role-name={setup.role_name}"
    assert duration == f"--max-session-duration={setup.max_session_duration}"
    assert setup.max_session_duration >= 3600


@KEPT_SETUPS
def test_where_no_command_does_it_there_is_none(setup: Setup) -> None:
    assert commands(Mend.NOTHING, setup) == ""


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_role_may_have_any_name_that_iam_takes(name: str) -> None:
    setup = a_setup(role_arn=f"arn:aws:iam::987654321098:role/{name}")
    for mend in (Mend.TRUST_POLICY, Mend.MAX_SESSION_DURATION):
        _, named, _ = called(mend, setup)
        assert named == f"--role-name={name}"


@KEPT_SETUPS
def test_a_real_shell_gives_the_aws_cli_the_same_words(setup: Setup) -> None:
    text = commands(Mend.TRUST_POLICY, setup) + commands(Mend.MAX_SESSION_DURATION, setup)
    calls = calls_of(text, setup.account_id)
    assert list(calls) == ["update-assume-role-policy", "update-role"]
    trusted = calls["update-assume-role-policy"]
    assert trusted["--role-name"] == setup.role_name
    assert json.loads(trusted["--policy-document"]) == trust_policy(setup)
    assert calls["update-role"] == {
        "--role-name": setup.role_name,
        "--max-session-duration": str(setup.max_session_duration),
    }


def test_while_rotating_the_mended_trust_policy_lets_both_external_ids_in() -> None:
    setup = a_setup(external_ids=(EXTERNAL_ID, NEXT_EXTERNAL_ID))
    *_, document = called(Mend.TRUST_POLICY, setup)
    (entering,) = (
        statement["Condition"]["StringEquals"]["sts:ExternalId"]
        for statement in json.loads(document.split("=", 1)[1])["Statement"]
        if "StringEquals" in statement["Condition"]
    )
    assert entering == [EXTERNAL_ID, NEXT_EXTERNAL_ID]


@pytest.mark.parametrize(
    "mend", sorted({words.mend for words in (*CHECKS.values(), *CAUSES.values())})
)
def test_whatever_the_findings_call_for_can_be_written(mend: Mend) -> None:
    assert bool(commands(mend, a_setup())) == (mend is not Mend.NOTHING)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_to_look_at_a_role_asks_about_that_one_and_changes_nothing(name: str) -> None:
    setup = a_setup(role_arn=f"arn:aws:iam::987654321098:role/{name}")
    calls = calls_of(commands_to_look(setup), setup.account_id, role="echo {}")
    assert set(calls) == {"get-role", "list-attached-role-policies", "list-role-policies"}
    assert {options["--role-name"] for options in calls.values()} == {name}
    assert "get-role-policy" in commands_to_look(setup)
