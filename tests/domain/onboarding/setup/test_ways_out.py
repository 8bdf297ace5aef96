"""How a client throws us out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.onboarding.setup import ways_out as leaving
from chalicelib.domain.onboarding.setup.facts import Setup
from tests.domain.onboarding.setup.forms import calls_of
from tests.domain.onboarding.setup.setups import KEPT, a_setup, audit_while_rotating

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "before"),
    [
        (NOON, "2026-11-24T12:00:00Z"),
        (NOON + timedelta(microseconds=1), "2026-11-24T12:00:01Z"),
        (NOON + timedelta(milliseconds=59_999), "2026-11-24T12:01:00Z"),
    ],
)
def test_a_cut_off_denies_everything_issued_before_and_is_rounded_up(
    moment: datetime, before: str
) -> None:
    (statement,) = leaving.deny_issued_before(moment)["Statement"]
    assert statement == {
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": before}},
    }


def test_a_moment_without_a_time_zone_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="time zone"):
        leaving.deny_issued_before(NOON.replace(tzinfo=None))


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
    assert json.loads(put["--policy-document"]) == leaving.deny_issued_before(NOON)


def test_a_boundary_that_was_made_for_the_role_goes_with_it() -> None:
    first, *_ = leaving.ways_out(audit_while_rotating())
    assert "aws iam delete-policy" in first.commands
    first, *_ = leaving.ways_out(a_setup(boundary_arn="arn:aws:iam::aws:policy/PowerUserAccess"))
    assert "aws iam delete-policy" not in first.commands
