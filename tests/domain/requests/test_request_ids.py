"""The moment in a request's ID."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from chalicelib.domain.requests.requests import moment_of_request, new_request_id
from tests.fakes import NOON


@given(some.integers(0, 2**33), some.binary(min_size=5, max_size=5))
def test_a_requests_id_has_its_time_in_whole_seconds(seconds, noise):
    moment = NOON + timedelta(seconds=seconds, milliseconds=999)
    asked_at = moment_of_request(new_request_id("a.b-c", moment, lambda _: noise))
    assert asked_at == moment.replace(microsecond=0)


@given(some.text(max_size=40) | some.text("0123456789abcdefghijklmnopqrstuv.=", max_size=40))
def test_any_other_text_has_a_time_or_none(text):
    assert isinstance(moment_of_request(text), datetime | None)
