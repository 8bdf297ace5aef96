"""The external IDs that a role must refuse: none, wrong ones, and similar ones."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chalicelib.domain.identifiers import EXTERNAL_ID, EXTERNAL_ID_PREFIX
from chalicelib.domain.values import Value
from chalicelib.domain.verification.probe_variants import FULL, PLAIN, VARIANTS, ProbeVariant
from chalicelib.domain.verification.proof import Check

_VALID_FOR_STS = re.compile(EXTERNAL_ID, re.ASCII)


class WrongId(Value, frozen=True, kw_only=True):
    """An external ID that the role must refuse. None means a request without an external ID."""

    check: Check
    external_id: str | None
    in_all_variants: bool = False
    """True if a full check tries this ID in all probe variants. If false, it tries the ID only in
    the variant that vends use and in PLAIN."""
    daily: bool = False
    """True if the short daily check tries this ID as well."""


def list_wrong_ids(right: str, wrong: str, retired: Sequence[str] = ()) -> tuple[WrongId, ...]:
    """Return all wrong external IDs that a check tries.

    `right` is the engagement's external ID. `wrong` is a newly generated ID; its last two
    characters are the shortest ID that STS accepts. `retired` are the IDs that earlier rotations
    replaced. A near miss resembles the right ID, and matches a pattern that a client may have
    written: `ID*`, `*ID`, half of the ID with `*`, or the ID with a `?`.
    """
    swapped = other_case(right)
    return (
        WrongId(check=Check.NO_ID, external_id=None, in_all_variants=True, daily=True),
        WrongId(check=Check.WRONG_ID, external_id=wrong, in_all_variants=True, daily=True),
        *(WrongId(check=Check.WRONG_ID, external_id=id_) for id_ in [wrong[-2:]] if id_ != right),
        *(WrongId(check=Check.OTHER_CASE, external_id=id_, daily=True) for id_ in [swapped] if id_),
        *(
            WrongId(check=Check.NEAR_MISS, external_id=id_, daily=id_ in _nearest_misses(right))
            for id_ in _near_misses(right, wrong)
        ),
        *(WrongId(check=Check.RETIRED_ID, external_id=id_, daily=True) for id_ in retired),
    )


def variants_to_try(
    wrong_id: WrongId, vend_variant: ProbeVariant, *, is_full: bool
) -> tuple[ProbeVariant, ...]:
    """Return the probe variants in which a full or a daily check tries this ID.

    `vend_variant` is the variant that vends of the role use.
    """
    both = tuple(dict.fromkeys((vend_variant, PLAIN)))
    if is_full:
        return VARIANTS if wrong_id.in_all_variants else both
    if not wrong_id.daily:
        return ()
    return both if wrong_id.check is Check.NO_ID else (vend_variant,)


def other_case(external_id: str) -> str | None:
    """Return the external ID with its letter case swapped, or None if it has no letters."""
    swapped = external_id.swapcase()
    return None if swapped == external_id else swapped


def _near_misses(right: str, wrong: str) -> list[str]:
    """Return each near miss of the right ID once, without IDs that STS would reject."""
    middle = len(right) // 2
    first, second = right[:middle], right[middle:]
    other = (wrong * (len(right) // len(wrong) + 1))[: len(right)]
    near = [
        *_nearest_misses(right),
        # With a leading zero, an ID of digits is still the same number.
        "0" + right,
        right + "0",
        right[:-1],
        right[1:],
        _different_character(right[0]) + right[1:],
        first + _different_character(second[0]) + second[1:],
        first,
        second,
        first + other[middle:],
        other[:middle] + second,
    ]
    return [id_ for id_ in dict.fromkeys(near) if id_ != right and _VALID_FOR_STS.fullmatch(id_)]


def _nearest_misses(right: str) -> tuple[str, str]:
    """Return the two most important near misses.

    The first matches every pattern with a `*` that matches the right ID. The second matches a
    pattern that ends with a `?`.
    """
    return right + right, right[:-1] + _different_character(right[-1])


def _different_character(character: str) -> str:
    """Return a letter that differs from this character in more than the letter case."""
    return "b" if character in "aA" else "a"


def calls_per_check(*, is_full: bool, retired_count: int = 0) -> int:
    """Return the number of AssumeRole calls in a check of a safe role that accepts all variants.

    Each call is an event in the client's CloudTrail. `retired_count` is the number of external IDs
    that earlier rotations retired.
    """
    tried = list_wrong_ids(
        EXTERNAL_ID_PREFIX + "a2" * 16, EXTERNAL_ID_PREFIX + "b3" * 16, [""] * retired_count
    )
    right = 2 * len(VARIANTS) if is_full else 2
    return right + sum(len(variants_to_try(wrong_id, FULL, is_full=is_full)) for wrong_id in tried)


CALLS_PER_FULL_CHECK = calls_per_check(is_full=True)
CALLS_PER_DAILY_CHECK = calls_per_check(is_full=False)
"""Without retired external IDs."""
