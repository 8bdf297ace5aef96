"""Conclude from probes whether a role is safe: it must accept only the right external ID.

A probe is an AssumeRole call whose session Daypass discards. AWS recommends to test whether a role
can be assumed both with and without the correct external ID (IAM User Guide, "How to use an
external ID when granting access to your AWS resources to a third party").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.values import Value


class ProbeOutcome(StrEnum):
    """AWS's answer to one probe."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """AWS answered with the error code AccessDenied."""
    TOO_LONG = "too-long"
    """The requested session is longer than the role's maximum session duration."""
    REGION_DISABLED = "region-disabled"
    """AWS STS is deactivated in Daypass's region for the client's account."""
    UNKNOWN = "unknown"
    """AWS throttled or rejected the call, or did not answer. This proves nothing about the role."""


class ProbeResult(Value, frozen=True):
    """The outcome of a probe with the right external ID.

    `account_id` is the AWS account of the session. It is None if the role refused the probe, or if
    AWS did not name the account.
    """

    outcome: ProbeOutcome
    account_id: str | None = None


class Check(StrEnum):
    """One property of a role that a check tests, in the order of the report."""

    RIGHT_ID = "right-external-id"
    """The role accepts the engagement's external ID. If not: grade F, with likely causes."""
    ACCOUNT = "declared-account"
    """AWS (`GetCallerIdentity`) names the engagement's account. If not: grade F."""
    NO_ID = "no-external-id"
    """The role refuses a request without an external ID. If not: grade F."""
    WRONG_ID = "wrong-external-id"
    """The role refuses the random wrong IDs that Daypass tries. If not: grade F."""
    OTHER_CASE = "other-letter-case"
    """The role refuses the external ID in another letter case. If not: grade F."""
    NEAR_MISS = "near-miss"
    """The role refuses near misses: IDs that resemble the external ID. If not: grade F."""
    RETIRED_ID = "retired-external-id"
    """The role refuses each ID that an earlier rotation retired. If not: grade F. Absent if
    no ID was retired."""
    SOURCE_IDENTITY = "source-identity"
    """Sessions may carry the member as their source identity. If not: grade B."""
    TAGS = "session-tags"
    """Sessions may carry the member's and the engagement's tags. If not: grade B."""
    FULL_HOUR = "full-hour"
    """Sessions may last one hour. If not: grade B. Daypass tries this last, to notice a role that
    changed during the check."""
    PREVIOUS_ID = "former-external-id"
    """After a rotation, the role refuses the previous ID. If not: grade B."""


class Result(StrEnum):
    """The result of one check. A check that does not apply or was not made has no result."""

    PASSED = "passed"
    FAILED = "failed"


Results = Annotated[
    Mapping[Check, Result],
    Meta(extra_json_schema={"propertyNames": {"enum": [check.value for check in Check]}}),
]


class Grade(StrEnum):
    """The overall rating of a role."""

    A = "A"
    """Safe, and its sessions name the member in CloudTrail."""
    B = "B"
    """Safe, with something to improve."""
    F = "F"
    """Not proven safe. Daypass issues no sessions of the role, unless a lead overrides that."""


def is_safe(results: Results) -> bool:
    """Return whether Daypass may issue sessions of a role with these results.

    OTHER_CASE may be missing, because an external ID may have no letters. RETIRED_ID may be
    missing, because the engagement may have retired no ID.
    """
    required = (Check.RIGHT_ID, Check.ACCOUNT, Check.NO_ID, Check.WRONG_ID, Check.NEAR_MISS)
    if any(results.get(check) is not Result.PASSED for check in required):
        return False
    optional = (Check.OTHER_CASE, Check.RETIRED_ID)
    return all(results.get(check) is not Result.FAILED for check in optional)


def grade_results(results: Results, *, external_id_imported: bool = False) -> Grade:
    """Return the grade for these results. With an imported external ID, the best grade is B."""
    if not is_safe(results):
        return Grade.F
    if external_id_imported or Result.FAILED in results.values():
        return Grade.B
    attributes = (results.get(check) for check in (Check.SOURCE_IDENTITY, Check.TAGS))
    return Grade.A if all(result is Result.PASSED for result in attributes) else Grade.B


def worst_outcome(outcomes: Iterable[ProbeOutcome]) -> ProbeOutcome:
    """Return the worst outcome of probes that the role should all refuse.

    ACCEPTED is the worst, then the first outcome that is no clear refusal.
    """
    unexpected = [outcome for outcome in outcomes if outcome is not ProbeOutcome.REFUSED]
    if ProbeOutcome.ACCEPTED in unexpected:
        return ProbeOutcome.ACCEPTED
    return next(iter(unexpected), ProbeOutcome.REFUSED)


def judge_probes(
    declared_account: str,
    *,
    right_id_result: ProbeResult,
    negative_outcomes: Mapping[Check, ProbeOutcome],
) -> Results | None:
    """Return the results of the checks that try external IDs, or None if the probes prove nothing.

    `declared_account` is the engagement's account ID. `negative_outcomes` has the worst outcome of
    each check whose probes the role should refuse. A refusal of a wrong ID counts only if the role
    accepted the right one.
    """
    wrongly_accepted = [
        check for check, outcome in negative_outcomes.items() if outcome is ProbeOutcome.ACCEPTED
    ]
    refused = [
        check for check, outcome in negative_outcomes.items() if outcome is ProbeOutcome.REFUSED
    ]
    results: dict[Check, Result] = {}
    if right_id_result.outcome is ProbeOutcome.ACCEPTED:
        results = dict.fromkeys([Check.RIGHT_ID, *refused], Result.PASSED)
    if right_id_result.outcome in (ProbeOutcome.REFUSED, ProbeOutcome.REGION_DISABLED):
        results = {Check.RIGHT_ID: Result.FAILED}
    if wrongly_accepted:  # this is final, whatever the other outcomes
        return results | dict.fromkeys(wrongly_accepted, Result.FAILED)
    if right_id_result.outcome is not ProbeOutcome.ACCEPTED:
        return results or None
    if right_id_result.account_id is None or any(
        outcome is not ProbeOutcome.REFUSED for outcome in negative_outcomes.values()
    ):
        return None
    account = Result.PASSED if right_id_result.account_id == declared_account else Result.FAILED
    return results | {Check.ACCOUNT: account}


def complete_results(
    results: Results,
    *,
    full_hour: ProbeOutcome,
    is_unchanged: bool,
    previous_id: ProbeOutcome | None,
) -> Results | None:
    """Return the results of a safe role with the results of the last probes added.

    A trust policy cannot tell the full-hour probe from the first probe that the role accepted. If
    the role refuses it now, the role changed during the check. The same follows if `is_unchanged`
    is False: the role answers differently in another variant. The refusals in between prove nothing
    then, so return None. `previous_id` is None if the engagement has no previous external ID.
    """
    if not is_unchanged:
        return None
    last_probes = {
        Check.FULL_HOUR: (full_hour, ProbeOutcome.ACCEPTED, ProbeOutcome.TOO_LONG),
        Check.PREVIOUS_ID: (previous_id, ProbeOutcome.REFUSED, ProbeOutcome.ACCEPTED),
    }
    completed = dict(results)
    for check, (outcome, good, bad) in last_probes.items():
        if outcome is None:
            continue
        if outcome not in (good, bad):
            return None
        completed[check] = Result.PASSED if outcome is good else Result.FAILED
    return completed
