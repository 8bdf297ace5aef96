"""The key condition of a query. ministack reads and checks its syntax again for each item of the
partition, so that a query of a partition with 10,000 items takes a second."""

from __future__ import annotations

import re
from typing import Any

from ministack.services import dynamodb

_RANGE = re.compile(r"\(?(#?\w+) = (:\w+) AND (#?\w+) BETWEEN (:\w+) AND (:\w+)\)?")
"""A partition and a range of its sort keys, as the pages of a list are read."""


def apply() -> None:
    """Compare the keys of an item with such a condition directly."""
    evaluate = dynamodb._evaluate_condition

    def evaluate_range(expression: str, item: Any, values: Any, names: Any, **more: Any) -> bool:
        matched = _RANGE.fullmatch(expression)
        if matched is not None:
            partition, value, sort, lowest, highest = matched.groups()
            bounds = (values.get(lowest), item.get(names.get(sort, sort)), values.get(highest))
            low, text, high = ((each or {}).get("S") for each in bounds)
            if low is not None and text is not None and high is not None:
                of_item = item.get(names.get(partition, partition))
                return bool(of_item == values.get(value) and low <= text <= high)
        return bool(evaluate(expression, item, values, names, **more))

    dynamodb._evaluate_condition = evaluate_range
