"""The alarms fit the template that they are merged into."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.e2e.package.building import Build
from tests.entrypoints.watched.cloudwatch import ALARM, Metric, metric_of

# The operator invokes these and sees the result at once.
INVOKED_BY_OPERATOR = {"FirstLead", "RecoverLead", "EnrolProber"}


def alarms(build: Build) -> list[dict[str, Any]]:
    resources = build.template()["Resources"].values()
    return [resource["Properties"] for resource in resources if resource["Type"] == ALARM]


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_without_a_waiting_operator_has_an_alarm(build: Build, metric: str) -> None:
    functions = {
        name
        for name, resource in build.template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    watched_functions = [
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in alarms(build)
        if (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", metric)
    ]
    assert sorted(watched_functions) == sorted(functions - INVOKED_BY_OPERATOR)


def test_the_apis_alarm_has_its_name_and_its_stage(build: Build) -> None:
    api = build.template()["Resources"]["RestAPI"]["Properties"]
    dimensions = {("ApiName", api["DefinitionBody"]["info"]["title"]), ("Stage", api["StageName"])}
    expected = Metric("AWS/ApiGateway", "5XXError", frozenset(dimensions))
    assert expected in [metric_of(alarm) for alarm in alarms(build)]


def test_merging_templates_refuses_a_repeated_name(package: ModuleType, tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("Resources: {One: {}, Two: {}}\nParameters: {P: {}}", encoding="utf-8")
    second.write_text("Resources: {Three: {}}\nConditions: {C: {}}", encoding="utf-8")
    assert package.merge_templates([first, second]) == {
        "Resources": {"One": {}, "Two": {}, "Three": {}},
        "Parameters": {"P": {}},
        "Conditions": {"C": {}},
    }
    second.write_text("Resources: {Two: {}}", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"second.yaml repeats Two"):
        package.merge_templates([first, second])
