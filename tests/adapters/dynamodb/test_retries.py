"""Requests that DynamoDB refuses as busy are retried, with pauses, for half a second in all."""

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
    """A clock that only pauses advance, each by `pauses` seconds."""

    pauses: float
    at: float = 1000.0
    pause_calls: list[tuple[int, float]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def pause(self, tries: int, longest: float) -> float:
        self.pause_calls.append((tries, longest))
        return self.pauses


def clock(monkeypatch: pytest.MonkeyPatch, pauses: float) -> Clock:
    fake_clock = Clock(pauses)
    monkeypatch.setattr(retries, "time", fake_clock)
    monkeypatch.setattr(retries, "random_pause_seconds", fake_clock.pause)
    return fake_clock


def raise_busy() -> str:
    raise Busy


@pytest.mark.parametrize("conflicts", [0, 1, 3])
def test_it_waits_longer_each_time_and_returns_the_result(
    monkeypatch: pytest.MonkeyPatch, conflicts: int
) -> None:
    time = clock(monkeypatch, 0.125)

    def act() -> str:
        return raise_busy() if len(time.slept) < conflicts else "done"

    assert retry_while_busy(act) == "done"
    assert time.pause_calls == [(tries, 0.16) for tries in range(conflicts)]
    assert time.slept == [0.125] * conflicts


@pytest.mark.parametrize(("pauses", "tries"), [(0.125, 4), (0.25, 2), (0.3, 1), (0.6, 0)])
def test_it_gives_up_before_a_pause_that_would_pass_half_a_second(
    monkeypatch: pytest.MonkeyPatch, pauses: float, tries: int
) -> None:
    time = clock(monkeypatch, pauses)
    with pytest.raises(Unavailable) as given_up:
        retry_while_busy(raise_busy)
    assert given_up.value.reason is Reason.RECORDS_UNAVAILABLE
    assert len(time.slept) == tries


def test_a_failed_condition_is_not_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    time = clock(monkeypatch, 0.125)

    def changed() -> None:
        raise FactsChanged

    with pytest.raises(FactsChanged):
        retry_while_busy(changed)
    assert time.slept == []
