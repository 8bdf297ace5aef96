"""What CloudWatch makes of a line in a log: the metrics in it, and those of a metric filter.

"Specification: Embedded metric format" (CloudWatch User Guide); "Filter pattern syntax" (CloudWatch
Logs User Guide), as far as patterns here go: strings, `=`, `!=`, `&&`, `||` and brackets.
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


_TOKEN = re.compile(r'\s*(&&|\|\||!=|=|[(){}]|\$\.\w+|"[^"\\]*")')


def matches(pattern: str, line: Line) -> bool:
    """Whether the pattern finds this line. ValueError for what is no pattern of this kind."""
    tokens, at = [], 0
    while pattern[at:].strip():
        found = _TOKEN.match(pattern, at)
        if found is None:
            raise ValueError(f"not understood: {pattern[at:]}")
        tokens.append(found[1])
        at = found.end()
    if tokens[:1] != ["{"] or tokens[-1:] != ["}"]:
        raise ValueError("a pattern for JSON is in braces")
    rest = tokens[1:-1]
    result = _either(rest, line)
    if rest:
        raise ValueError(f"not understood: {rest}")
    return result


def _either(rest: list[str], line: Line) -> bool:
    result = _both(rest, line)
    while rest[:1] == ["||"]:
        del rest[0]
        result = _both(rest, line) or result
    return result


def _both(rest: list[str], line: Line) -> bool:
    result = _one(rest, line)
    while rest[:1] == ["&&"]:
        del rest[0]
        result = _one(rest, line) and result
    return result


def _one(rest: list[str], line: Line) -> bool:
    if rest[:1] == ["("]:
        del rest[0]
        result = _either(rest, line)
        if rest[:1] != [")"]:
            raise ValueError("a bracket is not closed")
        del rest[0]
        return result
    if len(rest) < 3 or not rest[0].startswith("$.") or not rest[2].startswith('"'):
        raise ValueError(f"not understood: {rest}")
    (name, sign, value), rest[:3] = rest[:3], []
    there, said = line.get(name[2:]), value[1:-1]
    if not isinstance(there, str):
        return False  # a field that is not there, or is no text, fits neither sign
    return (there == said) is (sign == "=")
