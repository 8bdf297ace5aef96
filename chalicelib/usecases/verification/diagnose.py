"""Find out why AWS refuses us: what else would be let in, and whether our own side may ask."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.verification.diagnosis import Cause, Evidence, causes, of_a_role_that_worked
from chalicelib.domain.verification.dress import Asker
from chalicelib.domain.verification.proof import Answer, Check, Result, Results
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.probing import in_every_dress


def diagnose(
    ports: Ports,
    who: Asker,
    place: Engagement,
    role: Role,
    right_id: Answer,
    negative: Mapping[Check, Answer],
    results: Results,
) -> tuple[Cause, ...]:
    """Why AWS refuses us, or what it took before and refuses now. Asks further where it has to."""
    known = role.verification
    before = known if known is not None and known.passed else None
    if right_id is Answer.REFUSED:
        seen = _look_further(ports, who, place, role, negative)
        worked = known is not None and (known.passed or of_a_role_that_worked(known.causes))
        was_proven = worked and known is not None and known.role_arn == role.arn
        has_passed = role.may_have_run_out(ports.now())
        return causes(replace(seen, was_proven=was_proven, end_has_passed=has_passed))
    told = before is not None and before.accepts_source_identity
    tagged = before is not None and before.accepts_tags
    return causes(
        Evidence(
            right_id=right_id,
            is_told_who=_refused(results, Check.SOURCE_IDENTITY) if told else None,
            is_tagged=_refused(results, Check.TAGS) if tagged else None,
        )
    )


def _refused(results: Results, check: Check) -> Answer | None:
    return Answer.REFUSED if results.get(check) is Result.FAILED else None


def _look_further(
    ports: Ports, who: Asker, place: Engagement, role: Role, negative: Mapping[Check, Answer]
) -> Evidence:
    def with_id(external_id: str | None) -> Answer | None:
        return in_every_dress(ports, who, role.arn, external_id) if external_id else None

    takes_retired = negative.get(Check.RETIRED_ID) is Answer.LET_IN
    head, _, name = role.arn.rpartition("/")
    bare = f"{head.partition('/')[0]}/{name}"
    without_path = None
    if bare != role.arn:
        without_path = in_every_dress(ports, who, bare, place.external_id)
    return Evidence(
        right_id=Answer.REFUSED,
        other_case=negative.get(Check.OTHER_CASE),
        next_id=with_id(place.next_external_id),
        former_id=Answer.LET_IN if takes_retired else with_id(place.former_external_id),
        without_path=without_path,
        may_ask=ports.sts.may_ask(role.arn),
        is_taken_over=place.chosen_elsewhere,
    )
