"""The client's commands: remove the access, fix a finding, and review the role."""

import json

from chalicelib.domain.onboarding.setup import removal
from chalicelib.domain.onboarding.setup.quoting import quote_for_shell
from chalicelib.domain.onboarding.setup.removal import build_fix_commands, build_review_commands
from chalicelib.domain.onboarding.setup.resources import build_trust_policy
from chalicelib.domain.verification.findings import Fix
from tests.domain.onboarding.setup.formats.reading import all_calls_of, calls_of
from tests.domain.onboarding.setup.specs import (
    KEPT,
    a_spec,
)
from tests.rows import every

THEIRS = "echo arn:aws:iam::987654321098:role/Theirs"


@every("spec", KEPT.values())
def test_the_commands_change_only_this_role_and_its_cut_off_role(spec):
    """A role that only has the cut-off role's name stays."""
    names = spec.cut_off_names

    def changed(commands, existing):
        commands = "set -eu\n" + commands.replace("date -u", "printf 2026-11-24T12:00:00Z; : date")
        calls = all_calls_of(commands, spec.account_id, role=existing)
        by_name = [options for name, options in calls if not name.startswith("get-")]
        return {options["--role-name"] for options in by_name if "--role-name" in options}

    for option in removal.list_removal_options(spec):
        assert changed(option.commands, "return 1") == {spec.role_name}
        assert changed(option.commands, THEIRS) == {spec.role_name}
    first, *_ = removal.list_removal_options(spec)
    own = {spec.role_name, *([names.cut_off_role_name] if spec.cut_off_external_id else [])}
    assert changed(first.commands, f"echo {quote_for_shell(names.cut_off_role_arn)}") == own


ROLES = "arn:aws:iam::987654321098:role/"
# Every character that IAM accepts in a role's name, and names that look like options.
ODD_NAMES = ["-odd+=,.@-", "--role-name=x", "_+=,.@-", "a" * 64, "--", "@file"]


@every("spec", [*KEPT.values(), *(a_spec(role_arn=f"{ROLES}{name}") for name in ODD_NAMES)])
def test_a_real_shell_passes_the_arguments_of_a_fix_and_of_a_review(spec):
    fixes = map(build_fix_commands, Fix, [spec] * len(Fix))
    calls = calls_of("".join(fixes), spec.account_id)
    assert list(calls) == ["update-assume-role-policy", "update-role"]
    trusted = calls["update-assume-role-policy"]
    assert trusted["--role-name"] == spec.role_name
    assert json.loads(trusted["--policy-document"]) == build_trust_policy(spec)
    assert calls["update-role"] == {
        "--role-name": spec.role_name,
        "--max-session-duration": str(spec.max_session_duration),
    }
    review = build_review_commands(spec)
    calls = calls_of(review, spec.account_id, role="echo {}")
    assert set(calls) == {"get-role", "list-attached-role-policies", "list-role-policies"}
    assert {options["--role-name"] for options in calls.values()} == {spec.role_name}
    assert "get-role-policy" in review
