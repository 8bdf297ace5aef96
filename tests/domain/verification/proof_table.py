"""What the probes of a role prove, as tables."""

# ruff: noqa: FBT003 (in a table the answer has its column)

from __future__ import annotations

from chalicelib.domain.verification.proof import (
    Check,
    Grade,
    ProbeOutcome,
    ProbeResult,
    Result,
    Results,
)
from tests.builders import results
from tests.domain.rows import Row

DECLARED, ELSEWHERE = "987654321098", "876543210987"
IN, NO, UNKNOWN = ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED, ProbeOutcome.UNKNOWN
TOO_LONG, REGION_OFF = ProbeOutcome.TOO_LONG, ProbeOutcome.REGION_DISABLED

RIGHT, ACCOUNT, NONE, WRONG, CASE, NEAR = (
    Check.RIGHT_ID,
    Check.ACCOUNT,
    Check.NO_ID,
    Check.WRONG_ID,
    Check.OTHER_CASE,
    Check.NEAR_MISS,
)
RETIRED = Check.RETIRED_ID
WHO, TAGS, HOUR, FORMER = Check.SOURCE_IDENTITY, Check.TAGS, Check.FULL_HOUR, Check.PREVIOUS_ID


def told(*passed: Check, failed: tuple[Check, ...] = ()) -> Results:
    return dict.fromkeys(passed, Result.PASSED) | dict.fromkeys(failed, Result.FAILED)


def probed(
    right_id: ProbeOutcome,
    no_id: ProbeOutcome,
    wrong_id: ProbeOutcome,
    answer: Results | None,
    *,
    other_case: ProbeOutcome | None = NO,
    near_miss: ProbeOutcome | None = None,
    arrived_in: str | None = DECLARED,
) -> Row:
    """How AWS answered with the right external ID, with none, with a wrong one, and, if they were
    tried, with the right one in a different letter case and with what comes near it; and in which
    account one arrived with the right one."""
    says = f"right {right_id}, none {no_id}, wrong {wrong_id}, other case {other_case}"
    if right_id is IN and arrived_in != DECLARED:
        says += f", in {arrived_in}"
    arrival = ProbeResult(right_id, arrived_in if right_id is IN else None)
    if near_miss is not None:
        says += f", near miss {near_miss}"
    asked = {NONE: no_id, WRONG: wrong_id, CASE: other_case, NEAR: near_miss}
    negative = {check: told for check, told in asked.items() if told is not None}
    return Row(says, answer, (DECLARED,), {"right_id": arrival, "negative": negative})


