"""Check whether a role is safe: probe it with the right external ID and with wrong ones.

A probe is an AssumeRole call whose session Daypass discards. Its variant is the set of optional
session attributes that it sends, and its form also says whether its session name is an agent's. A
full check sends all probes. A daily check sends a few, which confirm the last full check.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, build_external_id
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.values import Value
from chalicelib.domain.verification.probe_variants import (
    ATTRIBUTE_CHECKS,
    FULL,
    VARIANTS,
    ProbeForm,
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
from chalicelib.domain.verification.wrong_ids import list_forms_to_try, list_wrong_ids
from chalicelib.usecases.verification.diagnose import find_causes
from chalicelib.usecases.verification.probing import RoleProber


class RightIdResults(Value):
    """The outcomes of the first probes, which send the right external ID."""

    outcomes: Mapping[ProbeVariant, ProbeOutcome]
    """The outcome of each variant that was probed as a person."""
    combined: ProbeResult
    """The outcome of all variants together, with the session's account if the role accepted one."""
    agent_outcome: ProbeOutcome | None = None
    """The outcome as an agent, in the variant that vends use. None if it was not probed."""

    @property
    def vend_variant(self) -> ProbeVariant:
        """The variant that vends use: the best accepted one, or FULL if the role accepts none."""
        accepted = find_vend_variant(self.outcomes)
        return FULL if accepted is None else accepted


def make_daily_check(prober: RoleProber, engagement: Engagement, role: Role) -> Verification | None:
    """Confirm the last full check of the role with few probes, and return the verification.

    If a result differs, or if the last check did not pass, make a full check instead. So a daily
    check alone never changes a result. Return None if AWS's answers prove nothing. The probes with
    the right external ID have the variant (the optional session attributes) that vends of the role
    use.
    """
    verification = role.passed_verification(engagement)
    if verification is None:
        return make_full_check(prober, engagement, role)
    checked_at, variant = prober.ports.now(), verification.vend_variant
    right_result = prober.probe_account(engagement.external_id, ProbeForm(variant))
    right_results = RightIdResults(outcomes={variant: right_result.outcome}, combined=right_result)
    negative_outcomes = _send_wrong_ids(prober, engagement, right_results, is_full=False)
    results = judge_probes(
        engagement.account_id, right_id_result=right_result, negative_outcomes=negative_outcomes
    )
    # Results that are not safe differ from the last ones, so a full check follows anyway.
    if results is not None and is_role_safe(results):
        results = _send_last_probes(
            prober, engagement, right_results, {**results, **_build_attribute_results(variant)}
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
    with_causes: bool = True,
    failed_checks: frozenset[Check] = frozenset(),
) -> Verification | None:
    """Make a full check of the role, and return the verification.

    Probe the right external ID first and last, and all wrong ones in between. Return None if AWS's
    answers prove nothing.

    `with_causes` also finds out why AWS refuses Daypass, if it does. `failed_checks` are checks
    that failed a moment ago, because the role accepted a wrong ID. They fail whatever AWS answers
    now.
    """
    checked_at = prober.ports.now()
    right_results = _send_right_id(prober, engagement.external_id)
    right_outcome = right_results.combined.outcome
    negative_outcomes: dict[Check, ProbeOutcome] = {}
    if with_causes or right_outcome not in (ProbeOutcome.REFUSED, ProbeOutcome.REGION_DISABLED):
        negative_outcomes = _send_wrong_ids(prober, engagement, right_results, is_full=True)
    negative_outcomes |= dict.fromkeys(failed_checks, ProbeOutcome.ACCEPTED)
    results = judge_probes(
        engagement.account_id,
        right_id_result=right_results.combined,
        negative_outcomes=negative_outcomes,
    )
    if results is not None and right_outcome is ProbeOutcome.ACCEPTED:
        results = {**results, **_build_attribute_results(right_results.vend_variant)}
    if results is not None and is_role_safe(results):
        results = _send_last_probes(prober, engagement, right_results, results)
    if results is None:
        return None
    return Verification(
        checked_at=checked_at,
        full_check_at=checked_at,
        role_arn=role.arn,
        external_id=engagement.external_id,
        results=results,
        required_attributes=find_required_attributes(right_results.outcomes)
        if right_outcome is ProbeOutcome.ACCEPTED
        else (),
        causes=find_causes(prober, engagement, role, right_outcome, negative_outcomes, results)
        if with_causes
        else (),
    )


