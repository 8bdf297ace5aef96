"""Diagnose why AWS refuses Daypass, with further probes and IAM's policy simulator."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.verification.diagnosis import Cause, Evidence, causes, imply_earlier_access
from chalicelib.domain.verification.probe_variants import ATTRIBUTE_CHECKS, PLAIN, SessionAttribute
from chalicelib.domain.verification.proof import Check, ProbeOutcome, Result, Results
from chalicelib.usecases.verification.probing import RoleProber


def diagnose(
    prober: RoleProber,
    engagement: Engagement,
    role: Role,
    right_id: ProbeOutcome,
    negative: Mapping[Check, ProbeOutcome],
    results: Results,
) -> tuple[Cause, ...]:
    """Return why AWS refuses Daypass, or which attributes it no longer accepts.

    If the role refused the right external ID, this sends further probes.
    """
    earlier = role.verification
    if right_id is ProbeOutcome.REFUSED:
        worked = earlier is not None and (earlier.passed or imply_earlier_access(earlier.causes))
        evidence = replace(
            _diagnose_further(prober, engagement, negative),
            was_verified=worked and earlier is not None and earlier.role_arn == role.arn,
            end_has_passed=role.policy_may_have_ended(prober.ports.now()),
        )
    else:
        before = earlier.variant if earlier is not None and earlier.passed else PLAIN
        gone = {
            attribute
            for attribute in before
            if results.get(ATTRIBUTE_CHECKS[attribute]) is Result.FAILED
        }
        evidence = Evidence(
            right_id=right_id,
            with_source_identity=ProbeOutcome.REFUSED
            if SessionAttribute.SOURCE_IDENTITY in gone
            else None,
            with_tags=ProbeOutcome.REFUSED if SessionAttribute.TAGS in gone else None,
        )
    return causes(evidence)


def _diagnose_further(
    prober: RoleProber, engagement: Engagement, negative: Mapping[Check, ProbeOutcome]
) -> Evidence:
    def probe_id(external_id: str | None) -> ProbeOutcome | None:
        return prober.probe_all_variants(external_id) if external_id else None

    arn = prober.role_arn
    head, _, name = arn.rpartition("/")
    pathless = replace(prober, role_arn=f"{head.partition('/')[0]}/{name}")
    without_path = (
        pathless.probe_all_variants(engagement.external_id) if pathless.role_arn != arn else None
    )
    accepts_retired = negative.get(Check.RETIRED_ID) is ProbeOutcome.ACCEPTED
    return Evidence(
        right_id=ProbeOutcome.REFUSED,
        other_case=negative.get(Check.OTHER_CASE),
        next_id=probe_id(engagement.next_external_id),
        previous_id=ProbeOutcome.ACCEPTED
        if accepts_retired
        else probe_id(engagement.previous_external_id),
        without_path=without_path,
        may_assume=prober.ports.sts.may_assume(arn),
        is_imported=engagement.external_id_imported,
    )
