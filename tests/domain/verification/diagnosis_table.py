"""Evidence about a role, and the causes that follow from it."""

# ruff: noqa: FBT003 (in a table the answer has its column)

from typing import Any

from chalicelib.domain.verification.diagnosis import (
    Cause,
    Evidence,
    are_causes_certain,
    infer_causes,
)
from chalicelib.domain.verification.proof import ProbeOutcome
from tests.domain.rows import Row

IN, NO, TOO_LONG, REGION_OFF, UNKNOWN = ProbeOutcome

NEVER_ACCEPTED = (
    "role-missing",
    "just-changed",
    "external-id",
    "principal",
    "other-condition",
    "names-people",
    "end-date",
)
IMPORTED = (
    "principal",
    "other-condition",
    "just-changed",
    "role-missing",
    "external-id",
    "names-people",
    "end-date",
)
NO_LONGER_ACCEPTED = (
    "role-missing",
    "end-date",
    "principal",
    "external-id",
    "names-people",
    "other-condition",
    "just-changed",
)


def row(
    name: str, right_id_outcome: ProbeOutcome, expected: tuple[Cause, ...], **evidence: Any
) -> Row:
    return Row(name, expected, Evidence(right_id_outcome=right_id_outcome, **evidence))


FIRST = "end-date"
NO_LONGER_ACCEPTED_AND_ENDED = (FIRST, NO_LONGER_ACCEPTED[0], *NO_LONGER_ACCEPTED[2:])

CAUSES = [
    # A refusal without further evidence.
    row("never accepted", NO, NEVER_ACCEPTED),
    row("accepted before", NO, NO_LONGER_ACCEPTED, accepted_before=True),
    row("imported", NO, IMPORTED, is_imported=True),
    # A requested end has passed.
    row("accepted before, end passed", NO, NO_LONGER_ACCEPTED_AND_ENDED, accepted_before=True,
        end_has_passed=True),
    # Certain causes.
    row("permission missing", NO, ("our-permission",), may_assume=False),
    row("in a different letter case", NO, ("other-letter-case",), other_case_outcome=IN),
    row("without the path", NO, ("path",), pathless_arn_outcome=IN),
    row("next and previous external ID", NO, ("next-external-id-only", "former-external-id-only"),
        next_id_outcome=IN, previous_id_outcome=IN),
    row("an accepted probe outweighs the simulator", NO, ("former-external-id-only",),
        previous_id_outcome=IN, may_assume=False),
    row("region turned off", REGION_OFF, ("region-disabled",)),
    # Accepted, with fewer attributes than before.
    row("accepted, not with a source identity", IN, ("source-identity",),
        source_identity_outcome=NO),
    row("accepted, with neither", IN, ("source-identity", "session-tags"),
        source_identity_outcome=NO, tags_outcome=NO),
    # No clear answer.
    row("unanswered", UNKNOWN, ()),
]  # fmt: skip

CERTAIN = [
    Row("no cause", False, ()),
    *(Row(f"candidate {cause}", False, (cause,)) for cause in NEVER_ACCEPTED),
    *(Row(f"certain {cause}", True, (cause,)) for cause in Cause if cause not in NEVER_ACCEPTED),
]

RULES = [
    (infer_causes, CAUSES, 17),
    (are_causes_certain, CERTAIN, 3),
]
