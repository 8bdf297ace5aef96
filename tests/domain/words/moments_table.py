"""Whole seconds, as a table."""

from __future__ import annotations

from datetime import timedelta

from tests.domain.rows import Row
from tests.fakes import NOON

SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)
ROUNDED_UP = [
    Row("a whole second", NOON, (NOON,)),
    Row("an instant after it", NOON + SECOND, (NOON + INSTANT,)),
    Row("an instant before the next", NOON + SECOND, (NOON + SECOND - INSTANT,)),
]
