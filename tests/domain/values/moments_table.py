"""Moments rounded up to a whole second."""

from datetime import timedelta

from chalicelib.domain.moments import round_up_to_second
from tests.domain.rows import Row
from tests.fakes import NOON

SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)
ROUNDED_UP = [
    Row("a whole second", NOON, NOON),
    Row("an instant after a whole second", NOON + SECOND, NOON + INSTANT),
]

RULES = [
    (round_up_to_second, ROUNDED_UP, 3),
]
