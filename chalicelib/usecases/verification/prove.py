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
    combined_outcome,
    required_attributes,
    variant_for_vends,
)
from chalicelib.domain.verification.proof import (
    Check,
    ProbeOutcome,
    ProbeResult,
    Result,
    Results,
    complete_results,
    is_safe,
    judge,
    worst,
)
from chalicelib.domain.verification.verification import Verification
from chalicelib.domain.verification.wrong_ids import variants_to_try, wrong_ids
from chalicelib.usecases.verification.diagnose import diagnose
from chalicelib.usecases.verification.probing import RoleProber


class RightIdResults(Value, frozen=True, kw_only=True):
    """The role's answers to the right external ID in each variant, before all other probes."""

    outcomes: Mapping[ProbeVariant, ProbeOutcome]
    combined: ProbeResult

    @property
    def variant(self) -> ProbeVariant:
        """The variant that vends use. For a role that accepts none, assume FULL."""
        accepted = variant_for_vends(self.outcomes)
        return FULL if accepted is None else accepted


def confirm(prober: RoleProber, engagement: Engagement, role: Role) -> Verification | None:
    """Confirm the last full check of a proven role with few probes. Return None if AWS's answers
    prove nothing.

    If an answer differs, or the role is not proven, make a full check instead. So a daily check
    never improves on the results of the last full one.
    """
    proof = role.proof(engagement)
    if proof is None:
        return prove(prober, engagement, role)
    checked_at, variant = prober.ports.now(), proof.variant
    combined = prober.probe_account(engagement.external_id, variant)
    right = RightIdResults(outcomes={variant: combined.outcome}, combined=combined)
    negative = _wrong_ids(prober, engagement, right, is_full=False)
    results = judge(engagement.account_id, right_id=combined, negative=negative)
    if results is not None and is_safe(results):
        results = _last(prober, engagement, right, {**results, **_accepted(variant)})
    if results is None:
        return None
    if results == proof.results:
        return replace(proof, checked_at=checked_at)
    holes = frozenset(c for c, outcome in negative.items() if outcome is ProbeOutcome.ACCEPTED)
    return prove(prober, engagement, role, holes=holes)


def prove(
    prober: RoleProber,
    engagement: Engagement,
    role: Role,
    *,
    diagnoses: bool = True,
    holes: frozenset[Check] = frozenset(),
) -> Verification | None:
    """Make a full check, and return its result. Return None if AWS's answers prove nothing.

    The right external ID is probed first and last, all wrong ones in between. A refusal is
    diagnosed only if `diagnoses`. `holes` are checks that failed a moment ago: they fail, whatever
    AWS answers now.
    """
    checked_at = prober.ports.now()
    right = _right_id(prober, engagement.external_id)
    outcome = right.combined.outcome
    negative: dict[Check, ProbeOutcome] = {}
    if diagnoses or outcome not in (ProbeOutcome.REFUSED, ProbeOutcome.REGION_DISABLED):
        negative = _wrong_ids(prober, engagement, right, is_full=True)
    negative |= dict.fromkeys(holes, ProbeOutcome.ACCEPTED)
    results = judge(engagement.account_id, right_id=right.combined, negative=negative)
    if results is not None and outcome is ProbeOutcome.ACCEPTED:
        results = {**results, **_accepted(right.variant)}
    if results is not None and is_safe(results):
        results = _last(prober, engagement, right, results)
    if results is None:
        return None
    return Verification(
        checked_at=checked_at,
        full_check_at=checked_at,
        role_arn=role.arn,
        external_id=engagement.external_id,
        results=results,
        required_attributes=required_attributes(right.outcomes)
        if outcome is ProbeOutcome.ACCEPTED
        else (),
        causes=diagnose(prober, engagement, role, outcome, negative, results) if diagnoses else (),
    )


def _right_id(prober: RoleProber, right: str) -> RightIdResults:
    """Probe the right external ID in all variants. The session's account comes from the best
    variant that the role accepts, which is the one that vends use."""

    def first(variant: ProbeVariant) -> ProbeResult:
        if variant == FULL:
            return prober.probe_account(right, FULL)
        return ProbeResult(prober.probe(right, variant))

    calls = [partial(first, variant) for variant in VARIANTS]
    results = dict(zip(VARIANTS, prober.ports.side_by_side(calls), strict=True))
    outcomes = {variant: result.outcome for variant, result in results.items()}
    best = variant_for_vends(outcomes)
    accepted = results[FULL] if best in (None, FULL) else prober.probe_account(right, best)
    return RightIdResults(
        outcomes=outcomes, combined=ProbeResult(combined_outcome(outcomes), accepted.account_id)
    )


def _wrong_ids(
    prober: RoleProber, engagement: Engagement, right: RightIdResults, *, is_full: bool
) -> dict[Check, ProbeOutcome]:
    """Return the worst outcome of each check in which the role should refuse Daypass.

    If AWS did not answer clearly to the right external ID, try only the IDs of all variants: the
    check proves nothing then, but still finds a role that accepts everyone.
    """
    is_answered = right.combined.outcome in (
        ProbeOutcome.ACCEPTED,
        ProbeOutcome.REFUSED,
        ProbeOutcome.REGION_DISABLED,
    )
    wrong = new_external_id(prober.ports.random(EXTERNAL_ID_BYTES))
    probes = [
        (wrong_id, variant)
        for wrong_id in wrong_ids(engagement.external_id, wrong, engagement.retired_external_ids)
        if is_answered or wrong_id.in_all_variants
        for variant in variants_to_try(wrong_id, right.variant, is_full=is_full and is_answered)
    ]
    outcomes = prober.probe_all((wrong_id.external_id, variant) for wrong_id, variant in probes)
    by_check: dict[Check, list[ProbeOutcome]] = defaultdict(list)
    for (wrong_id, _), outcome in zip(probes, outcomes, strict=True):
        by_check[wrong_id.check].append(outcome)
    return {check: worst(outcomes) for check, outcomes in by_check.items()}


def _accepted(variant: ProbeVariant) -> dict[Check, Result]:
    return {
        check: Result.PASSED if attribute in variant else Result.FAILED
        for attribute, check in ATTRIBUTE_CHECKS.items()
    }


def _last(
    prober: RoleProber, engagement: Engagement, right: RightIdResults, results: Results
) -> Results | None:
    """Probe the previous external ID, and the right one again: as before, but for a full hour in
    the variant that vends use."""
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
        is_unchanged=all(right.outcomes[v] is outcome for v, outcome in outcomes.items()),
        previous_id=previous_id,
    )
