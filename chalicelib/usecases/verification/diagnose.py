"""Find out why AWS refuses us: what else would be let in, and whether our own side may ask."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.verification.diagnosis import Cause, Evidence, causes, of_a_role_that_worked
from chalicelib.domain.verification.probe_variants import CHECK_OF, PLAIN, SessionAttribute
from chalicelib.domain.verification.proof import Check, ProbeOutcome, Result, Results
from chalicelib.usecases.verification.probing import Prober


def diagnose(
    prober: Prober,
    place: Engagement,
    role: Role,
    right_id: ProbeOutcome,
    negative: Mapping[Check, ProbeOutcome],
    results: Results,
) -> tuple[Cause, ...]:
    """Why AWS refuses us, or what it took before and refuses now. Asks further where it has to."""
    known = role.verification
    if right_id is ProbeOutcome.REFUSED:
        worked = known is not None and (known.passed or of_a_role_that_worked(known.causes))
        seen = replace(
            _diagnose_further(prober, place, negative),
            was_proven=worked and known is not None and known.role_arn == role.arn,
            end_has_passed=role.may_have_run_out(prober.ports.now()),
        )
    else:
        before = known.dress if known is not None and known.passed else PLAIN
        gone = {part for part in before if results.get(CHECK_OF[part]) is Result.FAILED}
        seen = Evidence(
            right_id=right_id,
            is_told_who=ProbeOutcome.REFUSED if SessionAttribute.SOURCE_IDENTITY in gone else None,
            is_tagged=ProbeOutcome.REFUSED if SessionAttribute.TAGS in gone else None,
        )
    return causes(seen)


def _diagnose_further(
    prober: Prober, place: Engagement, negative: Mapping[Check, ProbeOutcome]
) -> Evidence:
    def with_id(external_id: str | None) -> ProbeOutcome | None:
        return prober.in_every_dress(external_id) if external_id else None

    arn = prober.role_arn
    head, _, name = arn.rpartition("/")
    bare = replace(prober, role_arn=f"{head.partition('/')[0]}/{name}")
    without_path = bare.in_every_dress(place.external_id) if bare.role_arn != arn else None
    takes_retired = negative.get(Check.RETIRED_ID) is ProbeOutcome.LET_IN
    return Evidence(
        right_id=ProbeOutcome.REFUSED,
        other_case=negative.get(Check.OTHER_CASE),
        next_id=with_id(place.next_external_id),
        former_id=ProbeOutcome.LET_IN if takes_retired else with_id(place.previous_external_id),
        without_path=without_path,
        may_ask=prober.ports.sts.may_ask(arn),
        is_taken_over=place.external_id_imported,
    )
