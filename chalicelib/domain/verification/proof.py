"""Conclude from probes whether a role is safe: it must accept only the right external ID.

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
    """AWS's answer to one probe, which is an AssumeRole call."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """The error code AccessDenied, and no other."""
    TOO_LONG = "too-long"
    """The requested session is longer than the role's maximum session duration."""
    REGION_DISABLED = "region-disabled"
    """AWS STS is deactivated in Daypass's region for the client's account."""
    UNKNOWN = "unknown"
    """Throttled, unreachable or rejected. Such an answer proves nothing."""


class ProbeResult(Value, frozen=True):
    """The outcome of a probe with the right external ID. If the role accepted it, `account_id` is
    the AWS account of the session, or None if AWS did not name the account."""

    outcome: ProbeOutcome
    account_id: str | None = None


class Check(StrEnum):
    """One property of a role that a check tests, in the order of the report."""

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
    PREVIOUS_ID = "former-external-id"
    """After a rotation, the role refuses the previous ID. If not: grade B."""


class Result(StrEnum):
    """The result of one check. Results leave out a check that does not apply or was not reached."""

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
    """Not proven safe. Daypass does not vend from the role, unless a lead overrides that."""


def is_safe(results: Results) -> bool:
    """Return whether Daypass may vend from a role with these results.

    OTHER_CASE and RETIRED_ID may be missing: an external ID may have no letters, and no earlier
    rotation.
    """
    required = (Check.RIGHT_ID, Check.ACCOUNT, Check.NO_ID, Check.WRONG_ID, Check.NEAR_MISS)
    if any(results.get(check) is not Result.PASSED for check in required):
        return False
    optional = (Check.OTHER_CASE, Check.RETIRED_ID)
    return all(results.get(check) is not Result.FAILED for check in optional)


def grade(results: Results, *, external_id_imported: bool = False) -> Grade:
    """Return the grade for these results. With an imported external ID, the best grade is B."""
    if not is_safe(results):
        return Grade.F
    if external_id_imported or Result.FAILED in results.values():
        return Grade.B
    attributes = (results.get(check) for check in (Check.SOURCE_IDENTITY, Check.TAGS))
    return Grade.A if all(result is Result.PASSED for result in attributes) else Grade.B


def worst(outcomes: Iterable[ProbeOutcome]) -> ProbeOutcome:
    """Return the worst of several outcomes where the role should refuse each probe."""
    unexpected = [outcome for outcome in outcomes if outcome is not ProbeOutcome.REFUSED]
    if ProbeOutcome.ACCEPTED in unexpected:
        return ProbeOutcome.ACCEPTED
    return next(iter(unexpected), ProbeOutcome.REFUSED)


def judge(
    declared: str, *, right_id: ProbeResult, negative: Mapping[Check, ProbeOutcome]
) -> Results | None:
    """Return the results of the probes that differ only in the external ID, or None if they prove
    nothing.

    `declared` is the engagement's account ID. `negative` has the worst outcome of each check that
    the role should refuse. A refusal counts only if the role accepted the right external ID.
    """
    holes = [check for check, outcome in negative.items() if outcome is ProbeOutcome.ACCEPTED]
    refused = [check for check, outcome in negative.items() if outcome is ProbeOutcome.REFUSED]
    results: dict[Check, Result] = {}
    if right_id.outcome is ProbeOutcome.ACCEPTED:
        results = dict.fromkeys([Check.RIGHT_ID, *refused], Result.PASSED)
    if right_id.outcome in (ProbeOutcome.REFUSED, ProbeOutcome.REGION_DISABLED):
        results = {Check.RIGHT_ID: Result.FAILED}
    if holes:  # a wrong ID was accepted: this is final, whatever the other outcomes
        return results | dict.fromkeys(holes, Result.FAILED)
    if right_id.outcome is not ProbeOutcome.ACCEPTED:
        return results or None
    if right_id.account_id is None or any(
        outcome is not ProbeOutcome.REFUSED for outcome in negative.values()
    ):
        return None
    account = Result.PASSED if right_id.account_id == declared else Result.FAILED
    return results | {Check.ACCOUNT: account}


def complete_results(
    results: Results,
    *,
    full_hour: ProbeOutcome,
    is_unchanged: bool,
    previous_id: ProbeOutcome | None,
) -> Results | None:
    """Return the results of a safe role with those of the last probes, or None if they prove
    nothing.

    To a trust policy, the full-hour probe looks like the first probe that the role accepted. If the
    role refuses it, or `is_unchanged` is False for the other variants, the role changed during the
    check, and the refusals in between prove nothing. `previous_id` is None without a previous
    external ID.
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
