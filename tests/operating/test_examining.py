"""Check the values that are deployed, and what AWS does not allow the caller to check."""

import package
import pytest

from operating.aws_cli import Refused
from operating.doctor.checks import _check_deployed_values
from operating.doctor.findings import Finding, Kind, if_allowed
from operating.stacks import Stack
from tests.operating.scripted import refusal


def stack(**parameters):
    return Stack("an id", "daypass", "UPDATE_COMPLETE", parameters, {}, is_protected=False)


def test_a_deployed_value_that_no_function_can_use_stops_a_deployment(monkeypatch):
    monkeypatch.delenv("IDENTITY_PROVIDERS", raising=False)
    deployed = stack(IdentityProviders="{", FirmName="Example", GoneSince="x")
    (finding,) = _check_deployed_values(package.app(), deployed)
    assert finding.kind is Kind.STOP
    assert finding.text.startswith("IDENTITY_PROVIDERS cannot be '{': ")
    assert finding.text.endswith(
        " The deployed stack has this value now. Deploy with another value, or an empty one."
    )


@pytest.mark.parametrize(
    "setting", ["", '[{"issuer": "https://a.example", "audience": "daypass"}]']
)
def test_a_new_value_replaces_it_without_a_finding(monkeypatch, setting):
    monkeypatch.setenv("IDENTITY_PROVIDERS", setting)
    assert list(_check_deployed_values(package.app(), stack(IdentityProviders="{"))) == []
    assert list(_check_deployed_values(package.app(), None)) == []  # nothing is deployed


def test_a_check_that_aws_does_not_allow_is_a_note_and_earlier_findings_stay():
    def check():
        yield Finding(Kind.STOP, "This blocks a deployment.")
        raise Refused(refusal("AccessDenied", "not you"))

    stopped, unknown = if_allowed("your quota", check())
    assert stopped.kind is Kind.STOP
    assert unknown == Finding(
        Kind.NOTE, "Could not check your quota. AWS refused It (AccessDenied): not you"
    )
