"""What the doctor asks IAM about is what the two templates hold."""

from __future__ import annotations

import package
import pytest

from operating.doctor.required_actions import BY_TYPE, FOR_A_RATE_LIMIT
from tests.e2e.package.building import Build


def types(build: Build) -> set[str]:
    made = [*build.template()["Resources"].values(), *package.foundation()["Resources"].values()]
    events = [
        event["Type"]
        for item in made
        for event in item["Properties"].get("Events", {}).values()
        if event["Type"] == "Schedule"
    ]
    return {item["Type"] for item in made} | set(events)


def test_every_type_of_resource_has_a_row(build: Build) -> None:
    """A new one needs one: what whoever deploys has to be permitted to do, to make it."""
    assert set(BY_TYPE | FOR_A_RATE_LIMIT) == types(build)
    template = build.template()["Resources"].values()
    optional = {item["Type"] for item in template if item.get("Condition") == "LimitsTheRate"}
    assert set(FOR_A_RATE_LIMIT) == optional


@pytest.mark.parametrize("kind", BY_TYPE | FOR_A_RATE_LIMIT)
def test_an_action_is_one_of_the_service_that_the_resource_is_of(kind: str) -> None:
    deeds = (BY_TYPE | FOR_A_RATE_LIMIT)[kind]
    assert deeds.arn == "*" or deeds.arn.split(":")[2] == deeds.service
