"""The dashboard shows metrics and fields that exist, and whether the canary check is off."""

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
    """Return the widgets with these values; other references become their own names."""
    text = REFERENCE.sub(lambda match: values.get(match[1], match[1]), BODY)
    made: list[dict[str, Any]] = json.loads(text.replace("${!", "${"))["widgets"]
    return made


def test_every_metric_that_it_shows_is_counted(lines: list[dict[str, Any]]) -> None:
    counted = {
        (metric.namespace, metric.name, metric.dimensions)
        for line in lines
        for metric in embedded(line)
    }
    shown = 0
    for widget in widgets():
        for metric in widget["properties"].get("metrics", ()):
            parts = [part for part in metric if isinstance(part, str)]
            if not parts or parts[0] != "Daypass":
                continue
            namespace, name, *dimensions = parts
            pairs = frozenset(zip(dimensions[::2], dimensions[1::2], strict=True))
            assert (namespace, name, pairs) in counted
            shown += 1
    assert shown > 8


def test_every_searched_metric_is_counted_with_its_dimensions(lines: list[dict[str, Any]]) -> None:
    counted = [metric for line in lines for metric in embedded(line)]
    text = json.dumps(widgets())
    searches = re.findall(r"SEARCH\('\{Daypass,([\w,]+)\} MetricName=\\+\"(\w+)\\+\"'", text)
    assert {name for _, name in searches} == {"Refusals", "StsErrors", "Events"}
    for dimensions, name in searches:
        of_this_name = [
            {key for key, _ in metric.dimensions} for metric in counted if metric.name == name
        ]
        assert set(dimensions.split(",")) in of_this_name


def test_its_queries_use_fields_of_the_log_lines(lines: list[dict[str, Any]]) -> None:
    fields_logged = {"@timestamp"} | {name for line in lines for name in line}
    queries = [widget["properties"]["query"] for widget in widgets() if widget["type"] == "log"]
    assert len(queries) == 2
    for query in queries:
        fields = re.search(r"\| fields ([^|]+) \|", query)
        assert fields is not None
        assert set(fields[1].split(", ")) <= fields_logged
        (condition,) = re.findall(r"\| filter message ([^|]+)", query)
        for message in re.findall(r'"(\w+)"', condition):
            assert any(line.get("message") == message for line in lines)


# These functions raise no alerts.
WITHOUT_ALERTS = {"StaticLogs", "NotifyLogs", "ProberLogs", "EnrolProberLogs"}


def test_the_alerts_widget_reads_the_log_of_every_other_function() -> None:
    groups = {name for name, item in APP["Resources"].items() if item.get("Type") == LOG_GROUP}
    (query,) = [
        widget["properties"]["query"]
        for widget in widgets()
        if widget["properties"].get("title") == "Alerts"
    ]
    assert set(re.findall(r"SOURCE '(\w+)'", query)) == groups - WITHOUT_ALERTS


def test_every_reference_exists_in_the_template() -> None:
    names = {*APP["Resources"], *APP["Parameters"], *VARIABLES, "AWS::Region", "AWS::StackName"}
    assert set(REFERENCE.findall(BODY)) <= names


@pytest.mark.parametrize(
    ("canary", "text_part"), [(1, "once an hour"), (2, "Half of the prober is off")]
)
def test_it_shows_whether_the_canary_check_is_off(canary: int, text_part: str) -> None:
    condition, *texts = VARIABLES["Canary"]["Fn::If"]
    assert READ["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "CanaryAccount"}, ""]}]
    }
    text = texts[canary - 1]
    text = text["Fn::Sub"] if isinstance(text, dict) else text
    (widget,) = [widget for widget in widgets(Canary=text) if widget["type"] == "text"]
    assert text_part in widget["properties"]["markdown"]


def test_no_widgets_overlap() -> None:
    areas = [
        {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        for widget in widgets()
    ]
    assert len(set().union(*areas)) == sum(map(len, areas))
    assert all(x < 24 for area in areas for x, _ in area)
