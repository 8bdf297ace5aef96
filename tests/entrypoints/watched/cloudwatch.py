"""The metrics that CloudWatch takes from a log line: embedded ones, and those of metric filters.

"Specification: Embedded metric format" (CloudWatch User Guide); "Filter pattern syntax" (CloudWatch
Logs User Guide). Patterns here only compare strings, joined by "and".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.running import ROOT

CHALICE = ROOT / ".chalice"
ALARM, FILTER = "AWS::CloudWatch::Alarm", "AWS::Logs::MetricFilter"
Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric. In CloudWatch, each set of dimensions is a metric of its own."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, Any]] = frozenset()


def resources(kind: str, template: str = "alarms.yaml") -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of this type, by name."""
    read = yaml.safe_load((CHALICE / template).read_text(encoding="utf-8"))["Resources"]
    return {name: item["Properties"] for name, item in read.items() if item.get("Type") == kind}


def metric_of(alarm: Mapping[str, Any]) -> Metric:
    dimensions = ((item["Name"], str(item["Value"])) for item in alarm.get("Dimensions", ()))
    return Metric(alarm["Namespace"], alarm["MetricName"], frozenset(dimensions))


def raised_by(lines: Iterable[Line]) -> set[str]:
    """Return the alarms on the metrics of these lines."""
    counted = {metric for line in lines for metric in (*embedded(line), *filtered(line))}
    return {name for name, alarm in resources(ALARM).items() if metric_of(alarm) in counted}


def embedded(line: Line) -> Iterator[Metric]:
    """Yield the embedded metrics of a line, except those of zero."""
    for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
        for metric in directive["Metrics"]:
            if not sum(line[metric["Name"]]):
                continue
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, line[name]) for name in names)
                yield Metric(directive["Namespace"], metric["Name"], dimensions)


def filtered(line: Line) -> Iterator[Metric]:
    for filter_ in resources(FILTER).values():
        if matches(filter_["FilterPattern"], line):
            for transformation in filter_["MetricTransformations"]:
                assert float(transformation["MetricValue"]) == 1
                yield Metric(transformation["MetricNamespace"], transformation["MetricName"])


_CONDITION = re.compile(r'\(\$\.(\w+) = "([^"\\]*)"\)')


def matches(pattern: str, line: Line) -> bool:
    """Return whether the pattern matches this line. ValueError for an unsupported pattern."""
    conditions = _CONDITION.findall(pattern)
    written = " && ".join(f'($.{name} = "{value}")' for name, value in conditions)
    if not conditions or pattern != f"{{ {written} }}":
        raise ValueError(f"not understood: {pattern}")
    return all(line.get(name) == value for name, value in conditions)