def _send_right_id(prober: RoleProber, right_id: str) -> RightIdResults:
    """Probe the right external ID as a person in all variants, and return the outcomes.

    Vends use the best variant that the role accepts. For this variant, ask AWS for the session's
    account too, and probe as an agent.
    """

    def probe_variant(variant: ProbeVariant) -> ProbeResult:
        if variant == FULL:
            return prober.probe_account(right_id, ProbeForm(FULL))
        return ProbeResult(prober.probe(right_id, ProbeForm(variant)))

    calls = [partial(probe_variant, variant) for variant in VARIANTS]
    results = dict(zip(VARIANTS, prober.ports.side_by_side(calls), strict=True))
    outcomes = {variant: result.outcome for variant, result in results.items()}
    vend_variant = find_vend_variant(outcomes)
    vend_result = (
        results[FULL]
        if vend_variant in (None, FULL)
        else prober.probe_account(right_id, ProbeForm(vend_variant))
    )
    agent_outcome = (
        prober.probe(right_id, ProbeForm(vend_variant, is_agent=True))
        if vend_variant is not None
        else None
    )
    return RightIdResults(
        outcomes=outcomes,
        combined=ProbeResult(combine_outcomes(outcomes.values()), vend_result.account_id),
        agent_outcome=agent_outcome,
    )


def _send_wrong_ids(
    prober: RoleProber, engagement: Engagement, right_results: RightIdResults, *, is_full: bool
) -> dict[Check, ProbeOutcome]:
    """Probe the wrong external IDs, and return the worst outcome for each check.

    AWS may have given no clear answer to the right external ID. Then send only the most important
    wrong IDs: those with `in_all_forms`. Their refusals prove nothing, but a role that accepts
    everyone is still found.
    """
    has_clear_answer = right_results.combined.outcome in (
        ProbeOutcome.ACCEPTED,
        ProbeOutcome.REFUSED,
        ProbeOutcome.REGION_DISABLED,
    )
    generated = build_external_id(prober.ports.random(EXTERNAL_ID_BYTES))
    probes = [
        (wrong_id, form)
        for wrong_id in list_wrong_ids(
            engagement.external_id, generated, engagement.retired_external_ids
        )
        if has_clear_answer or wrong_id.in_all_forms
        for form in list_forms_to_try(
            wrong_id, right_results.vend_variant, is_full=is_full and has_clear_answer
        )
    ]
    outcomes = prober.probe_all((wrong_id.external_id, form) for wrong_id, form in probes)
    by_check: dict[Check, list[ProbeOutcome]] = defaultdict(list)
    for (wrong_id, _), outcome in zip(probes, outcomes, strict=True):
        by_check[wrong_id.check].append(outcome)
    return {check: find_worst_outcome(outcomes) for check, outcomes in by_check.items()}


def _build_attribute_results(variant: ProbeVariant) -> dict[Check, Result]:
    """Return the results of the checks of session attributes. Vends use the given variant.

    A check passes if that variant sends the attribute.
    """
    return {
        check: Result.PASSED if attribute in variant else Result.FAILED
        for attribute, check in ATTRIBUTE_CHECKS.items()
    }


def _send_last_probes(
    prober: RoleProber, engagement: Engagement, right_results: RightIdResults, results: Results
) -> Results | None:
    """Send the check's last probes, and return the results completed with their outcomes.

    These probes send the previous external ID, if there is one, and then the right external ID
    again, as a person and as an agent. One of them requests a session of one hour, with the session
    attributes that Daypass sends for members.

    Return None if an outcome is unclear or shows that the role changed during the check.
    """
    # The right ID comes last, so that a role that changed during the check is found.
    previous_id = engagement.previous_external_id
    previous_outcome = prober.probe_all_forms(previous_id) if previous_id else None
    vend_form = ProbeForm(right_results.vend_variant)
    agent_form = ProbeForm(right_results.vend_variant, is_agent=True)
    before = {ProbeForm(variant): outcome for variant, outcome in right_results.outcomes.items()}
    if right_results.agent_outcome is not None:
        before[agent_form] = right_results.agent_outcome
    forms = dict.fromkeys((*before, agent_form))
    calls = [
        partial(
            prober.probe,
            engagement.external_id,
            form,
            LONGEST_SESSION if form == vend_form else SHORTEST_SESSION,
        )
        for form in forms
    ]
    outcomes = dict(zip(forms, prober.ports.side_by_side(calls), strict=True))
    # `before` always has the variant that vends use, so this key exists. `complete_results` judges
    # this outcome by itself, because the duration differs from before.
    one_hour_outcome = outcomes.pop(vend_form)
    return complete_results(
        results,
        full_hour=one_hour_outcome,
        # A form without an earlier outcome cannot show a change.
        is_unchanged=all(
            before.get(form, outcome) is outcome for form, outcome in outcomes.items()
        ),
        previous_id=previous_outcome,
        agent_name=None if engagement.agents is AgentAccess.REFUSE else outcomes[agent_form],
    )
