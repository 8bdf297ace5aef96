"""What the probes of a role prove. A role is safe if it lets us in with the right external ID only.

"How to use an external ID when granting access to your AWS resources to a third party" (IAM User
Guide): test whether the role can be assumed both with and without the correct external ID.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.things import Thing

PROBE = "daypass_probe"  # whom a probe acts for: no member and no engagement can have this id


class Answer(StrEnum):
    """How AWS answered one probe."""

    LET_IN = "let-in"
    REFUSED = "refused"
    """The code AccessDenied, and no other."""
    TOO_LONG = "too-long"
    """The role gives shorter sessions than the one that was asked for."""
    REGION_DISABLED = "region-disabled"
    """The client has turned AWS STS off in our region."""
    UNKNOWN = "unknown"
    """Throttled, unreachable, rejected: it proves nothing, least of all safety."""


class Arrival(Thing, frozen=True):
    """A probe with the right external ID, and the AWS account that it arrived in.

    `account_id` is None if it was not let in, or could not find out where it is.
    """

    answer: Answer
    account_id: str | None = None


class Check(StrEnum):
    """One thing that is tried of a role, in the order in which it is told."""

    RIGHT_ID = "right-external-id"
    ACCOUNT = "declared-account"
    NO_ID = "no-external-id"
    WRONG_ID = "wrong-external-id"
    OTHER_CASE = "other-letter-case"
    SOURCE_IDENTITY = "source-identity"
    TAGS = "session-tags"
    FULL_HOUR = "full-hour"
    FORMER_ID = "former-external-id"


class Result(StrEnum):
    """What became of it. A check that does not apply, or was not come to, is not there at all."""

    PASSED = "passed"
    FAILED = "failed"


Results = Annotated[
    Mapping[Check, Result],
    Meta(extra_json_schema={"propertyNames": {"enum": [check.value for check in Check]}}),
]


class Grade(StrEnum):
    """How good the role is as it stands."""

    A = "A"
    """Safe, and its sessions tell who is at work."""
    B = "B"
    """Safe, and something should be better."""
    F = "F"
    """Not proven safe: nothing is vended from it, unless a lead overrides that."""


def is_safe(results: Results) -> bool:
    """Whether a role with these results may be vended from. OTHER_CASE need not apply."""
    required = (Check.RIGHT_ID, Check.ACCOUNT, Check.NO_ID, Check.WRONG_ID)
    if any(results.get(check) is not Result.PASSED for check in required):
        return False
    return results.get(Check.OTHER_CASE) is not Result.FAILED


def grade(results: Results, *, chosen_elsewhere: bool = False) -> Grade:
    """The grade for these results. An external ID that we did not make is never the best."""
    if not is_safe(results):
        return Grade.F
    if chosen_elsewhere or Result.FAILED in results.values():
        return Grade.B
    tells_who = (results.get(check) for check in (Check.SOURCE_IDENTITY, Check.TAGS))
    return Grade.A if all(result is Result.PASSED for result in tells_who) else Grade.B


def other_case(external_id: str) -> str | None:
    """The external ID in a different letter case; None if it has no letters."""
    swapped = external_id.swapcase()
    return None if swapped == external_id else swapped


def judge(
    declared: str,
    *,
    right_id: Arrival,
    no_id: Answer,
    wrong_id: Answer,
    other_case: Answer | None,
) -> Results | None:
    """What the probes say, which differ in the external ID alone; None: it proves nothing.

    Fails closed: a refusal proves something only if the right external ID was let in. `declared`
    is the account that the role is said to be in; `other_case` is None if there is no such ID.
    """
    negative = {Check.NO_ID: no_id, Check.WRONG_ID: wrong_id, Check.OTHER_CASE: other_case}
    holes = [check for check, answer in negative.items() if answer is Answer.LET_IN]
    refused = [check for check, answer in negative.items() if answer is Answer.REFUSED]
    found: dict[Check, Result] = {}
    if right_id.answer is Answer.LET_IN:
        found = dict.fromkeys([Check.RIGHT_ID, *refused], Result.PASSED)
    if right_id.answer in (Answer.REFUSED, Answer.REGION_DISABLED):
        found = {Check.RIGHT_ID: Result.FAILED}
    if holes:  # final, whatever the other probes said
        return found | dict.fromkeys(holes, Result.FAILED)
    if right_id.answer is not Answer.LET_IN:
        return found or None
    if right_id.account_id is None or any(
        answer not in (Answer.REFUSED, None) for answer in negative.values()
    ):
        return None
    arrived = Result.PASSED if right_id.account_id == declared else Result.FAILED
    return found | {Check.ACCOUNT: arrived}


def accepting(
    results: Results,
    *,
    source_identity: Answer,
    tags: Answer,
    former_id: Answer | None,
    full_hour: Answer,
) -> Results | None:
    """The results of a safe role, with what it accepts besides the external ID; None as above.

    `full_hour` is the last probe, and differs from the right one in nothing that a trust policy
    sees: a role that refuses it has been changed since the first, and the refusals between them
    may have come of that. `former_id` is None if there is none, and is to be refused.
    """
    told = {
        Check.SOURCE_IDENTITY: (source_identity, Answer.LET_IN, Answer.REFUSED),
        Check.TAGS: (tags, Answer.LET_IN, Answer.REFUSED),
        Check.FULL_HOUR: (full_hour, Answer.LET_IN, Answer.TOO_LONG),
        Check.FORMER_ID: (former_id, Answer.REFUSED, Answer.LET_IN),
    }
    found = dict(results)
    for check, (answer, good, bad) in told.items():
        if answer is None:
            continue
        if answer not in (good, bad):
            return None
        found[check] = Result.PASSED if answer is good else Result.FAILED
    return found
