"""The doctor asks IAM about the types of resources in the two templates."""

from __future__ import annotations

import package

from operating.doctor.required_actions import ACTIONS_BY_TYPE, ACTIONS_BY_TYPE_FOR_RATE_LIMIT
from tests.e2e.package.building import Build


def types(build: Build) -> set[str]:
    resources = [
        *build.template()["Resources"].values(),
        *package.foundation()["Resources"].values(),
    ]
    events = [
        event["Type"]
        for resource in resources
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "Schedule"
    ]
    return {resource["Type"] for resource in resources} | set(events)


def test_every_type_of_resource_has_its_required_actions(build: Build) -> None:
    """Add the actions that an operator needs to create a new type."""
    assert set(ACTIONS_BY_TYPE | ACTIONS_BY_TYPE_FOR_RATE_LIMIT) == types(build)
    template = build.template()["Resources"].values()
    optional = {item["Type"] for item in template if item.get("Condition") == "LimitsTheRate"}
    assert set(ACTIONS_BY_TYPE_FOR_RATE_LIMIT) == optional


def test_required_actions_belong_to_the_service_of_their_arn() -> None:
    for actions in (ACTIONS_BY_TYPE | ACTIONS_BY_TYPE_FOR_RATE_LIMIT).values():
        assert actions.arn == "*" or actions.arn.split(":")[2] == actions.service
