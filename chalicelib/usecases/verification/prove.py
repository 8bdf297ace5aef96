"""Prove whether a role is safe: probe it with the right external ID and with wrong ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, new_external_id
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.values import Value
from chalicelib.domain.verification.probe_variants import (
    ATTRIBUTE_CHECKS,
    FULL,
    VARIANTS,
    ProbeVariant,
    combine_outcomes,
    find_required_attributes,
    find_vend_variant,
)
from chalicelib.domain.verification.proof import (
    Check,
    ProbeOutcome,
    ProbeResult,
    Result,
    Results,
    complete_results,
    find_worst_outcome,
    is_role_safe,
    judge_probes,
)
from chalicelib.domain.verification.verification import Verification
from chalicelib.domain.verification.wrong_ids import list_variants_to_try, list_wrong_ids
from chalicelib.usecases.verification.diagnose import find_causes
from chalicelib.usecases.verification.probing import RoleProber


class RightIdResults(Value, frozen=True, kw_only=True):
    """The outcomes of the first probes, which send the right external ID in each probe variant.

    A probe variant is the set of optional session attributes that an AssumeRole call sends.
    """

    outcomes: Mapping[ProbeVariant, ProbeOutcome]
    combined: ProbeResult
    """The combined outcome of all variants, with the session's account if the role accepted one."""

    @property
    def variant(self) -> ProbeVariant:
        """The variant that vends use: the best accepted one, or FULL if the role accepts none."""
        accepted = find_vend_variant(self.outcomes)
        return FULL if accepted is None else accepted


def make_daily_check(prober: RoleProber, engagement: Engagement, role: Role) -> Verification | None:
    """Confirm the last full check of the role with few probes, and return the verification.

    If an answer differs, or the last check did not pass, make a full check instead. So a daily
    check never improves on the results of the last full one. Return None if AWS's answers prove
    nothing.
    """
    verification = role.passed_verification(engagement)
    if verification is None:
        return make_full_check(prober, engagement, role)
    checked_at, variant = prober.ports.now(), verification.vend_variant
    combined = prober.probe_account(engagement.external_id, variant)
    right = RightIdResults(outcomes={variant: combined.outcome}, combined=combined)
    negative_outcomes = _send_wrong_ids(prober, engagement, right, is_full=False)
    results = judge_probes(
        engagement.account_id, right_id_result=combined, negative_outcomes=negative_outcomes
    )
    if results is not None and is_role_safe(results):
        results = _send_last_probes(
            prober, engagement, right, {**results, **_build_attribute_results(variant)}
        )
    if results is None:
        return None
    if results == verification.results:
        return replace(verification, checked_at=checked_at)
    wrongly_accepted = frozenset(
        check for check, outcome in negative_outcomes.items() if outcome is ProbeOutcome.ACCEPTED
    )
    return make_full_check(prober, engagement, role, failed_checks=wrongly_accepted)


def make_full_check(
    prober: RoleProber,
    engagement: Engagement,
    role: Role,
    *,
    diagnoses: bool = True,
    failed_checks: frozenset[Check] = frozenset(),
) -> Verification | None:
    """Make a full check of the role, and return the verification.

    Probe the right external ID first and last, and all wrong ones in between. With `diagnoses`,
    find out why AWS refuses Daypass, if it does. `failed_checks` failed a moment ago, because the
    role accepted a wrong ID: they fail, whatever AWS answers now. Return None if AWS's answers
    prove nothing.
    """
    checked_at = prober.ports.now()
    right = _send_right_id(prober, engagement.external_id)
    outcome = right.combined.outcome
    negative_outcomes: dict[Check, ProbeOutcome] = {}
    if diagnoses or outcome not in (ProbeOutcome.REFUSED, ProbeOutcome.REGION_DISABLED):
        negative_outcomes = _send_wrong_ids(prober, engagement, right, is_full=True)
    negative_outcomes |= dict.fromkeys(failed_checks, ProbeOutcome.ACCEPTED)
    results = judge_probes(
        engagement.account_id, right_id_result=right.combined, negative_outcomes=negative_outcomes
    )
    if results is not None and outcome is ProbeOutcome.ACCEPTED:
        results = {**results, **_build_attribute_results(right.variant)}
    if results is not None and is_role_safe(results):
        results = _send_last_probes(prober, engagement, right, results)
    if results is None:
        return None
    return Verification(
        checked_at=checked_at,
        full_check_at=checked_at,
        role_arn=role.arn,
        external_id=engagement.external_id,
        results=results,
        required_attributes=find_required_attributes(right.outcomes)
        if outcome is ProbeOutcome.ACCEPTED
        else (),
        causes=find_causes(prober, engagement, role, outcome, negative_outcomes, results)
        if diagnoses
        else (),
    )


