"""The external IDs that a check tries and that a role must refuse, and the forms of the requests.

A vend is one attempt to issue a session to a member. A form is a vend's session attributes and the
kind of its session name (`probe_variants`). A trust policy sees the external ID and the form of a
request, and besides the names of member and engagement nothing that differs between Daypass's
requests. All conditions of a statement must hold. So a statement that accepts a wrong ID accepts
some IDs in some forms, and a check finds it with any of those IDs in any of those forms. These are
the IDs and forms that a full check tries, and the statements that it finds with them:

- No ID and a random ID, in all eight forms: every statement that compares no ID, or accepts any ID,
  whatever the statement demands of the form.
- The other IDs, in four forms: as a person and as an agent, with the attributes that vends of this
  role have and without any. A vend of this role has no other form.
- The ID written twice: every pattern with a `*` that matches the right ID, as a test shows. Only an
  imported ID of more than 612 characters cannot be written twice in full.
- A `?` that stands for one character needs a probe for its position, because only IDs that differ
  there match. The check tries the first, the middle and the last position, and each half as a
  whole. A `?` elsewhere goes unnoticed; the rest of the ID is still too long to guess.

A daily check only has to notice a change of what a full check proved. It tries no ID in the four
forms, because most holes need no ID, and the most important other IDs as vends of people have them.
It notices a statement for agents with a pattern only when the next full check is due, within a
week.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chalicelib.domain.identifiers import EXTERNAL_ID, EXTERNAL_ID_MAX, EXTERNAL_ID_PREFIX
from chalicelib.domain.values import Value
from chalicelib.domain.verification.probe_variants import (
    FORMS,
    FULL,
    PLAIN,
    VARIANTS,
    ProbeForm,
    ProbeVariant,
)
from chalicelib.domain.verification.proof import Check

_VALID_FOR_STS = re.compile(EXTERNAL_ID, re.ASCII)


class WrongId(Value):
    """An external ID that the role must refuse."""

    check: Check
    external_id: str | None
    """None for a request without an external ID."""
    in_all_forms: bool = False
    """True if a full check tries this ID in all forms. If false, it tries the ID only in the
    variant that vends use and in PLAIN."""
    is_daily: bool = False
    """True if the short daily check tries this ID as well."""


def list_wrong_ids(right: str, wrong: str, retired: Sequence[str] = ()) -> tuple[WrongId, ...]:
    """Return the wrong external IDs that full and daily checks try.

    `right` is the engagement's external ID, and `wrong` a newly generated one. `retired` are the
    IDs that earlier rotations replaced. `in_all_forms`: full checks try the ID in all FORMS.
    """
    shortest_id = wrong[-2:]  # STS accepts no shorter ID
    swapped_case = swap_letter_case(right)
    # The conditions leave out a "wrong" ID that is the right one, and the other case of an ID
    # without letters, which is None.
    return (
        WrongId(check=Check.NO_ID, external_id=None, in_all_forms=True, is_daily=True),
        WrongId(check=Check.WRONG_ID, external_id=wrong, in_all_forms=True, is_daily=True),
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
            for id_ in list_near_misses(right, wrong)
        ),
        *(WrongId(check=Check.RETIRED_ID, external_id=id_, is_daily=True) for id_ in retired),
    )


def list_forms_to_try(
    wrong_id: WrongId, vend_variant: ProbeVariant, *, is_full: bool
) -> tuple[ProbeForm, ...]:
    """Return the forms in which a check sends this ID, or an empty tuple if it does not send it.

    `vend_variant` is the set of session attributes that vends of the role use, and PLAIN is the
    empty set. `is_full` says that the check is a full one, and not a daily one.
    """
    if is_full and wrong_id.in_all_forms:
        return FORMS
    # Most unsafe roles need no external ID, so a daily check also tries that without attributes.
    if is_full or wrong_id.check is Check.NO_ID:
        return tuple(form for form in FORMS if form.variant in (vend_variant, PLAIN))
    return (ProbeForm(vend_variant),) if wrong_id.is_daily else ()


def swap_letter_case(external_id: str) -> str | None:
    """Return the external ID with its letter case swapped, or None if it has no letters."""
    swapped = external_id.swapcase()
    return None if swapped == external_id else swapped


def list_near_misses(right: str, wrong: str) -> list[str]:
    """Return the near misses of the right ID, without duplicates and IDs that STS would reject.

    A near miss resembles the right ID. It matches a pattern that a client may have written: one
    with a `*`, or the ID with a `?`.
    """
    middle = len(right) // 2
    first, second = right[:middle], right[middle:]
    # The wrong ID, repeated or cut to the length of the right one.
    wrong_same_length = (wrong * (len(right) // len(wrong) + 1))[: len(right)]
    near_misses = [
        # A full check tries them too.
        *_list_daily_near_misses(right),
        # Matches if the client compares the ID as a number (NumericEquals).
        *(["0" + right] if right.isdecimal() else []),
        _choose_different_letter(right[0]) + right[1:],
        first + _choose_different_letter(second[0]) + second[1:],
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
    return (right + right)[:EXTERNAL_ID_MAX], right[:-1] + _choose_different_letter(right[-1])


def _choose_different_letter(character: str) -> str:
    """Return a letter that differs from this character in more than the letter case."""
    return "b" if character in "aA" else "a"


def count_calls_per_check(*, is_full: bool, retired_count: int = 0) -> int:
    """Return the number of AssumeRole calls in a check of a role that refuses every wrong ID and
    accepts every form of a vend (`probe_variants`).

    `retired_count` is the number of external IDs that earlier rotations retired.
    """
    # Any two IDs do, with the length and the kinds of characters of generated ones. Retired IDs
    # need no text here, because only their number counts.
    right, wrong = EXTERNAL_ID_PREFIX + "a2" * 16, EXTERNAL_ID_PREFIX + "b3" * 16
    wrong_ids = list_wrong_ids(right, wrong, [""] * retired_count)
    return count_accepted_calls(is_full=is_full) + sum(
        len(list_forms_to_try(wrong_id, FULL, is_full=is_full)) for wrong_id in wrong_ids
    )


def count_accepted_calls(*, is_full: bool) -> int:
    """Return the number of calls that such a role accepts: those with the correct external ID.

    Only these are events in the client's CloudTrail. AWS does not log a refused cross-account
    request in the account of the role ("Logging IAM and AWS STS API calls with AWS CloudTrail", IAM
    User Guide).
    """
    # At the start and at the end: as a person in every variant, and as an agent. A daily check
    # tries the variant that vends use, and the agent only at the end.
    return 2 * (len(VARIANTS) + 1) if is_full else 3


CALLS_PER_FULL_CHECK = count_calls_per_check(is_full=True)
CALLS_PER_DAILY_CHECK = count_calls_per_check(is_full=False)
"""The number of calls for an engagement without retired external IDs."""
