"""Diagnose why AWS refuses Daypass, with further probes and IAM's policy simulator."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.verification.diagnosis import (
    Cause,
    Evidence,
    imply_earlier_access,
    infer_causes,
)
from chalicelib.domain.verification.probe_variants import ATTRIBUTE_CHECKS, PLAIN, SessionAttribute
from chalicelib.domain.verification.proof import Check, ProbeOutcome, Result, Results
from chalicelib.usecases.verification.probing import RoleProber


def find_causes(
    prober: RoleProber,
    engagement: Engagement,
    role: Role,
    right_id_outcome: ProbeOutcome,
    negative_outcomes: Mapping[Check, ProbeOutcome],
    results: Results,
) -> tuple[Cause, ...]:
    """Return why the role refuses Daypass, or which session attributes it no longer accepts.

    `negative_outcomes` are the outcomes of the probes that the role should refuse. If the role
    refused the right external ID, send further probes to find the cause.
    """
    earlier = role.verification
    if right_id_outcome is ProbeOutcome.REFUSED:
        accepted_before = earlier is not None and (
            earlier.passed or imply_earlier_access(earlier.causes)
        )
        evidence = replace(
            _gather_evidence(prober, engagement, negative_outcomes),
            accepted_before=accepted_before
            and earlier is not None
            and earlier.role_arn == role.arn,
            end_has_passed=role.policy_may_have_ended(prober.ports.now()),
        )
    else:
        accepted = earlier.vend_variant if earlier is not None and earlier.passed else PLAIN
        no_longer_accepted = {
            attribute
            for attribute in accepted
            if results.get(ATTRIBUTE_CHECKS[attribute]) is Result.FAILED
        }
        evidence = Evidence(
            right_id_outcome=right_id_outcome,
            source_identity_outcome=ProbeOutcome.REFUSED
            if SessionAttribute.SOURCE_IDENTITY in no_longer_accepted
            else None,
            tags_outcome=ProbeOutcome.REFUSED
            if SessionAttribute.TAGS in no_longer_accepted
            else None,
        )
    return infer_causes(evidence)


def _gather_evidence(
    prober: RoleProber, engagement: Engagement, negative_outcomes: Mapping[Check, ProbeOutcome]
) -> Evidence:
    """Return the outcomes of further probes of a role that refused the right external ID."""

    def probe_id(external_id: str | None) -> ProbeOutcome | None:
        return prober.probe_all_variants(external_id) if external_id else None

    arn = prober.role_arn
    head, _, name = arn.rpartition("/")
    pathless = replace(prober, role_arn=f"{head.partition('/')[0]}/{name}")
    pathless_arn_outcome = (
        pathless.probe_all_variants(engagement.external_id) if pathless.role_arn != arn else None
    )
    accepts_retired = negative_outcomes.get(Check.RETIRED_ID) is ProbeOutcome.ACCEPTED
    return Evidence(
        right_id_outcome=ProbeOutcome.REFUSED,
        other_case_outcome=negative_outcomes.get(Check.OTHER_CASE),
        next_id_outcome=probe_id(engagement.next_external_id),
        previous_id_outcome=ProbeOutcome.ACCEPTED
        if accepts_retired
        else probe_id(engagement.previous_external_id),
        pathless_arn_outcome=pathless_arn_outcome,
        may_assume=prober.ports.sts.may_assume(arn),
        is_imported=engagement.external_id_imported,
    )
