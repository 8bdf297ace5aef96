"""The stand-in for CloudWatch in the alarms' tests reads a line as CloudWatch does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.entrypoints.watched.cloudwatch import Metric, embedded, matches
from tests.rows import every

LINE: dict[str, Any] = {"message": "sweep", "ended": "out-of-time", "checked": 3}


@every(
    "pattern, matched",
    [
        ('{ ($.message = "sweep") }', True),
        ('{ ($.message = "watch") }', False),
        ('{ ($.absent = "sweep") }', False),
        ('{ ($.checked = "3") }', False),
        ('{ ($.message = "sweep") && ($.ended = "out-of-time") }', True),
        ('{ ($.message = "sweep") && ($.ended = "all-done") }', False),
    ],
)
def test_a_pattern_matches_equal_fields(pattern: str, *, matched: bool) -> None:
    assert matches(pattern, LINE) is matched


@every(
    "pattern",
    [
        "",
        "sweep",
        "{ }",
        '($.message = "sweep")',
        '{ ($.message != "sweep") }',
        '{ ($.a = "b") && }',
    ],
)
def test_an_unsupported_pattern_is_an_error(pattern: str) -> None:
    with pytest.raises(ValueError, match="unsupported pattern"):
        matches(pattern, LINE)


def test_a_metric_is_counted_once_for_each_set_of_its_dimensions() -> None:
    directive = {"Namespace": "N", "Metrics": [{"Name": "M"}], "Dimensions": [["a", "b"], ["a"]]}
    line = {"_aws": {"CloudWatchMetrics": [directive]}, "a": "1", "b": "2", "M": [1.0]}
    assert set(embedded(line)) == {
        Metric("N", "M", frozenset({("a", "1"), ("b", "2")})),
        Metric("N", "M", frozenset({("a", "1")})),
    }


def test_a_zero_counts_for_nothing() -> None:
    directive = {"Namespace": "N", "Metrics": [{"Name": "M"}], "Dimensions": [[]]}
    assert list(embedded({"_aws": {"CloudWatchMetrics": [directive]}, "M": [0.0]})) == []


@every("missing", ["a", "M"])
def test_a_metric_without_its_dimension_or_its_number_is_an_error(missing: str) -> None:
    directive = {"Namespace": "N", "Metrics": [{"Name": "M"}], "Dimensions": [["a"]]}
    line = {"_aws": {"CloudWatchMetrics": [directive]}, "a": "1", "M": [1.0]}
    del line[missing]
    with pytest.raises(KeyError):
        list(embedded(line))
