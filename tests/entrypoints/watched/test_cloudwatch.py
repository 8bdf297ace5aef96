"""What stands in for CloudWatch in the tests of the alarms reads a line as CloudWatch does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.entrypoints.watched.cloudwatch import Metric, embedded, matches

LINE: dict[str, Any] = {"message": "sweep", "ended": "out-of-time", "checked": 3}


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ('{ ($.message = "sweep") }', True),
        ('{ ($.message = "watch") }', False),
        ('{ ($.absent = "sweep") }', False),
        ('{ ($.checked = "3") }', False),
        ('{ ($.message = "sweep") && ($.ended = "out-of-time") }', True),
        ('{ ($.message = "sweep") && ($.ended = "all-done") }', False),
    ],
)
def test_a_pattern_finds(pattern: str, *, found: bool) -> None:
    assert matches(pattern, LINE) is found


@pytest.mark.parametrize(
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
def test_what_is_no_pattern_finds_nothing_quietly(pattern: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        matches(pattern, LINE)


def test_a_metric_is_counted_once_for_each_set_of_its_dimensions() -> None:
    told = {"Namespace": "N", "Metrics": [{"Name": "M"}], "Dimensions": [["a", "b"], ["a"]]}
    line = {"_aws": {"CloudWatchMetrics": [told]}, "a": "1", "b": "2", "M": [1.0]}
    assert set(embedded(line)) == {
        Metric("N", "M", frozenset({("a", "1"), ("b", "2")})),
        Metric("N", "M", frozenset({("a", "1")})),
    }


def test_a_zero_counts_for_nothing() -> None:
    told = {"Namespace": "N", "Metrics": [{"Name": "M"}], "Dimensions": [[]]}
    assert list(embedded({"_aws": {"CloudWatchMetrics": [told]}, "M": [0.0]})) == []


@pytest.mark.parametrize("lacks", ["a", "M"])
def test_a_metric_without_its_dimension_or_its_number_is_an_error(lacks: str) -> None:
    told = {"Namespace": "N", "Metrics": [{"Name": "M"}], "Dimensions": [["a"]]}
    line = {"_aws": {"CloudWatchMetrics": [told]}, "a": "1", "M": [1.0]}
    del line[lacks]
    with pytest.raises(KeyError):
        list(embedded(line))
