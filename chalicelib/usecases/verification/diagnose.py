"""Find out why AWS refuses Daypass, with further probes and IAM's policy simulator.

A probe is an AssumeRole call whose session Daypass discards.
"""

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
    """Return the likely causes why the role refuses Daypass, or a session attribute.

    If the role refused the right external ID, send further probes to find the cause. Otherwise find
    the session attributes that the role accepted at its last check and refuses now.

    `negative_outcomes` are the outcomes of the probes that the role should refuse. `results` are
    those of this check. `role` still has the results of the last one.
    """
    last_verification = role.verification
    if right_id_outcome is ProbeOutcome.REFUSED:
        accepted_before = last_verification is not None and (
            last_verification.passed or imply_earlier_access(last_verification.causes)
        )
        evidence = replace(
            _gather_evidence(prober, engagement, negative_outcomes),
            accepted_before=accepted_before
            and last_verification is not None
            and last_verification.role_arn == role.arn,
            end_has_passed=role.policy_may_have_ended(prober.ports.now()),
        )
    else:
        accepted_attributes = (
            last_verification.vend_variant
            if last_verification is not None and last_verification.passed
            else PLAIN
        )
        refused_attributes = {
            attribute
            for attribute in accepted_attributes
            if results.get(ATTRIBUTE_CHECKS[attribute]) is Result.FAILED
        }
        evidence = Evidence(
            right_id_outcome=right_id_outcome,
            source_identity_outcome=ProbeOutcome.REFUSED
            if SessionAttribute.SOURCE_IDENTITY in refused_attributes
            else None,
            tags_outcome=ProbeOutcome.REFUSED
            if SessionAttribute.TAGS in refused_attributes
            else None,
        )
    return infer_causes(evidence)


def _gather_evidence(
    prober: RoleProber, engagement: Engagement, negative_outcomes: Mapping[Check, ProbeOutcome]
) -> Evidence:
    """Probe a role that refused the right external ID further, and return what that shows.

    Try the next and the previous external ID, and the ARN of a role with the same name but without
    a path. Ask IAM whether Daypass may assume the role.
    """

    def probe_if_set(external_id: str | None) -> ProbeOutcome | None:
        return prober.probe_all_forms(external_id) if external_id else None

    arn = prober.role_arn
    # arn:aws:iam::123456789012:role/a/path/name becomes arn:aws:iam::123456789012:role/name.
    head, _, name = arn.rpartition("/")
    pathless_prober = replace(prober, role_arn=f"{head.partition('/')[0]}/{name}")
    pathless_arn_outcome = (
        pathless_prober.probe_all_forms(engagement.external_id)
        if pathless_prober.role_arn != arn
        else None
    )
    # The check itself has sent the retired IDs. Every retired ID was once the previous ID, so
    # accepting a retired ID has the same cause as accepting the previous one.
    accepts_retired = negative_outcomes.get(Check.RETIRED_ID) is ProbeOutcome.ACCEPTED
    return Evidence(
        right_id_outcome=ProbeOutcome.REFUSED,
        other_case_outcome=negative_outcomes.get(Check.OTHER_CASE),
        next_id_outcome=probe_if_set(engagement.next_external_id),
        previous_id_outcome=ProbeOutcome.ACCEPTED
        if accepts_retired
        else probe_if_set(engagement.previous_external_id),
        pathless_arn_outcome=pathless_arn_outcome,
        may_assume=prober.ports.sts.may_assume(arn),
        is_imported=engagement.external_id_imported,
    )
