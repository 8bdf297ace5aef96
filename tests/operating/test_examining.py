"""What the doctor makes of the values that a stack has already."""

from __future__ import annotations

from collections.abc import Iterator

import package
import pytest

from operating.aws_cli import Refused
from operating.doctor.examining import _invalid_as_deployed
from operating.doctor.findings import Finding, Kind, if_allowed
from operating.stacks import Stack
from tests.operating.scripted import refusal


def stack(**parameters: str) -> Stack:
    return Stack("an id", "daypass", "UPDATE_COMPLETE", parameters, {}, is_protected=False)


def test_a_deployed_value_that_no_function_can_use_stops_a_deployment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("IDENTITY_PROVIDERS", raising=False)
    deployed = stack(IdentityProviders="{", FirmName="Example", GoneSince="x")
    (found,) = _invalid_as_deployed(package.app(), deployed)
    assert found.kind is Kind.STOP
    assert found.text.startswith("IDENTITY_PROVIDERS cannot be '{': ")
    assert found.text.endswith(" That is the deployed value: set another, or none.")


@pytest.mark.parametrize("told", ["", '[{"issuer": "https://a.example", "audience": "daypass"}]'])
def test_another_value_takes_its_place(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv("IDENTITY_PROVIDERS", told)
    assert list(_invalid_as_deployed(package.app(), stack(IdentityProviders="{"))) == []
    assert list(_invalid_as_deployed(package.app(), None)) == []  # nothing is deployed


def test_what_aws_refuses_to_say_is_unknown_and_what_was_found_before_stays() -> None:
    def look() -> Iterator[Finding]:
        yield Finding(Kind.STOP, "This is in the way.")
        raise Refused(refusal("AccessDenied", "not you"))

    stopped, unknown = if_allowed("all is well", look())
    assert stopped.kind is Kind.STOP
    assert unknown == Finding(
        Kind.NOTE, "Unknown: whether all is well. AWS refuses It (AccessDenied): not you"
    )