SAFE = told(RIGHT, ACCOUNT, NONE, WRONG, CASE)
REFUSES_US = told(failed=(RIGHT,))
JUDGED = [
    # Safe: in with the right one, into the declared account, and only with it.
    probed(IN, NO, NO, SAFE),
    # An external ID of digits alone has no other letter case.
    probed(IN, NO, NO, told(RIGHT, ACCOUNT, NONE, WRONG), other_case=None),
    probed(IN, NO, NO, told(RIGHT, NONE, WRONG, failed=(ACCOUNT,)), other_case=None,
           arrived_in=ELSEWHERE),
    probed(IN, UNKNOWN, NO, None, other_case=None),
    probed(NO, NO, NO, REFUSES_US, other_case=None),
    # In, and somewhere else; or nobody can say where.
    probed(IN, NO, NO, told(RIGHT, NONE, WRONG, CASE, failed=(ACCOUNT,)), arrived_in=ELSEWHERE),
    probed(IN, NO, NO, None, arrived_in=None),
    probed(IN, IN, NO, told(RIGHT, WRONG, CASE, failed=(NONE,)), arrived_in=ELSEWHERE),
    probed(IN, IN, NO, told(RIGHT, WRONG, CASE, failed=(NONE,)), arrived_in=None),
    # A hole is final, whatever else was answered. What was refused beside it is told too.
    probed(IN, IN, NO, told(RIGHT, WRONG, CASE, failed=(NONE,))),
    probed(IN, NO, IN, told(RIGHT, NONE, CASE, failed=(WRONG,))),
    probed(IN, IN, IN, told(RIGHT, CASE, failed=(NONE, WRONG))),
    probed(IN, IN, UNKNOWN, told(RIGHT, CASE, failed=(NONE,))),
    probed(IN, UNKNOWN, IN, told(RIGHT, CASE, failed=(WRONG,))),
    probed(IN, IN, TOO_LONG, told(RIGHT, CASE, failed=(NONE,))),
    probed(IN, REGION_OFF, IN, told(RIGHT, CASE, failed=(WRONG,))),
    # Refused with the right one, a refusal of the others says nothing of them.
    probed(NO, IN, NO, told(failed=(RIGHT, NONE))),
    probed(NO, NO, IN, told(failed=(RIGHT, WRONG))),
    probed(NO, IN, IN, told(failed=(RIGHT, NONE, WRONG))),
    probed(NO, IN, UNKNOWN, told(failed=(RIGHT, NONE))),
    probed(NO, UNKNOWN, IN, told(failed=(RIGHT, WRONG))),
    probed(REGION_OFF, IN, NO, told(failed=(RIGHT, NONE))),
    # Neither let in nor refused with the right one.
    probed(UNKNOWN, IN, NO, told(failed=(NONE,))),
    probed(UNKNOWN, NO, IN, told(failed=(WRONG,))),
    probed(UNKNOWN, IN, IN, told(failed=(NONE, WRONG))),
    probed(UNKNOWN, IN, UNKNOWN, told(failed=(NONE,))),
    probed(UNKNOWN, UNKNOWN, IN, told(failed=(WRONG,))),
    probed(TOO_LONG, IN, NO, told(failed=(NONE,))),
    # Letter case is part of the ID.
    probed(IN, NO, NO, told(RIGHT, NONE, WRONG, failed=(CASE,)), other_case=IN),
    probed(IN, IN, NO, told(RIGHT, WRONG, failed=(NONE, CASE)), other_case=IN),
    probed(IN, NO, IN, told(RIGHT, NONE, failed=(WRONG, CASE)), other_case=IN),
    probed(IN, IN, IN, told(RIGHT, failed=(NONE, WRONG, CASE)), other_case=IN),
    probed(IN, UNKNOWN, UNKNOWN, told(RIGHT, failed=(CASE,)), other_case=IN),
    probed(NO, NO, NO, told(failed=(RIGHT, CASE)), other_case=IN),
    probed(UNKNOWN, NO, NO, told(failed=(CASE,)), other_case=IN),
    probed(IN, NO, NO, None, other_case=UNKNOWN),
    probed(IN, NO, NO, None, other_case=TOO_LONG),
    probed(IN, NO, NO, None, other_case=REGION_OFF),
    probed(NO, NO, NO, REFUSES_US, other_case=UNKNOWN),
    # Refused with the right one: nothing can be vended, whatever the others would say.
    probed(NO, NO, NO, REFUSES_US),
    probed(NO, UNKNOWN, NO, REFUSES_US),
    probed(NO, NO, UNKNOWN, REFUSES_US),
    probed(NO, UNKNOWN, UNKNOWN, REFUSES_US),
    probed(REGION_OFF, REGION_OFF, REGION_OFF, REFUSES_US, other_case=REGION_OFF),
    probed(REGION_OFF, NO, NO, REFUSES_US),
    probed(REGION_OFF, UNKNOWN, UNKNOWN, REFUSES_US),
    # An answer that is missing, or is about something else, proves nothing, least of all safety.
    probed(UNKNOWN, NO, NO, None),
    probed(UNKNOWN, UNKNOWN, NO, None),
    probed(UNKNOWN, NO, UNKNOWN, None),
    probed(UNKNOWN, UNKNOWN, UNKNOWN, None),
    probed(TOO_LONG, NO, NO, None),
    probed(TOO_LONG, TOO_LONG, TOO_LONG, None, other_case=TOO_LONG),
    probed(IN, UNKNOWN, NO, None),
    probed(IN, NO, UNKNOWN, None),
    probed(IN, UNKNOWN, UNKNOWN, None),
    probed(IN, TOO_LONG, NO, None),
    probed(IN, NO, TOO_LONG, None),
    probed(IN, REGION_OFF, NO, None),
    probed(IN, NO, REGION_OFF, None),
    # So is what only resembles the right one.
    probed(IN, NO, NO, told(RIGHT, ACCOUNT, NONE, WRONG, CASE, NEAR), near_miss=NO),
    probed(IN, NO, NO, told(RIGHT, NONE, WRONG, CASE, failed=(NEAR,)), near_miss=IN),
    probed(NO, NO, NO, told(failed=(RIGHT, NEAR)), near_miss=IN),
    probed(UNKNOWN, NO, NO, told(failed=(NEAR,)), near_miss=IN),
    probed(IN, NO, NO, None, near_miss=UNKNOWN),
    # An account beside any other answer than "in" is no arrival.
    Row("unknown, and yet an account", None, (DECLARED,),
        {"right_id": ProbeResult(UNKNOWN, DECLARED), "negative": dict.fromkeys((NONE, WRONG), NO)}),
    # Nothing but the right one was tried.
    Row("refused, and no more is asked", REFUSES_US, (DECLARED,),
        {"right_id": ProbeResult(NO), "negative": {}}),
]  # fmt: skip


