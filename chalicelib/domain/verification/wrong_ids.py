"""The external IDs that a check tries and that a role must refuse.

A check also tries a request without an external ID. It sends an ID in one or more probe variants:
sets of optional session attributes. A vend is one attempt to issue a session to a member.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chalicelib.domain.identifiers import EXTERNAL_ID, EXTERNAL_ID_PREFIX
from chalicelib.domain.values import Value
from chalicelib.domain.verification.probe_variants import FULL, PLAIN, VARIANTS, ProbeVariant
from chalicelib.domain.verification.proof import Check

_VALID_FOR_STS = re.compile(EXTERNAL_ID, re.ASCII)


class WrongId(Value, frozen=True, kw_only=True):
    """An external ID that the role must refuse."""

    check: Check
    external_id: str | None
    """None for a request without an external ID."""
    in_all_variants: bool = False
    """True if a full check tries this ID in all probe variants. If false, it tries the ID only in
    the variant that vends use and in PLAIN."""
    is_daily: bool = False
    """True if the short daily check tries this ID as well."""


def list_wrong_ids(right: str, wrong: str, retired: Sequence[str] = ()) -> tuple[WrongId, ...]:
    """Return the wrong external IDs that full and daily checks try.

    `right` is the engagement's external ID, and `wrong` a newly generated one. `retired` are the
    IDs that earlier rotations replaced.
    """
    shortest_id = wrong[-2:]  # STS accepts no shorter ID
    swapped_case = swap_letter_case(right)
    # A loop over one ID gives no element if its condition is false.
    return (
        WrongId(check=Check.NO_ID, external_id=None, in_all_variants=True, is_daily=True),
        WrongId(check=Check.WRONG_ID, external_id=wrong, in_all_variants=True, is_daily=True),
        *(WrongId(check=Check.WRONG_ID, external_id=id_) for id_ in [shortest_id] if id_ != right),
        *(
            WrongId(check=Check.OTHER_CASE, external_id=id_, is_daily=True)
            for id_ in [swapped_case]
            if id_
        ),
        *(
            WrongId(
                check=Check.NEAR_MISS,
                external_id=id_,
                is_daily=id_ in _list_daily_near_misses(right),
            )
            for id_ in _list_near_misses(right, wrong)
        ),
        *(WrongId(check=Check.RETIRED_ID, external_id=id_, is_daily=True) for id_ in retired),
    )


def list_variants_to_try(
    wrong_id: WrongId, vend_variant: ProbeVariant, *, is_full: bool
) -> tuple[ProbeVariant, ...]:
    """Return the probe variants in which a check sends this ID. Empty if the check omits the ID.

    `vend_variant` is the variant that vends of the role use. With `is_full`, the check is a full
    one, otherwise a daily one.
    """
    vend_and_plain = tuple(dict.fromkeys((vend_variant, PLAIN)))  # the same variant only once
    if is_full:
        return VARIANTS if wrong_id.in_all_variants else vend_and_plain
    if not wrong_id.is_daily:
        return ()
    return vend_and_plain if wrong_id.check is Check.NO_ID else (vend_variant,)


def swap_letter_case(external_id: str) -> str | None:
    """Return the external ID with its letter case swapped, or None if it has no letters."""
    swapped = external_id.swapcase()
    return None if swapped == external_id else swapped


def _list_near_misses(right: str, wrong: str) -> list[str]:
    """Return the near misses of the right ID, without duplicates and IDs that STS would reject.

    A near miss resembles the right ID. It matches a pattern that a client may have written: `ID*`,
    `*ID`, half of the ID with `*`, or the ID with a `?`.
    """
    middle = len(right) // 2
    first, second = right[:middle], right[middle:]
    # The wrong ID, repeated or cut to the length of the right one.
    wrong_same_length = (wrong * (len(right) // len(wrong) + 1))[: len(right)]
    near_misses = [
        *_list_daily_near_misses(right),
        # With a leading zero, an ID of digits is still the same number.
        "0" + right,
        right + "0",
        right[:-1],
        right[1:],
        _choose_different_letter(right[0]) + right[1:],
        first + _choose_different_letter(second[0]) + second[1:],
        first,
        second,
        first + wrong_same_length[middle:],
        wrong_same_length[:middle] + second,
    ]
    return [
        id_ for id_ in dict.fromkeys(near_misses) if id_ != right and _VALID_FOR_STS.fullmatch(id_)
    ]


def _list_daily_near_misses(right: str) -> tuple[str, str]:
    """Return the two most important near misses, which daily checks try too.

    The first matches every pattern with a `*` that matches the right ID. The second matches a
    pattern that ends with a `?`.
    """
    return right + right, right[:-1] + _choose_different_letter(right[-1])


def _choose_different_letter(character: str) -> str:
    """Return a letter that differs from this character in more than the letter case."""
    return "b" if character in "aA" else "a"


def count_calls_per_check(*, is_full: bool, retired_count: int = 0) -> int:
    """Return the number of AssumeRole calls in a check of a safe role that accepts all variants.

    Each call is an event in the client's CloudTrail. `retired_count` is the number of external IDs
    that earlier rotations retired.
    """
    # The number depends on the form of the IDs, so any IDs of that form will do.
    right, wrong = EXTERNAL_ID_PREFIX + "a2" * 16, EXTERNAL_ID_PREFIX + "b3" * 16
    wrong_ids = list_wrong_ids(right, wrong, [""] * retired_count)
    right_id_calls = 2 * len(VARIANTS) if is_full else 2  # at the start and at the end
    return right_id_calls + sum(
        len(list_variants_to_try(wrong_id, FULL, is_full=is_full)) for wrong_id in wrong_ids
    )


CALLS_PER_FULL_CHECK = count_calls_per_check(is_full=True)
CALLS_PER_DAILY_CHECK = count_calls_per_check(is_full=False)
"""The number of calls for an engagement without retired external IDs."""
