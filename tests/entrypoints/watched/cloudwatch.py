"""CloudWatch's view of a log line: the metrics embedded in it, and those of metric filters.

"Specification: Embedded metric format" (CloudWatch User Guide); "Filter pattern syntax" (CloudWatch
Logs User Guide), limited to the patterns used here: equal strings, joined by `&&`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.running import ROOT

CHALICE = ROOT / ".chalice"
ALARM, FILTER = "AWS::CloudWatch::Alarm", "AWS::Logs::MetricFilter"
Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric. In CloudWatch, the same name with other dimensions is another metric."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, Any]] = frozenset()


def resources(kind: str, template: str = "alarms.yaml") -> dict[str, dict[str, Any]]:
    """Map the names of all resources of this type to their properties."""
    return {
        name: resource["Properties"]
        for name, resource in read(template)["Resources"].items()
        if resource.get("Type") == kind
    }


@cache
def read(template: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((CHALICE / template).read_text(encoding="utf-8"))
    return content


def metric_of(alarm: Mapping[str, Any]) -> Metric:
    dimensions = frozenset(
        (dimension["Name"], str(dimension["Value"])) for dimension in alarm.get("Dimensions", ())
    )
    return Metric(alarm["Namespace"], alarm["MetricName"], dimensions)


def raised_by(lines: Iterable[Line]) -> set[str]:
    """Return the alarms on the metrics that these lines count."""
    counted = {metric for line in lines for metric in (*embedded(line), *filtered(line))}
    return {name for name, alarm in resources(ALARM).items() if metric_of(alarm) in counted}


def embedded(line: Line) -> Iterator[Metric]:
    """Yield the metrics that a line counts. A zero counts nothing."""
    for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
        for definition in directive["Metrics"]:
            if not sum(line[definition["Name"]]):
                continue
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, line[name]) for name in names)
                yield Metric(directive["Namespace"], definition["Name"], dimensions)


def filtered(line: Line) -> Iterator[Metric]:
    """Yield the metrics that metric filters count for a line."""
    for metric_filter in resources(FILTER).values():
        if matches(metric_filter["FilterPattern"], line):
            for transformation in metric_filter["MetricTransformations"]:
                assert float(transformation["MetricValue"]) == 1
                yield Metric(transformation["MetricNamespace"], transformation["MetricName"])


_CONDITION = re.compile(r'\(\$\.(\w+) = "([^"\\]*)"\)')


def matches(pattern: str, line: Line) -> bool:
    """Return whether the pattern matches this line. Raise ValueError for an unsupported pattern."""
    conditions = _CONDITION.findall(pattern)
    expected = " && ".join(f'($.{name} = "{value}")' for name, value in conditions)
    if not conditions or pattern != f"{{ {expected} }}":
        raise ValueError(f"unsupported pattern: {pattern}")
    return all(line.get(name) == value for name, value in conditions)
