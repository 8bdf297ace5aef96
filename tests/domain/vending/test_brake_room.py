"""When a version of the brake has no room for the names that it denies, and ends everyone's
sessions instead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from string import ascii_lowercase, digits

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.identifiers import MEMBER_ID_MAX, build_session_name
from chalicelib.domain.vending.cut_off.brake_version import (
    MEMBERS_WITH_ROOM,
    SESSIONS_WITH_ROOM,
    WIDENED,
    is_widened,
)
from chalicelib.domain.vending.cut_off.cut_offs import (
    MAX_ALL_NAMES,
    MAX_CUT_OFFS,
    MAX_NAMES,
    CutOff,
    RoleCutOffs,
)
from chalicelib.domain.vending.cut_off.view import build_cut_off_view
from tests.builders import a_cut_off, a_seen_cut_off, role_cut_offs
from tests.fakes import NOON

SHORTEST_ROLE = "arn:aws:iam::987654321098:role/R"
LONGEST_ROLE = f"arn:aws-us-gov:iam::987654321098:role/{'p' * 510}/{'r' * 64}"
DOCUMENT = Path("docs/revocation.md").read_text(encoding="utf-8")


def of_members(count: int, length: int) -> tuple[CutOff, ...]:
    """Return cut-offs of this number of members with IDs of this length, each at a second of its
    own."""
    last = (ascii_lowercase + digits)[:count]
    return tuple(
        a_cut_off(member=each.rjust(length, "m"), issued_until=NOON + timedelta(seconds=second))
        for second, each in enumerate(last)
    )


def of_sessions(count: int, length: int, *, is_agent: bool) -> tuple[CutOff, ...]:
    """Return one cut-off of this number of sessions."""
    names = (
        build_session_name("m" * length, f"{number:016x}", is_agent=is_agent)
        for number in range(count)
    )
    return (a_cut_off(sessions=tuple(names)),)


def count_until_widened(role_arn: str, build: Callable[[int], tuple[CutOff, ...]]) -> int:
    """Return the largest number of names with which the brake still spares everyone else."""

    def fits(count: int) -> bool:
        return not is_widened(role_cut_offs(*build(count), role_arn=role_arn), NOON)

    return next(count for count in range(1, 1000) if not fits(count + 1))


def test_the_numbers_of_names_with_room_are_computed() -> None:
    assert (
        count_until_widened(LONGEST_ROLE, lambda count: of_members(count, MEMBER_ID_MAX)),
        count_until_widened(SHORTEST_ROLE, lambda count: of_members(count, 1)),
    ) == MEMBERS_WITH_ROOM
    most = count_until_widened(SHORTEST_ROLE, lambda count: of_sessions(count, 1, is_agent=False))
    assert (
        count_until_widened(
            LONGEST_ROLE, lambda count: of_sessions(count, MEMBER_ID_MAX, is_agent=True)
        ),
        min(MAX_ALL_NAMES, most),
    ) == SESSIONS_WITH_ROOM


@pytest.mark.parametrize(
    "sentence",
    [
        f"of the {MEMBERS_WITH_ROOM[0] + 1}th to the {MEMBERS_WITH_ROOM[1] + 1}th member",
        f"of the {SESSIONS_WITH_ROOM[0] + 1}th to the {SESSIONS_WITH_ROOM[1] + 1}st single session",
        f"of the {MAX_CUT_OFFS + 1}st cut-off",
        f"more than {MAX_NAMES} single sessions",
    ],
)
def test_the_documentation_has_the_numbers(sentence: str) -> None:
    assert sentence in " ".join(DOCUMENT.split())


@pytest.mark.parametrize(("count", "is_said"), [(14, False), (30, True)])
def test_a_cut_off_says_that_it_ends_everyones_sessions(count: int, *, is_said: bool) -> None:
    def message_of(*cut_offs: CutOff, method: CutOffMethod = CutOffMethod.BRAKE) -> str:
        stored: RoleCutOffs = role_cut_offs(*cut_offs, method=method)
        return build_cut_off_view(stored, cut_offs[0], NOON).message

    first, *others = of_members(count, 8)
    seen = a_seen_cut_off(member=first.member, issued_until=first.issued_until)
    assert (WIDENED in message_of(seen, *others)) is is_said
    assert WIDENED not in message_of(first, *others)  # not written yet
    assert WIDENED not in message_of(seen, *others, method=CutOffMethod.NONE)
