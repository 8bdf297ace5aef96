"""What the probes of a role prove, as tables."""

# ruff: noqa: FBT003 (in a table the answer has its column)

from __future__ import annotations

from chalicelib.domain.proof import (
    ANY_CASE_GOES,
    ANY_ID_GOES,
    NO_ID_NEEDED,
    NO_SOURCE_IDENTITY,
    NO_TAGS,
    PROVEN,
    REFUSES_US,
    Answer,
    Verdict,
)
from tests.domain.rows import Row

IN, NO, UNKNOWN = Answer.LET_IN, Answer.REFUSED, Answer.UNKNOWN


def probed(
    right_id: Answer,
    no_id: Answer,
    wrong_id: Answer,
    passed: object,
    *found: str,
    other_case: Answer = Answer.REFUSED,
) -> Row:
    """How AWS answered with the right external ID, with none, with a wrong one, and with the right
    one in other letter case."""
    says = f"right {right_id}, none {no_id}, wrong {wrong_id}, other case {other_case}"
    answer = {"passed": passed, "findings": found}
    answers = {"right_id": right_id, "no_id": no_id, "wrong_id": wrong_id}
    return Row(says, answer, (), answers | {"other_case": other_case})


JUDGED = [
    # Safe: in with the right one, and only with it.
    probed(IN, NO, NO, True, PROVEN),
    # A hole is final, whatever else was answered.
    probed(IN, IN, NO, False, NO_ID_NEEDED),
    probed(IN, NO, IN, False, ANY_ID_GOES),
    probed(IN, IN, IN, False, NO_ID_NEEDED, ANY_ID_GOES),
    probed(IN, IN, UNKNOWN, False, NO_ID_NEEDED),
    probed(IN, UNKNOWN, IN, False, ANY_ID_GOES),
    probed(NO, IN, NO, False, NO_ID_NEEDED),
    probed(NO, NO, IN, False, ANY_ID_GOES),
    probed(NO, IN, IN, False, NO_ID_NEEDED, ANY_ID_GOES),
    probed(NO, IN, UNKNOWN, False, NO_ID_NEEDED),
    probed(NO, UNKNOWN, IN, False, ANY_ID_GOES),
    probed(UNKNOWN, IN, NO, False, NO_ID_NEEDED),
    probed(UNKNOWN, NO, IN, False, ANY_ID_GOES),
    probed(UNKNOWN, IN, IN, False, NO_ID_NEEDED, ANY_ID_GOES),
    probed(UNKNOWN, IN, UNKNOWN, False, NO_ID_NEEDED),
    probed(UNKNOWN, UNKNOWN, IN, False, ANY_ID_GOES),
    # Letter case is part of the ID; where any ID goes, that is what is wrong.
    probed(IN, NO, NO, False, ANY_CASE_GOES, other_case=IN),
    probed(IN, IN, NO, False, NO_ID_NEEDED, ANY_CASE_GOES, other_case=IN),
    probed(IN, UNKNOWN, UNKNOWN, False, ANY_CASE_GOES, other_case=IN),
    probed(NO, NO, NO, False, ANY_CASE_GOES, other_case=IN),
    probed(IN, NO, IN, False, ANY_ID_GOES, other_case=IN),
    probed(IN, IN, IN, False, NO_ID_NEEDED, ANY_ID_GOES, other_case=IN),
    probed(IN, NO, NO, None, other_case=UNKNOWN),
    probed(NO, NO, NO, False, REFUSES_US, other_case=UNKNOWN),
    # Refused with the right one: nothing can be vended, whatever the others would say.
    probed(NO, NO, NO, False, REFUSES_US),
    probed(NO, UNKNOWN, NO, False, REFUSES_US),
    probed(NO, NO, UNKNOWN, False, REFUSES_US),
    probed(NO, UNKNOWN, UNKNOWN, False, REFUSES_US),
    # An answer that is missing proves nothing, least of all safety.
    probed(UNKNOWN, NO, NO, None),
    probed(UNKNOWN, UNKNOWN, NO, None),
    probed(UNKNOWN, NO, UNKNOWN, None),
    probed(UNKNOWN, UNKNOWN, UNKNOWN, None),
    probed(IN, UNKNOWN, NO, None),
    probed(IN, NO, UNKNOWN, None),
    probed(IN, UNKNOWN, UNKNOWN, None),
]

SAFE = Verdict(passed=True, findings=(PROVEN,))


def taken(source_identity: Answer, tags: Answer, answer: object) -> Row:
    """How AWS answered to a source identity, and to tags."""
    says = f"source identity {source_identity}, tags {tags}"
    return Row(says, answer, (SAFE,), {"source_identity": source_identity, "tags": tags})


def safe(*found: str, identity: bool, tags: bool) -> Verdict:
    return Verdict(
        passed=True,
        findings=(PROVEN, *found),
        accepts_source_identity=identity,
        accepts_tags=tags,
    )


ACCEPTED = [
    taken(IN, IN, safe(identity=True, tags=True)),
    taken(NO, IN, safe(NO_SOURCE_IDENTITY, identity=False, tags=True)),
    taken(IN, NO, safe(NO_TAGS, identity=True, tags=False)),
    taken(NO, NO, safe(NO_SOURCE_IDENTITY, NO_TAGS, identity=False, tags=False)),
    taken(UNKNOWN, IN, Verdict(passed=None)),
    taken(UNKNOWN, NO, Verdict(passed=None)),
    taken(IN, UNKNOWN, Verdict(passed=None)),
    taken(NO, UNKNOWN, Verdict(passed=None)),
    taken(UNKNOWN, UNKNOWN, Verdict(passed=None)),
]
