"""What DynamoDB put off is tried again, with pauses, for half a second in all."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from chalicelib.adapters.dynamodb import retries
from chalicelib.adapters.dynamodb.failures import Busy
from chalicelib.adapters.dynamodb.retries import retry_while_busy
from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason


@dataclass
class Clock:
    """Its own time, in which only pauses take any: each as long as it is told."""

    pauses: float
    at: float = 1000.0
    asked: list[tuple[int, float]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def pause(self, tries: int, longest: float) -> float:
        self.asked.append((tries, longest))
        return self.pauses


def clock(monkeypatch: pytest.MonkeyPatch, pauses: float) -> Clock:
    made = Clock(pauses)
    monkeypatch.setattr(retries, "time", made)
    monkeypatch.setattr(retries, "pause", made.pause)
    return made


def busy() -> str:
    raise Busy


@pytest.mark.parametrize("conflicts", [0, 1, 3])
def test_it_waits_longer_each_time_and_gives_what_comes_in_the_end(
    monkeypatch: pytest.MonkeyPatch, conflicts: int
) -> None:
    time = clock(monkeypatch, 0.125)

    def act() -> str:
        return busy() if len(time.slept) < conflicts else "done"

    assert retry_while_busy(act) == "done"
    assert time.asked == [(tries, 0.16) for tries in range(conflicts)]
    assert time.slept == [0.125] * conflicts


@pytest.mark.parametrize(("pauses", "tries"), [(0.125, 4), (0.25, 2), (0.3, 1), (0.6, 0)])
def test_it_gives_up_where_the_next_pause_would_take_it_past_half_a_second(
    monkeypatch: pytest.MonkeyPatch, pauses: float, tries: int
) -> None:
    time = clock(monkeypatch, pauses)
    with pytest.raises(Unavailable) as given_up:
        retry_while_busy(busy)
    assert given_up.value.reason is Reason.RECORDS_UNAVAILABLE
    assert len(time.slept) == tries


def test_what_has_changed_meanwhile_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    time = clock(monkeypatch, 0.125)

    def changed() -> None:
        raise FactsChanged

    with pytest.raises(FactsChanged):
        retry_while_busy(changed)
    assert time.slept == []
