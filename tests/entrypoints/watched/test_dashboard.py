"""The dashboard shows what is written, and says whether half of the prober is off."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from tests.entrypoints.watched.cloudwatch import CHALICE, embedded

READ = yaml.safe_load((CHALICE / "dashboard.yaml").read_text(encoding="utf-8"))
BODY, VARIABLES = READ["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
REFERENCE = re.compile(r"\$\{([^!}]+)\}")
LOG_GROUP = "AWS::Logs::LogGroup"
APP: dict[str, Any] = yaml.safe_load((CHALICE / "app.yaml").read_text(encoding="utf-8"))


def widgets(**values: str) -> list[dict[str, Any]]:
    """As CloudFormation leaves it: what is referred to by its own name, but for these."""
    text = REFERENCE.sub(lambda found: values.get(found[1], found[1]), BODY)
    made: list[dict[str, Any]] = json.loads(text.replace("${!", "${"))["widgets"]
    return made


def test_every_metric_that_it_shows_is_counted(lines: list[dict[str, Any]]) -> None:
    counted = {
        (one.namespace, one.name, one.dimensions) for line in lines for one in embedded(line)
    }
    shown = 0
    for widget in widgets():
        for metric in widget["properties"].get("metrics", ()):
            named = [part for part in metric if isinstance(part, str)]
            if not named or named[0] != "Daypass":
                continue
            namespace, name, *dimensions = named
            pairs = frozenset(zip(dimensions[::2], dimensions[1::2], strict=True))
            assert (namespace, name, pairs) in counted
            shown += 1
    assert shown > 8


def test_what_it_searches_for_is_counted_with_those_dimensions(lines: list[dict[str, Any]]) -> None:
    counted = [one for line in lines for one in embedded(line)]
    text = json.dumps(widgets())
    searches = re.findall(r"SEARCH\('\{Daypass,([\w,]+)\} MetricName=\\+\"(\w+)\\+\"'", text)
    assert {name for _, name in searches} == {"Refusals", "StsErrors", "Events"}
    for dimensions, name in searches:
        of_this_name = [{key for key, _ in one.dimensions} for one in counted if one.name == name]
        assert set(dimensions.split(",")) in of_this_name


def test_its_queries_ask_for_what_the_lines_have(lines: list[dict[str, Any]]) -> None:
    known = {"@timestamp"} | {name for line in lines for name in line}
    queries = [one["properties"]["query"] for one in widgets() if one["type"] == "log"]
    assert len(queries) == 2
    for query in queries:
        fields = re.search(r"\| fields ([^|]+) \|", query)
        assert fields is not None
        assert set(fields[1].split(", ")) <= known
        (condition,) = re.findall(r"\| filter message ([^|]+)", query)
        for message in re.findall(r'"(\w+)"', condition):
            assert any(line.get("message") == message for line in lines)


# They tell the leads nothing: one reads what is the same for all, one tells what is on the trail,
# and the prober asks from outside.
TELL_NOBODY = {"StaticLogs", "NotifyLogs", "ProberLogs", "EnrolProberLogs"}


def test_what_the_leads_are_told_is_looked_for_in_the_log_of_every_function() -> None:
    groups = {name for name, one in APP["Resources"].items() if one.get("Type") == LOG_GROUP}
    (query,) = [
        one["properties"]["query"]
        for one in widgets()
        if one["properties"].get("title") == "Alerts"
    ]
    assert set(re.findall(r"SOURCE '(\w+)'", query)) == groups - TELL_NOBODY


def test_what_it_refers_to_is_in_the_template() -> None:
    known = {*APP["Resources"], *APP["Parameters"], *VARIABLES, "AWS::Region", "AWS::StackName"}
    assert set(REFERENCE.findall(BODY)) <= known


@pytest.mark.parametrize(
    ("canary", "says"), [(1, "once an hour"), (2, "Half of the prober is off")]
)
def test_it_says_whether_half_of_the_prober_is_off(canary: int, says: str) -> None:
    condition, *texts = VARIABLES["Canary"]["Fn::If"]
    assert READ["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "CanaryAccount"}, ""]}]
    }
    text = texts[canary - 1]
    text = text["Fn::Sub"] if isinstance(text, dict) else text
    (widget,) = [one for one in widgets(Canary=text) if one["type"] == "text"]
    assert says in widget["properties"]["markdown"]


def test_no_widget_lies_over_another() -> None:
    places = [
        {
            (x, y)
            for x in range(one["x"], one["x"] + one["width"])
            for y in range(one["y"], one["y"] + one["height"])
        }
        for one in widgets()
    ]
    assert len(set().union(*places)) == sum(map(len, places))
    assert all(x < 24 for place in places for x, _ in place)
