"""Blocks: when a request to lift one counts, and what a press of the pause button adds."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.onboarding.links import PauseCodes, count_code
from chalicelib.domain.vending.blocks import (
    MAX_LOCKS,
    Block,
    LiftRequest,
    Lock,
    add_lock,
    find_block_reason,
)
from tests.builders import a_block, a_link
from tests.domain.rows import Row, no, yes
from tests.fakes import NOON

DAY = timedelta(hours=24)
REQUEST = LiftRequest(
    lead="lena", at=NOON, reason="found the laptop", counts_from=NOON, ends_at=NOON + DAY
)
LIFTED_FREEZE, LIFTED_PAUSE = a_block(lifted_at=NOON), a_block("acme-prod", lifted_at=NOON)
FREEZE, PAUSE = a_block(), a_block("acme-prod")

COUNTS = [
    yes("a request just now", REQUEST, NOON),
    no("a request of 24 hours ago", REQUEST, NOON + DAY),
]
COVERS = [
    yes("a freeze", FREEZE, "acme-prod"),
    yes("the pause of the engagement", PAUSE, "acme-prod"),
    no("the pause of another engagement", PAUSE, "globex"),
]
BLOCK_REASONS = [
    Row(
        "nothing",
        None,
    ),
    Row("no block", None, None, None),
    Row("a lifted freeze and a pause", "paused-by-client", LIFTED_FREEZE, PAUSE),
    Row("a freeze and a lifted pause", "frozen", FREEZE, LIFTED_PAUSE),
]


LINK = a_link().hash
QUARTER = timedelta(minutes=15)


def counted(name: str, expected: Any, tried: tuple[int, Any] | None, now: Any = NOON) -> Row:
    """Return a row that expects this count since this time, or None."""
    fields = ("count", "since", "version")
    result = expected and dict(zip(fields, (*expected, 2 if tried else 1), strict=True))
    codes = PauseCodes(link=LINK, count=tried[0], since=tried[1]) if tried else None
    return Row(name, result, codes, LINK, now)


LATER = NOON + QUARTER
COUNTED = [
    counted("the first code", (1, NOON), None),
    counted("the tenth code", (10, NOON), (9, NOON)),
    counted("one more", None, (10, NOON)),
    counted("one more, 15 minutes later", (1, LATER), (10, NOON), LATER),
]

CODES = tuple(Lock(code_hash=f"{number:064x}", at=NOON, link="link") for number in range(MAX_LOCKS))


SAME: dict[str, Any] = {"version": 1}


def pressed(name: str, block: Block, lock: Lock, expected: dict[str, Any]) -> Row:
    """Return a row that expects these fields after a press."""
    return Row(name, {"version": 2, "lift_request": None} | expected, block, lock)


def pause_with(*locks: Lock, **changes: Any) -> Block:
    return a_block("acme-prod", locks=locks, **changes)


FULL, FIRST, SECOND, NEW = CODES, CODES[0], CODES[1], CODES[-1]
PRESSED = [
    pressed("a second press", pause_with(FIRST), SECOND, {"locks": (FIRST, SECOND)}),
    pressed("one more", pause_with(*FULL[1:], SECOND), FIRST, {"is_sealed": True}),
    pressed("the same code", pause_with(FIRST), FIRST, SAME),
    pressed(
        "the same code leaves a sealed pause sealed",
        pause_with(FIRST, is_sealed=True, lift_request=REQUEST),
        FIRST,
        {"locks": (FIRST,), "is_sealed": True},
    ),
]

RULES = [
    (find_block_reason, BLOCK_REASONS, 2),
    (Block.covers, COVERS, 1),
    (LiftRequest.is_valid, COUNTS, 1),
    (count_code, COUNTED, 4),
    (add_lock, PRESSED, 6),
]
