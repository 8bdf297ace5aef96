"""Blocks: when a request to lift a freeze counts, and how many wrong codes Daypass compares."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.blocks import Block, LiftRequest
from tests.builders import a_block
from tests.domain.rows import Row
from tests.domain.vending.sessions_table import TICK
from tests.fakes import NOON

DAY = timedelta(hours=24)
REQUEST = LiftRequest(lead="lena", at=NOON, reason="found the laptop")
LIFTED_FREEZE, LIFTED_PAUSE = a_block(lifted_at=NOON), a_block("acme-prod", lifted_at=NOON)
FREEZE, PAUSE = a_block(), a_block("acme-prod")

COUNTS = [
    Row("a request just now", expected=True, arguments=(REQUEST, NOON)),
    Row(
        "a request of 24 hours ago, less an instant",
        expected=True,
        arguments=(REQUEST, NOON + DAY - TICK),
    ),
    Row("a request of 24 hours ago", expected=False, arguments=(REQUEST, NOON + DAY)),
]
COVERS = [
    Row("a freeze", expected=True, arguments=(FREEZE, "acme-prod")),
    Row("the pause of the engagement", expected=True, arguments=(PAUSE, "acme-prod")),
    Row("the pause of another engagement", expected=False, arguments=(PAUSE, "globex")),
]
BLOCK_REASONS = [
    Row("nothing", None, ()),
    Row("no block", None, (None, None)),
    Row("a freeze", Reason.FROZEN, (FREEZE, None)),
    Row("a pause", Reason.PAUSED_BY_CLIENT, (None, PAUSE)),
    Row("both", Reason.FROZEN, (FREEZE, PAUSE)),
    Row("a lifted freeze and a pause", Reason.PAUSED_BY_CLIENT, (LIFTED_FREEZE, PAUSE)),
    Row("a freeze and a lifted pause", Reason.FROZEN, (FREEZE, LIFTED_PAUSE)),
    Row("both lifted", None, (LIFTED_FREEZE, LIFTED_PAUSE)),
]


def wrong(count: int, since: Any = NOON) -> Block:
    return a_block("acme-prod", wrong_codes=count, wrong_codes_since=since)


QUARTER = timedelta(minutes=15)


def counted(name: str, expected: Any, block: Block, now: Any = NOON) -> Row:
    """Return a row that expects this count since this time, or None."""
    fields = ("wrong_codes", "wrong_codes_since", "version")
    result = expected and dict(zip(fields, (*expected, 2), strict=True))
    return Row(name, result, (block, now))


LATER = NOON + QUARTER
COUNTED = [
    counted("the first code", (1, NOON), wrong(0, None)),
    counted("the second code", (2, NOON), wrong(1), LATER - TICK),
    counted("the fifth code", (5, NOON), wrong(4)),
    counted("the sixth code", None, wrong(5)),
    counted("the sixth code, in the last instant", None, wrong(5), LATER - TICK),
    counted("the sixth code, 15 minutes later", (1, LATER), wrong(5), LATER),
]  # fmt: skip
