"""Causes of AWS's refusals: likely ones in order, or the certain ones alone."""

import itertools

from chalicelib.domain.verification.diagnosis import (
    Cause,
    Evidence,
    are_causes_certain,
    infer_causes,
)
from chalicelib.domain.verification.proof import ProbeOutcome
from tests.domain.verification.diagnosis_table import (
    CAUSES,
    IMPORTED,
    IN,
    NEVER_ACCEPTED,
    NO,
    NO_LONGER_ACCEPTED,
)


def test_there_is_a_row_for_every_cause():
    assert {cause for row in CAUSES for cause in infer_causes(*row.arguments)} == set(Cause)


ORDERS = (NEVER_ACCEPTED, IMPORTED, NO_LONGER_ACCEPTED)


def all_evidence():
    """Yield all combinations of evidence, except answers that mean nothing."""
    simulated = (None, True, False)
    yes_or_no = (True, False)
    for right, may_assume, was_verified, taken in itertools.product(
        ProbeOutcome, simulated, yes_or_no, yes_or_no
    ):
        for case, after, before, pathless, source_identity, tags in itertools.product(
            (IN, NO), repeat=6
        ):
            yield Evidence(
                right_id_outcome=right,
                other_case_outcome=case,
                next_id_outcome=after,
                previous_id_outcome=before,
                pathless_arn_outcome=pathless,
                may_assume=may_assume,
                accepted_before=was_verified,
                is_imported=taken,
                source_identity_outcome=source_identity,
                tags_outcome=tags,
            )


def test_candidates_are_complete_and_never_mixed_with_certain_causes():
    for evidence in all_evidence():
        found_causes = infer_causes(evidence)
        assert len(set(found_causes)) == len(found_causes), evidence
        assert not found_causes or are_causes_certain(found_causes) or found_causes in ORDERS, (
            evidence
        )


def test_a_refusal_always_has_a_cause_and_an_unclear_answer_never_has_one():
    for evidence in all_evidence():
        found_causes = infer_causes(evidence)
        if evidence.right_id_outcome in ("refused", "region-disabled"):
            assert found_causes, evidence
        elif evidence.right_id_outcome != "accepted":
            assert not found_causes, evidence
