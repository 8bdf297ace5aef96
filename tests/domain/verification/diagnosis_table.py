"""Why AWS refuses us, as tables."""

# ruff: noqa: FBT003 (in a table the answer has its column)

from __future__ import annotations

from typing import Any

from chalicelib.domain.verification.diagnosis import Cause, Evidence
from chalicelib.domain.verification.proof import ProbeOutcome
from tests.domain.rows import Row

IN, NO, UNKNOWN = ProbeOutcome.LET_IN, ProbeOutcome.REFUSED, ProbeOutcome.UNKNOWN
TOO_LONG, REGION_OFF = ProbeOutcome.TOO_LONG, ProbeOutcome.REGION_DISABLED

NEVER_IN = (
    Cause.ROLE_MISSING,
    Cause.JUST_CHANGED,
    Cause.EXTERNAL_ID,
    Cause.PRINCIPAL,
    Cause.OTHER_CONDITION,
    Cause.NAMES_PEOPLE,
    Cause.END_DATE,
)
TAKEN_OVER = (
    Cause.PRINCIPAL,
    Cause.OTHER_CONDITION,
    Cause.JUST_CHANGED,
    Cause.ROLE_MISSING,
    Cause.EXTERNAL_ID,
    Cause.NAMES_PEOPLE,
    Cause.END_DATE,
)
NO_LONGER_IN = (
    Cause.ROLE_MISSING,
    Cause.END_DATE,
    Cause.PRINCIPAL,
    Cause.EXTERNAL_ID,
    Cause.NAMES_PEOPLE,
    Cause.OTHER_CONDITION,
    Cause.JUST_CHANGED,
)


def seen(says: str, right_id: ProbeOutcome, answer: tuple[Cause, ...], **more: Any) -> Row:
    return Row(says, answer, (Evidence(right_id=right_id, **more),))


FIRST = Cause.END_DATE
TAKEN_OVER_AND_ENDED = (FIRST, *TAKEN_OVER[:-1])
NEVER_IN_AND_ENDED = (FIRST, *NEVER_IN[:-1])
NO_LONGER_IN_AND_ENDED = (FIRST, NO_LONGER_IN[0], *NO_LONGER_IN[2:])

CAUSES = [
    # Nothing more is known.
    seen("never let in", NO, NEVER_IN),
    seen("let in before", NO, NO_LONGER_IN, was_proven=True),
    seen("taken over", NO, TAKEN_OVER, is_taken_over=True),
    seen("taken over, and let in before", NO, NO_LONGER_IN, is_taken_over=True, was_proven=True),
    seen("we may ask", NO, NEVER_IN, may_ask=True),
    seen("nobody can say whether we may ask", NO, NEVER_IN, may_ask=None),
    seen("all else is refused too", NO, NEVER_IN, other_case=NO, next_id=NO, former_id=NO,
         without_path=NO),
    seen("all else is unknown", NO, NO_LONGER_IN, other_case=UNKNOWN, next_id=UNKNOWN,
         former_id=UNKNOWN, without_path=UNKNOWN, was_proven=True),
    seen("all else is beside the point", NO, NEVER_IN, other_case=TOO_LONG, next_id=REGION_OFF,
         former_id=TOO_LONG, without_path=REGION_OFF),
    # The end that Daypass asked for has passed.
    seen("never let in, and the end has passed", NO, NEVER_IN_AND_ENDED, end_has_passed=True),
    seen("let in before, and the end has passed", NO, NO_LONGER_IN_AND_ENDED, was_proven=True,
         end_has_passed=True),
    seen("taken over, and the end has passed", NO, TAKEN_OVER_AND_ENDED, is_taken_over=True,
         end_has_passed=True),
    seen("the former external ID, and the end has passed", NO, (Cause.FORMER_ID_ONLY,),
         former_id=IN, end_has_passed=True),
    seen("let in, although the end has passed", IN, (), end_has_passed=True),
    # What is certain.
    seen("our own permission", NO, (Cause.OUR_PERMISSION,), may_ask=False),
    seen("our own permission, of a role that let us in", NO, (Cause.OUR_PERMISSION,),
         may_ask=False, was_proven=True),
    seen("in a different letter case", NO, (Cause.OTHER_CASE,), other_case=IN),
    seen("the next external ID", NO, (Cause.NEXT_ID_ONLY,), next_id=IN),
    seen("the former external ID", NO, (Cause.FORMER_ID_ONLY,), former_id=IN),
    seen("without the path", NO, (Cause.PATH,), without_path=IN),
    seen("the next external ID, of a role that let us in", NO, (Cause.NEXT_ID_ONLY,), next_id=IN,
         former_id=NO, was_proven=True),
    seen("the next and the former external ID", NO, (Cause.NEXT_ID_ONLY, Cause.FORMER_ID_ONLY),
         next_id=IN, former_id=IN),
    seen("whoever is let in was permitted to ask", NO, (Cause.FORMER_ID_ONLY,), former_id=IN,
         may_ask=False),
    seen("AWS says so itself", REGION_OFF, (Cause.REGION_DISABLED,)),
    seen("AWS says so itself, whatever else is known", REGION_OFF, (Cause.REGION_DISABLED,),
         may_ask=False, was_proven=True, other_case=IN),
    # In, and less is taken than before.
    seen("let in", IN, ()),
    seen("let in, and not with a source identity", IN, (Cause.SOURCE_IDENTITY,), is_told_who=NO),
    seen("let in, and not with tags", IN, (Cause.TAGS,), is_tagged=NO),
    seen("let in, with neither", IN, (Cause.SOURCE_IDENTITY, Cause.TAGS), is_told_who=NO,
         is_tagged=NO),
    seen("let in, with both", IN, (), is_told_who=IN, is_tagged=IN),
    seen("let in, and the rest is unknown", IN, (), is_told_who=UNKNOWN, is_tagged=UNKNOWN),
    seen("let in with everything", IN, (), other_case=IN, next_id=IN, former_id=IN,
         without_path=IN, may_ask=False, was_proven=True),
    # Refused, a source identity and tags are refused with the rest.
    seen("refused with everything", NO, NEVER_IN, is_told_who=NO, is_tagged=NO),
    # Neither in nor refused: nobody can say.
    seen("unknown", UNKNOWN, ()),
    seen("unknown, and we may not ask", UNKNOWN, (), may_ask=False, was_proven=True),
    seen("unknown, and let in otherwise", UNKNOWN, (), other_case=IN, next_id=IN, former_id=IN,
         without_path=IN),
    seen("too long", TOO_LONG, (), is_told_who=NO, is_tagged=NO),
]  # fmt: skip

CERTAIN = [
    Row("no cause", False, ((),)),
    Row("whatever a role that never let us in may have", False, (NEVER_IN,)),
    Row("whatever a role that let us in may have", False, (NO_LONGER_IN,)),
    *(Row(f"it may be {cause}", False, ((cause,),)) for cause in NEVER_IN),
    *(Row(f"it is {cause}", True, ((cause,),)) for cause in Cause if cause not in NEVER_IN),
    Row("it is both", True, ((Cause.SOURCE_IDENTITY, Cause.TAGS),)),
    Row("one is, and one may be", False, ((Cause.PATH, Cause.ROLE_MISSING),)),
]
