"""Why AWS refuses us: the likeliest first, and what is certain alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from chalicelib.domain.verification.diagnosis import Cause, Evidence, causes, is_certain
from chalicelib.domain.verification.proof import ProbeOutcome
from tests.domain.verification.diagnosis_table import (
    CAUSES,
    IMPORTED,
    IN,
    NEVER_ACCEPTED,
    NO,
    NO_LONGER_ACCEPTED,
)


def test_there_is_a_row_for_every_cause() -> None:
    assert {cause for row in CAUSES for cause in causes(*row.arguments)} == set(Cause)


ORDERS = (NEVER_ACCEPTED, IMPORTED, NO_LONGER_ACCEPTED)


def all_evidence() -> Iterator[Evidence]:
    """Everything that can be known of a role, with what says nothing left out."""
    told = (None, True, False)
    yes_or_no = (True, False)
    for right, may_ask, was_verified, taken in itertools.product(
        ProbeOutcome, told, yes_or_no, yes_or_no
    ):
        for case, after, before, bare, who, tags in itertools.product((IN, NO), repeat=6):
            yield Evidence(
                right_id=right,
                other_case=case,
                next_id=after,
                previous_id=before,
                without_path=bare,
                may_ask=may_ask,
                was_verified=was_verified,
                is_imported=taken,
                with_source_identity=who,
                with_tags=tags,
            )


def test_what_may_be_is_told_whole_and_never_beside_what_is_certain() -> None:
    for seen in all_evidence():
        found = causes(seen)
        assert len(set(found)) == len(found), seen
        assert not found or is_certain(found) or found in ORDERS, seen


def test_a_refusal_always_has_a_cause_and_an_answer_that_says_nothing_never_has_one() -> None:
    for seen in all_evidence():
        found = causes(seen)
        if seen.right_id in (ProbeOutcome.REFUSED, ProbeOutcome.REGION_DISABLED):
            assert found, seen
        elif seen.right_id is not ProbeOutcome.ACCEPTED:
            assert not found, seen


def test_all_orders_have_the_same_causes() -> None:
    assert len(set(ORDERS)) == len(ORDERS)
    for order in ORDERS:
        assert set(order) == set(NEVER_ACCEPTED)
        assert len(order) == len(NEVER_ACCEPTED)
