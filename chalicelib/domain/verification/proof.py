"""What the probes of a role prove. A role is safe if it lets us in with the right external ID only.

"How to use an external ID when granting access to your AWS resources to a third party" (IAM User
Guide): test whether the role can be assumed both with and without the correct external ID.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.values import Value


class ProbeOutcome(StrEnum):
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


class ProbeResult(Value, frozen=True):
    """The answer to a probe with the right external ID, and the AWS account that it arrived in, if
    it was let in and could find that out."""

    answer: ProbeOutcome
    account_id: str | None = None


class Check(StrEnum):
    """One thing that is tried of a role, in the order in which it is told."""

    RIGHT_ID = "right-external-id"
    """The role accepts its external ID. If not: grade F, with likely causes."""
    ACCOUNT = "declared-account"
    """AWS (`GetCallerIdentity`) names the engagement's account. If not: grade F."""
    NO_ID = "no-external-id"
    """The role refuses a request without an external ID. If not: grade F."""
    WRONG_ID = "wrong-external-id"
    """The role refuses the random wrong IDs that Daypass tries. If not: grade F."""
    OTHER_CASE = "other-letter-case"
    """The role refuses its ID in another letter case. If not: grade F."""
    NEAR_MISS = "near-miss"
    """The role refuses the IDs that Daypass tries and that resemble its own. If not: grade F."""
    RETIRED_ID = "retired-external-id"
    """The role refuses each ID that an earlier rotation retired. If not: grade F. Absent if there
    is none."""
    SOURCE_IDENTITY = "source-identity"
    """Sessions may carry the member as their source identity. If not: grade B."""
    TAGS = "session-tags"
    """Sessions may carry the member's and the engagement's tags. If not: grade B."""
    FULL_HOUR = "full-hour"
    """Sessions may last an hour. If not: grade B. The last probe, so that a role which was changed
    during the check proves nothing."""
    FORMER_ID = "former-external-id"
    """After a rotation, the role refuses the previous ID. If not: grade B."""


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
    """Return whether Daypass may vend from a role with these results. OTHER_CASE and RETIRED_ID
    need not apply: an ID may have no letters, and be the first."""
    required = (Check.RIGHT_ID, Check.ACCOUNT, Check.NO_ID, Check.WRONG_ID, Check.NEAR_MISS)
    if any(results.get(check) is not Result.PASSED for check in required):
        return False
    optional = (Check.OTHER_CASE, Check.RETIRED_ID)
    return all(results.get(check) is not Result.FAILED for check in optional)


def grade(results: Results, *, external_id_imported: bool = False) -> Grade:
    """The grade for these results. An external ID that we did not make is never the best."""
    if not is_safe(results):
        return Grade.F
    if external_id_imported or Result.FAILED in results.values():
        return Grade.B
    tells_who = (results.get(check) for check in (Check.SOURCE_IDENTITY, Check.TAGS))
    return Grade.A if all(result is Result.PASSED for result in tells_who) else Grade.B


def worst(answers: Iterable[ProbeOutcome]) -> ProbeOutcome:
    """What several answers to one question come to, where being refused is how it should be."""
    told = [answer for answer in answers if answer is not ProbeOutcome.REFUSED]
    if ProbeOutcome.LET_IN in told:
        return ProbeOutcome.LET_IN
    return next(iter(told), ProbeOutcome.REFUSED)


def judge(
    declared: str, *, right_id: ProbeResult, negative: Mapping[Check, ProbeOutcome]
) -> Results | None:
    """What the probes say that differ in the external ID alone; None: it proves nothing.

    Fails closed: a refusal proves something only if the right external ID was let in. `negative`
    has the worst answer to each check that should be refused.
    """
    holes = [check for check, answer in negative.items() if answer is ProbeOutcome.LET_IN]
    refused = [check for check, answer in negative.items() if answer is ProbeOutcome.REFUSED]
    found: dict[Check, Result] = {}
    if right_id.answer is ProbeOutcome.LET_IN:
        found = dict.fromkeys([Check.RIGHT_ID, *refused], Result.PASSED)
    if right_id.answer in (ProbeOutcome.REFUSED, ProbeOutcome.REGION_DISABLED):
        found = {Check.RIGHT_ID: Result.FAILED}
    if holes:  # final, whatever the other probes said
        return found | dict.fromkeys(holes, Result.FAILED)
    if right_id.answer is not ProbeOutcome.LET_IN:
        return found or None
    if right_id.account_id is None or any(
        answer is not ProbeOutcome.REFUSED for answer in negative.values()
    ):
        return None
    arrived = Result.PASSED if right_id.account_id == declared else Result.FAILED
    return found | {Check.ACCOUNT: arrived}


def complete_results(
    results: Results, *, full_hour: ProbeOutcome, is_unchanged: bool, former_id: ProbeOutcome | None
) -> Results | None:
    """The results of a safe role with those of the last probes; None: it proves nothing.

    `full_hour` differs from a probe that was let in at first in nothing that a trust policy sees. A
    role that refuses it, or is not `is_unchanged` in the other dresses, was changed in between, and
    the refusals may have come of that. `former_id` is None if there is none.
    """
    if not is_unchanged:
        return None
    told = {
        Check.FULL_HOUR: (full_hour, ProbeOutcome.LET_IN, ProbeOutcome.TOO_LONG),
        Check.FORMER_ID: (former_id, ProbeOutcome.REFUSED, ProbeOutcome.LET_IN),
    }
    found = dict(results)
    for check, (answer, good, bad) in told.items():
        if answer is None:
            continue
        if answer not in (good, bad):
            return None
        found[check] = Result.PASSED if answer is good else Result.FAILED
    return found