def _send_right_id(prober: RoleProber, right: str) -> RightIdResults:
    """Probe the right external ID in all variants.

    For the best variant that the role accepts, which vends use, ask AWS for the session's account.
    """

    def probe_variant(variant: ProbeVariant) -> ProbeResult:
        if variant == FULL:
            return prober.probe_account(right, FULL)
        return ProbeResult(prober.probe(right, variant))

    calls = [partial(probe_variant, variant) for variant in VARIANTS]
    results = dict(zip(VARIANTS, prober.ports.side_by_side(calls), strict=True))
    outcomes = {variant: result.outcome for variant, result in results.items()}
    best = find_vend_variant(outcomes)
    accepted = results[FULL] if best in (None, FULL) else prober.probe_account(right, best)
    return RightIdResults(
        outcomes=outcomes, combined=ProbeResult(combine_outcomes(outcomes), accepted.account_id)
    )


def _send_wrong_ids(
    prober: RoleProber, engagement: Engagement, right: RightIdResults, *, is_full: bool
) -> dict[Check, ProbeOutcome]:
    """Probe the wrong external IDs, and return the worst outcome for each check.

    If AWS gave no clear answer to the right external ID, send only the most important wrong IDs
    (`in_all_variants`). Such a check proves nothing, but still finds a role that accepts everyone.
    """
    has_clear_answer = right.combined.outcome in (
        ProbeOutcome.ACCEPTED,
        ProbeOutcome.REFUSED,
        ProbeOutcome.REGION_DISABLED,
    )
    generated = new_external_id(prober.ports.random(EXTERNAL_ID_BYTES))
    probes = [
        (wrong_id, variant)
        for wrong_id in list_wrong_ids(
            engagement.external_id, generated, engagement.retired_external_ids
        )
        if has_clear_answer or wrong_id.in_all_variants
        for variant in list_variants_to_try(
            wrong_id, right.variant, is_full=is_full and has_clear_answer
        )
    ]
    outcomes = prober.probe_all((wrong_id.external_id, variant) for wrong_id, variant in probes)
    by_check: dict[Check, list[ProbeOutcome]] = defaultdict(list)
    for (wrong_id, _), outcome in zip(probes, outcomes, strict=True):
        by_check[wrong_id.check].append(outcome)
    return {check: find_worst_outcome(outcomes) for check, outcomes in by_check.items()}


def _build_attribute_results(variant: ProbeVariant) -> dict[Check, Result]:
    """Return the results of the checks for session attributes, if vends use this variant."""
    return {
        check: Result.PASSED if attribute in variant else Result.FAILED
        for attribute, check in ATTRIBUTE_CHECKS.items()
    }


def _send_last_probes(
    prober: RoleProber, engagement: Engagement, right: RightIdResults, results: Results
) -> Results | None:
    """Complete the results with the check's last probes. Return None if they prove nothing.

    These probes send the previous external ID, and the right one again. The variant that vends use
    requests a session of one hour this time.
    """
    previous = engagement.previous_external_id
    previous_id = prober.probe_all_variants(previous) if previous else None
    calls = [
        partial(
            prober.probe,
            engagement.external_id,
            variant,
            LONGEST_SESSION if variant == right.variant else SHORTEST_SESSION,
        )
        for variant in right.outcomes
    ]
    outcomes = dict(zip(right.outcomes, prober.ports.side_by_side(calls), strict=True))
    full_hour = outcomes.pop(right.variant)
    return complete_results(
        results,
        full_hour=full_hour,
        is_unchanged=all(
            right.outcomes[variant] is outcome for variant, outcome in outcomes.items()
        ),
        previous_id=previous_id,
    )
