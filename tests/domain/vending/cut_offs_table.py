"""The cut-offs that an earlier one covers: a row for each condition."""

# ruff: noqa: FBT003 (in a table the answer has its column)

from datetime import timedelta
from typing import Any

from chalicelib.domain.vending.cut_off.limits import _covers
from tests.builders import a_cut_off
from tests.domain.rows import Row
from tests.fakes import NOON

SECOND = timedelta(seconds=1)
ALICE, BOB = {"member": "alice"}, {"member": "bob"}
REVOKED = {"revoked_at": NOON}


def covered(name: str, expected: bool, earlier: dict[str, Any], **later: Any) -> Row:  # noqa: FBT001
    """Return a row: whether the earlier cut-off of everyone's sessions covers the later one."""
    return Row(name, expected, a_cut_off(**earlier), a_cut_off(**later))


LATER = {"issued_until": NOON + SECOND}
COVERED = [
    covered("the same", True, {}),
    covered("until a second later", False, {}, **LATER),
    covered("until a second earlier", True, LATER),
    covered("the same revocation, repeated", True, REVOKED, **REVOKED, **LATER),
    covered("another revocation", False, REVOKED, revoked_at=NOON + SECOND, **LATER),
    covered("of another ARN", False, {"role_arn": "arn:aws:iam::123456789012:role/Old"}),
    covered("one member's by everyone's", True, {}, **ALICE),
    covered("everyone's by one member's", False, ALICE),
    covered("one member's by their own", True, ALICE, **ALICE),
    covered("another member's", False, BOB, **ALICE),
    covered("a session by it and another", True, {"sessions": ("a", "b")}, sessions=("a",)),
    covered("the same session", True, {"sessions": ("a",)}, sessions=("a",)),
    covered("a session by another", False, {"sessions": ("a",)}, sessions=("b",)),
    covered("everyone's by a session", False, {"sessions": ("a",)}),
    covered("a session by everyone's", True, {}, sessions=("a",)),
]

RULES = [
    (_covers, COVERED, 7),
]
