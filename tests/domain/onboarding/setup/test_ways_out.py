"""How a client ends our access."""

from __future__ import annotations

import json

import pytest

from chalicelib.domain.onboarding.setup import ways_out as leaving
from chalicelib.domain.onboarding.setup.facts import Setup
from tests.domain.onboarding.setup.forms.forms import calls_of
from tests.domain.onboarding.setup.setups import KEPT, a_setup, audit_while_rotating


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


@pytest.mark.parametrize("setup", KEPT.values(), ids=KEPT)
def test_the_commands_are_of_this_role_and_of_no_other(setup: Setup) -> None:
    for way in leaving.ways_out(setup):
        commands = way.commands.replace("date -u", "printf 2026-11-24T12:00:00Z; : date")
        for name, options in calls_of(commands, "987654321098").items():
            if name not in ("delete-policy", "list-policy-versions"):
                assert options["--role-name"] == setup.role_name


def test_the_cut_off_command_puts_the_moment_it_is_run_at() -> None:
    *_, cut_off = leaving.ways_out(a_setup())
    commands = cut_off.commands.replace("date -u", "printf 2026-11-24T12:00:00Z; : date")
    put = calls_of(commands, "987654321098")["put-role-policy"]
    assert json.loads(put["--policy-document"]) == leaving.deny_issued_until("2026-11-24T12:00:00Z")


def test_a_boundary_that_was_made_for_the_role_goes_with_it() -> None:
    first, *_ = leaving.ways_out(audit_while_rotating())
    assert "aws iam delete-policy" in first.commands
    first, *_ = leaving.ways_out(a_setup(boundary_arn="arn:aws:iam::aws:policy/PowerUserAccess"))
    assert "aws iam delete-policy" not in first.commands
