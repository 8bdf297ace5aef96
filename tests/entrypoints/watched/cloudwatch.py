"""What CloudWatch makes of a line in a log: the metrics in it, and those of a metric filter.

"Specification: Embedded metric format" (CloudWatch User Guide); "Filter pattern syntax" (CloudWatch
Logs User Guide), as far as patterns here go: strings that are equal, all of them.
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
    """What something is counted as. CloudWatch takes another set of dimensions for another."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, Any]] = frozenset()


def resources(kind: str, template: str = "alarms.yaml") -> dict[str, dict[str, Any]]:
    """The properties of all resources of this type, by their names."""
    read = yaml.safe_load((CHALICE / template).read_text(encoding="utf-8"))["Resources"]
    return {name: one["Properties"] for name, one in read.items() if one.get("Type") == kind}


def metric_of(alarm: Mapping[str, Any]) -> Metric:
    dimensions = ((one["Name"], str(one["Value"])) for one in alarm.get("Dimensions", ()))
    return Metric(alarm["Namespace"], alarm["MetricName"], frozenset(dimensions))


def raised_by(lines: Iterable[Line]) -> set[str]:
    """The alarms that look at anything that these lines count towards."""
    counted = {metric for line in lines for metric in (*embedded(line), *filtered(line))}
    return {name for name, alarm in resources(ALARM).items() if metric_of(alarm) in counted}


def embedded(line: Line) -> Iterator[Metric]:
    """The metrics that a line counts: of a zero there are none the more."""
    for told in line.get("_aws", {}).get("CloudWatchMetrics", ()):
        for one in told["Metrics"]:
            if not sum(line[one["Name"]]):
                continue
            for names in told["Dimensions"]:
                dimensions = frozenset((name, line[name]) for name in names)
                yield Metric(told["Namespace"], one["Name"], dimensions)


def filtered(line: Line) -> Iterator[Metric]:
    for one in resources(FILTER).values():
        if matches(one["FilterPattern"], line):
            for made in one["MetricTransformations"]:
                assert float(made["MetricValue"]) == 1
                yield Metric(made["MetricNamespace"], made["MetricName"])


_CONDITION = re.compile(r'\(\$\.(\w+) = "([^"\\]*)"\)')


def matches(pattern: str, line: Line) -> bool:
    """Whether the pattern finds this line. ValueError for what no pattern here is like."""
    conditions = _CONDITION.findall(pattern)
    written = " && ".join(f'($.{name} = "{value}")' for name, value in conditions)
    if not conditions or pattern != f"{{ {written} }}":
        raise ValueError(f"not understood: {pattern}")
    return all(line.get(name) == value for name, value in conditions)
