"""What a role has to refuse: no external ID, a wrong one, and what comes near the right one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chalicelib.domain.identifiers import EXTERNAL_ID, EXTERNAL_ID_PREFIX
from chalicelib.domain.values import Value
from chalicelib.domain.verification.probe_variants import FULL, PLAIN, VARIANTS, ProbeVariant
from chalicelib.domain.verification.proof import Check

_TAKEN_BY_STS = re.compile(EXTERNAL_ID, re.ASCII)


class WrongId(Value, frozen=True, kw_only=True):
    """An external ID that is to be refused, and the check that it belongs to."""

    check: Check
    external_id: str | None
    in_all_dresses: bool = False
    """Whether a full check tries it in every dress, and not just as a vend would and bare."""
    daily: bool = False
    """Whether the daily check tries it too."""


def wrong_ids(right: str, wrong: str, retired: Sequence[str] = ()) -> tuple[WrongId, ...]:
    """Return all that a check tries instead of the right external ID.

    `wrong` is a fresh ID of our own; its end is as short a one as STS takes. The near misses are
    what the patterns take that a client may have written: `ID*`, `*ID`, one of its halves and `*`,
    `ID` with a `?`. Every pattern with a `*` that takes the right one takes it written twice.
    `retired` are the IDs that earlier rotations replaced.
    """
    swapped = other_case(right)
    return (
        WrongId(check=Check.NO_ID, external_id=None, in_all_dresses=True, daily=True),
        WrongId(check=Check.WRONG_ID, external_id=wrong, in_all_dresses=True, daily=True),
        *(WrongId(check=Check.WRONG_ID, external_id=one) for one in [wrong[-2:]] if one != right),
        *(WrongId(check=Check.OTHER_CASE, external_id=one, daily=True) for one in [swapped] if one),
        *(
            WrongId(check=Check.NEAR_MISS, external_id=one, daily=one in _nearest(right))
            for one in _near_misses(right, wrong)
        ),
        *(WrongId(check=Check.RETIRED_ID, external_id=one, daily=True) for one in retired),
    )


def tried_in(one: WrongId, vend: ProbeVariant, *, is_full: bool) -> tuple[ProbeVariant, ...]:
    """The dresses in which a check tries it, full or daily; `vend` is the one that a vend wears."""
    both = tuple(dict.fromkeys((vend, PLAIN)))
    if is_full:
        return VARIANTS if one.in_all_dresses else both
    if not one.daily:
        return ()
    return both if one.check is Check.NO_ID else (vend,)


def other_case(external_id: str) -> str | None:
    """The external ID in a different letter case; None if it has no letters."""
    swapped = external_id.swapcase()
    return None if swapped == external_id else swapped


def _near_misses(right: str, wrong: str) -> list[str]:
    """Each once, without those that STS would not take, and those that are the right one."""
    middle = len(right) // 2
    first, second = right[:middle], right[middle:]
    other = (wrong * (len(right) // len(wrong) + 1))[: len(right)]
    near = [
        *_nearest(right),
        # With a nought before it, an ID of digits alone is still the same number.
        "0" + right,
        right + "0",
        right[:-1],
        right[1:],
        _another(right[0]) + right[1:],
        first + _another(second[0]) + second[1:],
        first,
        second,
        first + other[middle:],
        other[:middle] + second,
    ]
    return [one for one in dict.fromkeys(near) if one != right and _TAKEN_BY_STS.fullmatch(one)]


def _nearest(right: str) -> tuple[str, str]:
    """What the two kinds of pattern take: one with a `*`, and one with a `?` at its end."""
    return right + right, right[:-1] + _another(right[-1])


def _another(character: str) -> str:
    """Another character, and not only in its letter case."""
    return "b" if character in "aA" else "a"


def calls_of_a_check(*, is_full: bool, retired: int = 0) -> int:
    """Return the number of AssumeRole calls of a check that the role never refuses, with this many
    retired external IDs. Each is an event in the client's CloudTrail."""
    ours = wrong_ids(EXTERNAL_ID_PREFIX + "a2" * 16, EXTERNAL_ID_PREFIX + "b3" * 16, [""] * retired)
    right = 2 * len(VARIANTS) if is_full else 2
    return right + sum(len(tried_in(one, FULL, is_full=is_full)) for one in ours)


CALLS_OF_A_FULL_CHECK = calls_of_a_check(is_full=True)
CALLS_OF_A_DAILY_CHECK = calls_of_a_check(is_full=False)
"""Without any retired external ID."""
