"""Conclude from probes whether a role is safe: it must accept only the correct external ID.

A probe is an AssumeRole call whose session Daypass discards. AWS recommends to test whether a role
can be assumed both with and without the correct external ID (IAM User Guide, "How to use an
external ID when granting access to your AWS resources to a third party").

A proof stores the results of probes. The verdict, the grade, the sentences and the fixes are
derived from it, so that they cannot disagree with the results or name an earlier external ID.
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


class ProbeResult(Value, kw_only=False):
    """The outcome of a probe with the correct external ID.

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
    """AWS (`GetCallerIdentity`) reports that the role's session is in the engagement's account. If
    not: grade F."""
    NO_ID = "no-external-id"
    """The role refuses a request without an external ID. If not: grade F."""
    WRONG_ID = "wrong-external-id"
    """The role refuses the random wrong external IDs that Daypass tries. If not: grade F."""
    OTHER_CASE = "other-letter-case"
    """The role refuses the external ID in another letter case. If not: grade F."""
    NEAR_MISS = "near-miss"
    """The role refuses near misses: IDs that resemble the external ID. If not: grade F."""
    RETIRED_ID = "retired-external-id"
    """The role refuses each external ID that an earlier rotation retired. If not: grade F. Absent
    if no ID was retired."""
    SOURCE_IDENTITY = "source-identity"
    """Sessions may carry the member's ID as their source identity. If not: grade B."""
    TAGS = "session-tags"
    """Sessions may carry tags with the member and the engagement. If not: grade B."""
    AGENT_NAME = "agent-session-name"
    """The role accepts the session names of agents, which end in `.agent`. If not: grade B. Absent
    if the engagement refuses agents."""
    FULL_HOUR = "full-hour"
    """Sessions may last one hour. If not: grade B. Daypass makes this check last, to notice a role
    that changed during the check."""
    PREVIOUS_ID = "former-external-id"
    """After a rotation, the role refuses the previous external ID. If not: grade B."""


class Result(StrEnum):
    """The result of one check. A check that does not apply or was not made has no result."""

    PASSED = "passed"
    FAILED = "failed"


Results = Annotated[
    Mapping[Check, Result],
    Meta(extra_json_schema={"propertyNames": {"enum": [check.value for check in Check]}}),
]
"""The result of each check that was made."""


class Grade(StrEnum):
    """The overall rating of a role."""

    A = "A"
    """The role is safe, and its sessions name the member in CloudTrail."""
    B = "B"
    """The role is safe, with something to improve."""
    F = "F"
    """The role is not proven safe. Daypass issues no sessions from it, unless a lead overrides the
    check."""


def is_role_safe(results: Results) -> bool:
    """Return whether these results prove the role safe, so that Daypass may issue its sessions.

    The results may lack OTHER_CASE, because an external ID may have no letters. They may lack
    RETIRED_ID, because the engagement may have retired no ID.
    """
    required = (Check.RIGHT_ID, Check.ACCOUNT, Check.NO_ID, Check.WRONG_ID, Check.NEAR_MISS)
    if any(results.get(check) is not Result.PASSED for check in required):
        return False
    optional = (Check.OTHER_CASE, Check.RETIRED_ID)
    return all(results.get(check) is not Result.FAILED for check in optional)


def grade_results(results: Results, *, external_id_imported: bool = False) -> Grade:
    """Return the role's grade for these results. With an imported external ID it is at most B."""
    if not is_role_safe(results):
        return Grade.F
    if external_id_imported or Result.FAILED in results.values():
        return Grade.B
    attribute_results = (results.get(check) for check in (Check.SOURCE_IDENTITY, Check.TAGS))
    return Grade.A if all(result is Result.PASSED for result in attribute_results) else Grade.B


def find_worst_outcome(outcomes: Iterable[ProbeOutcome]) -> ProbeOutcome:
    """Return the worst outcome of several probes that the role should refuse.

    ACCEPTED is the worst. If it does not occur, return the first outcome other than REFUSED. Return
    REFUSED if the role refused every probe.
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
    """Return the results of the checks RIGHT_ID and ACCOUNT, and of the negative checks.

    A negative check tries external IDs that the role should refuse. `negative_outcomes` has the
    worst outcome of each. A refusal passes the check only if the role accepts the right ID. An
    acceptance always fails it. `declared_account` is the engagement's account ID.

    Return None if neither RIGHT_ID nor a negative check fails, but AWS gave no clear answer to a
    probe or did not name the session's account.
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
    if wrongly_accepted:  # the role is unsafe, whatever the other outcomes
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
    agent_name: ProbeOutcome | None,
) -> Results | None:
    """Return a safe role's results, completed with AGENT_NAME, FULL_HOUR and PREVIOUS_ID. Return
    None if an outcome is not clear, or if the role changed during the check, because the earlier
    refusals of wrong IDs then prove nothing.

    At its end, a check sends the correct external ID again in every form: a set of attributes
    with the session name of a person or of an agent. `full_hour` is the outcome in the form of a
    person's vend, for a session of one hour. `is_unchanged` is true if the outcomes in the other
    forms are the same as at the beginning. `agent_name` is the outcome for an agent, or None if the
    engagement refuses agents. `previous_id` is the outcome for the previous external ID, or None if
    the engagement has none.
    """
    if not is_unchanged:
        return None
    last_outcomes = {
        Check.AGENT_NAME: (agent_name, ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED),
        Check.FULL_HOUR: (full_hour, ProbeOutcome.ACCEPTED, ProbeOutcome.TOO_LONG),
        Check.PREVIOUS_ID: (previous_id, ProbeOutcome.REFUSED, ProbeOutcome.ACCEPTED),
    }
    completed = dict(results)
    for check, (outcome, passing_outcome, failing_outcome) in last_outcomes.items():
        if outcome is None:
            continue
        if outcome not in (passing_outcome, failing_outcome):
            return None
        completed[check] = Result.PASSED if outcome is passing_outcome else Result.FAILED
    return completed