def ended(
    full_hour: ProbeOutcome,
    answer: Results | None,
    *,
    is_unchanged: bool = True,
    previous_id: ProbeOutcome | None = None,
) -> Row:
    """How AWS answered at the end: to the right external ID for a full hour, whether it did in the
    other dresses as at first; and before that to the former one, if there is one."""
    says = f"hour {full_hour}, unchanged {is_unchanged}, former {previous_id}"
    answers = {"full_hour": full_hour, "is_unchanged": is_unchanged, "previous_id": previous_id}
    return Row(says, answer, (SAFE,), answers)


def safe(*passed: Check, failed: tuple[Check, ...] = ()) -> Results:
    return {**SAFE, **told(*passed, failed=failed)}


ENDED = [
    ended(IN, safe(HOUR)),
    # Shorter sessions than an hour are a fault, and not a change.
    ended(TOO_LONG, safe(failed=(HOUR,))),
    # The former external ID is to be refused.
    ended(IN, safe(HOUR, FORMER), previous_id=NO),
    ended(IN, safe(HOUR, failed=(FORMER,)), previous_id=IN),
    ended(IN, None, previous_id=UNKNOWN),
    ended(IN, None, previous_id=TOO_LONG),
    ended(IN, None, previous_id=REGION_OFF),
    # Refused in the end what it let in at first: the role was changed, so nothing stands.
    ended(NO, None),
    ended(NO, None, previous_id=NO),
    ended(UNKNOWN, None),
    ended(REGION_OFF, None),
    ended(IN, None, is_unchanged=False),
    ended(TOO_LONG, None, is_unchanged=False, previous_id=NO),
]

WORST = [
    Row("nothing was asked", NO, ((),)),
    Row("refused", NO, ((NO, NO),)),
    Row("let in once", IN, ((NO, IN, NO),)),
    Row("let in, and not answered otherwise", IN, ((UNKNOWN, IN),)),
    Row("not answered once", UNKNOWN, ((NO, UNKNOWN, NO),)),
    Row("for another cause", REGION_OFF, ((NO, REGION_OFF),)),
]


def graded(says: str, answer: object, found: Results, *, external_id_imported: bool = False) -> Row:
    return Row(says, answer, (found,), {"external_id_imported": external_id_imported})


EVERYTHING = results(without=())
NEEDED = (RIGHT, ACCOUNT, NONE, WRONG, NEAR)
IS_SAFE = [
    Row("everything passed", True, (EVERYTHING,)),
    Row("nothing was tried", False, ({},)),
    Row("no more than is needed", True, (told(*NEEDED),)),
    *(Row(f"{check} failed", False, (results(check),)) for check in (*NEEDED, CASE)),
    Row("a retired external ID is let in", False, (results(RETIRED, without=()),)),
    Row("there is no retired external ID", True, (results(without=(RETIRED,)),)),
    *(Row(f"{check} was not come to", False, (results(without=(check,)),)) for check in NEEDED),
    Row("there is no other letter case", True, (results(without=(CASE,)),)),
    *(Row(f"{check} failed", True, (results(check, without=()),))
      for check in (WHO, TAGS, HOUR, FORMER)),
    Row("all that is not needed failed", True, (results(WHO, TAGS, HOUR, FORMER, without=()),)),
]  # fmt: skip
GRADED = [
    graded("everything passed", Grade.A, EVERYTHING),
    graded("there is no former external ID", Grade.A, results()),
    graded("a retired external ID is refused", Grade.A, results(without=(FORMER,))),
    graded("a retired external ID is let in", Grade.F, results(RETIRED, without=())),
    graded("there is no other letter case", Grade.A, results(without=(CASE, FORMER))),
    graded("chosen elsewhere", Grade.B, EVERYTHING, external_id_imported=True),
    *(graded(f"{check} failed", Grade.B, results(check, without=()))
      for check in (WHO, TAGS, HOUR, FORMER)),
    *(graded(f"{check} was not come to", Grade.B, results(without=(check,)))
      for check in (WHO, TAGS)),
    graded("all that is not needed failed", Grade.B, results(WHO, TAGS, HOUR, FORMER, without=())),
    *(graded(f"{check} failed", Grade.F, results(check)) for check in (*NEEDED, CASE)),
    *(graded(f"{check} was not come to", Grade.F, results(without=(check,))) for check in NEEDED),
    graded("nothing was tried", Grade.F, {}),
    graded("not safe, and chosen elsewhere", Grade.F, results(WRONG), external_id_imported=True),
]  # fmt: skip
