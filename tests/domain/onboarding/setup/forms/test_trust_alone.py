"""Every form says the trust policy alone as well, for a role that is there: the same one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from msgspec.structs import replace

from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.forms import cloudformation, plain, script, terraform
from chalicelib.domain.onboarding.setup.quoting import shell
from chalicelib.domain.onboarding.setup.trust import trust_policy
from tests.domain.onboarding.setup.forms import hcl_reader
from tests.domain.onboarding.setup.forms.forms import calls_of
from tests.domain.onboarding.setup.forms.texts import texts
from tests.domain.onboarding.setup.setups import END, KEPT, a_setup


def by_cloudformation(setup: Setup) -> Any:
    found = yaml.safe_load(cloudformation.trust_property(setup))
    assert list(found) == ["AssumeRolePolicyDocument"]
    return found["AssumeRolePolicyDocument"]


def by_terraform(setup: Setup) -> Any:
    resource = f'resource "aws_iam_role" "x" {{\n{terraform.trust_argument(setup)}\n}}'
    (role,) = hcl_reader.read(resource).blocks
    assert list(role.settings) == ["assume_role_policy"]
    return role.settings["assume_role_policy"]["jsonencode"]


def by_script(setup: Setup) -> Any:
    there = f"printf '%s\\n' {shell(setup.role_arn)}"
    calls = calls_of(script.script_for_its_trust(setup), setup.account_id, role=there)
    assert set(calls) == {
        "get-caller-identity", "get-role", "update-assume-role-policy",
    }  # fmt: skip
    return json.loads(calls["update-assume-role-policy"]["--policy-document"])


def by_plain(setup: Setup) -> Any:
    return json.loads(plain.files(setup)[0].text)


FORMS = [by_cloudformation, by_terraform, by_script, by_plain]


@pytest.mark.parametrize("setup", KEPT.values(), ids=KEPT)
@pytest.mark.parametrize("read", FORMS)
def test_it_is_the_very_trust_policy(read: Callable[[Setup], Any], setup: Setup) -> None:
    assert read(setup) == trust_policy(setup)


@pytest.mark.parametrize("read", FORMS)
def test_it_differs_in_its_end_alone(read: Callable[[Setup], Any]) -> None:
    setup = a_setup()
    later = replace(setup, ends_at=END.replace(year=2027))
    before, after = (json.dumps(read(one)) for one in (setup, later))
    assert before != after
    assert before.replace("2026-12-31T18:00:00Z", "2027-12-31T18:00:00Z") == after


@settings(max_examples=40)
@given(client=texts, firm_name=texts)
def test_whatever_the_names_are(client: str, firm_name: str) -> None:
    setup = a_setup(client=client, firm_name=firm_name)
    for read in (by_cloudformation, by_terraform, by_plain):
        assert read(setup) == trust_policy(setup)
    assert "{{" not in cloudformation.trust_property(setup)
