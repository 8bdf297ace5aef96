"""The outcome of a request, and the moment in its ID."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from chalicelib.domain.requests.outcomes import find_decided_request
from chalicelib.domain.requests.requests import moment_of_request, new_request_id
from tests.domain.requests.outcomes_table import DECIDED
from tests.domain.rows import Row
from tests.fakes import NOON
from tests.rows import every


@every("row", DECIDED)
def test_an_entry_decides_a_request_or_none(row: Row) -> None:
    assert row.result_of(find_decided_request) == row.expected


@given(some.integers(0, 2**33), some.binary(min_size=5, max_size=5))
def test_a_requests_id_has_its_time_in_whole_seconds(seconds: int, noise: bytes) -> None:
    moment = NOON + timedelta(seconds=seconds, milliseconds=999)
    asked_at = moment_of_request(new_request_id("a.b-c", moment, lambda _: noise))
    assert asked_at == moment.replace(microsecond=0)


@given(some.text(max_size=40) | some.text("0123456789abcdefghijklmnopqrstuv.=", max_size=40))
def test_any_other_text_has_a_time_or_none(text: str) -> None:
    assert isinstance(moment_of_request(text), datetime | None)
