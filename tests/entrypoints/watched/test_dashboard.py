"""The dashboard shows fields and metrics that exist, and whether the canary checks are off."""

import json
import re

from tests.entrypoints.watched.cloudwatch import Metric, embedded, read
from tests.rows import every

TEMPLATE = read("dashboard.yaml")
BODY, VARIABLES = TEMPLATE["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
REFERENCE = re.compile(r"\$\{([^!}]+)\}")
LOG_GROUP = "AWS::Logs::LogGroup"
APP = read("app.yaml")


def widgets(**values):
    """Return the widgets. A reference becomes its own name, except those in `values`."""
    text = REFERENCE.sub(lambda match: values.get(match[1], match[1]), BODY)
    return json.loads(text.replace("${!", "${"))["widgets"]


def test_every_metric_that_it_shows_is_counted(lines):
    counted = {metric for line in lines for metric in embedded(line)}
    shown = 0
    for widget in widgets():
        for metric in widget["properties"].get("metrics", ()):
            parts = [part for part in metric if isinstance(part, str)]
            if not parts or parts[0] != "Daypass":
                continue
            namespace, name, *dimensions = parts
            pairs = frozenset(zip(dimensions[::2], dimensions[1::2], strict=True))
            assert Metric(namespace, name, pairs) in counted
            shown += 1
    assert shown > 8


def test_every_metric_that_it_searches_for_has_those_dimensions(lines):
    counted = [metric for line in lines for metric in embedded(line)]
    text = json.dumps(widgets())
    searches = re.findall(r"SEARCH\('\{Daypass,([\w,]+)\} MetricName=\\+\"(\w+)\\+\"'", text)
    assert {name for _, name in searches} == {"RequestDecided"}
    for dimensions, name in searches:
        dimension_sets = [
            {key for key, _ in metric.dimensions} for metric in counted if metric.name == name
        ]
        assert set(dimensions.split(",")) in dimension_sets


def test_its_queries_use_fields_and_messages_of_the_log_lines(lines):
    logged_fields = {"@timestamp"} | {name for line in lines for name in line}
    queries = [widget["properties"]["query"] for widget in widgets() if widget["type"] == "log"]
    assert len(queries) == 3
    for query in queries:
        fields = re.search(r"\| fields ([^|]+) \|", query)
        assert set(fields[1].split(", ")) <= logged_fields
        (condition,) = re.findall(r"\| filter message ([^|]+)", query)
        for message in re.findall(r'"(\w+)"', condition):
            assert any(line.get("message") == message for line in lines)


# These functions raise no alerts: Static serves files, Notify sends messages about recorded
# entries, Publish sends them elsewhere, Overview reads, Digest signs, and the prober's functions
# call the API from outside.
WITHOUT_ALERTS = {
    "DigestLogs",
    "OverviewLogs",
    "StaticLogs",
    "NotifyLogs",
    "ProberLogs",
    "PublishLogs",
    "EnrolProberLogs",
}


def test_the_query_of_alerts_reads_the_log_of_every_function_that_raises_them():
    resources = APP["Resources"].items()
    groups = {name for name, resource in resources if resource.get("Type") == LOG_GROUP}
    (query,) = [
        widget["properties"]["query"]
        for widget in widgets()
        if widget["properties"].get("title") == "Alerts by name"
    ]
    assert set(re.findall(r"SOURCE '(\w+)'", query)) == groups - WITHOUT_ALERTS


def test_its_references_exist_in_the_template():
    existing = {*APP["Resources"], *APP["Parameters"], *VARIABLES, "AWS::Region", "AWS::StackName"}
    assert set(REFERENCE.findall(BODY)) <= existing


@every("canary, sentence", [(1, "once an hour"), (2, "Half of the prober is off")])
def test_it_says_whether_the_canary_checks_are_off(canary, sentence):
    condition, *texts = VARIABLES["Canary"]["Fn::If"]
    assert TEMPLATE["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "CanaryAccount"}, ""]}]
    }
    text = texts[canary - 1]
    text = text["Fn::Sub"] if isinstance(text, dict) else text
    (widget,) = [widget for widget in widgets(Canary=text) if widget["type"] == "text"]
    assert sentence in widget["properties"]["markdown"]


def test_widgets_do_not_overlap():
    cells = [
        {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        for widget in widgets()
    ]
    assert len(set().union(*cells)) == sum(map(len, cells))
    assert all(x < 24 for widget_cells in cells for x, _ in widget_cells)
