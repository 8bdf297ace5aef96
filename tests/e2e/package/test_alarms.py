"""The alarms fit the template that they are merged into."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.e2e.package.building import Build
from tests.entrypoints.watched.cloudwatch import ALARM, Metric, metric_of

# Who invokes these is told at once what came of it.
BY_THE_OPERATOR = {"FirstLead", "RecoverLead", "EnrolProber"}


def alarms(build: Build) -> list[dict[str, Any]]:
    matches = build.template()["Resources"].values()
    return [item["Properties"] for item in matches if item["Type"] == ALARM]


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_that_nobody_waits_beside_is_looked_at(build: Build, metric: str) -> None:
    functions = {
        name
        for name, item in build.template()["Resources"].items()
        if item["Type"] == "AWS::Serverless::Function"
    }
    looked_at = [
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in alarms(build)
        if (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", metric)
    ]
    assert sorted(looked_at) == sorted(functions - BY_THE_OPERATOR)


def test_the_api_is_known_by_the_name_and_the_stage_that_it_has(build: Build) -> None:
    api = build.template()["Resources"]["RestAPI"]["Properties"]
    items = {("ApiName", api["DefinitionBody"]["info"]["title"]), ("Stage", api["StageName"])}
    expected = Metric("AWS/ApiGateway", "5XXError", frozenset(items))
    assert expected in [metric_of(alarm) for alarm in alarms(build)]


def test_no_part_of_the_template_takes_the_place_of_another(
    package: ModuleType, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("Resources: {One: {}, Two: {}}\nParameters: {P: {}}", encoding="utf-8")
    second.write_text("Resources: {Three: {}}\nConditions: {C: {}}", encoding="utf-8")
    assert package.merged([first, second]) == {
        "Resources": {"One": {}, "Two": {}, "Three": {}},
        "Parameters": {"P": {}},
        "Conditions": {"C": {}},
    }
    second.write_text("Resources: {Two: {}}", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"second.yaml repeats Two"):
        package.merged([first, second])
