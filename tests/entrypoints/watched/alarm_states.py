"""CloudWatch's rule for the state of an alarm, and the mails that follow from its changes.

"Configuring how CloudWatch alarms treat missing data" and "Acting on alarm changes" (CloudWatch
User Guide): a new alarm has INSUFFICIENT_DATA. Actions belong to a change of the state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

OK, IN_ALARM, NO_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
ACTIONS = {OK: "OKActions", IN_ALARM: "AlarmActions", NO_DATA: "InsufficientDataActions"}


def next_state(alarm: Mapping[str, Any], points: Sequence[float | None], state: str) -> str:
    """Return the state after an evaluation of these data points, oldest first. None is a missing
    one. The range has as many as EvaluationPeriods, or some more."""
    missing, periods = alarm["TreatMissingData"], alarm["EvaluationPeriods"]
    breaching = [_breaches(alarm, point) for point in points if point is not None][-periods:]
    filled = {"breaching": True, "notBreaching": False}.get(missing)
    if filled is not None:
        breaching += [filled] * (periods - len(breaching))
    elif not breaching:
        return NO_DATA if missing == "missing" else state
    elif missing == "ignore" and len(breaching) < periods and all(breaching):
        return state
    return IN_ALARM if all(breaching) else OK


def mails(
    alarm: Mapping[str, Any], counts: Mapping[int, int], minutes: range, more: int = 0
) -> Iterator[tuple[int, str]]:
    """Yield each minute in which the alarm mails, with its new state.

    `counts` maps a minute to the metric's value. The alarm exists in `minutes`, and is evaluated in
    each. `more` is by how many periods its range exceeds EvaluationPeriods: AWS does not say.
    """
    state, period = NO_DATA, alarm["Period"] // 60
    length = alarm["EvaluationPeriods"] + more
    for minute in minutes:
        end = minute - minute % period
        points = [_sum(counts, end - n * period, period) for n in range(length, 0, -1)]
        before, state = state, next_state(alarm, points, state)
        if state != before and alarm.get(ACTIONS[state]):
            yield minute, state


def _sum(counts: Mapping[int, int], start: int, minutes: int) -> float | None:
    """Return the sum of a period. Without any value it is missing, and not 0."""
    values = [counts[minute] for minute in range(start, start + minutes) if minute in counts]
    return sum(values) if values else None


def _breaches(alarm: Mapping[str, Any], point: float) -> bool:
    is_below: bool = point < alarm["Threshold"]
    return is_below is (alarm["ComparisonOperator"] == "LessThanThreshold")
