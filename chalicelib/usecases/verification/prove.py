"""Prove a role: what it answers to the right external ID, and to all others, dressed and bare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, external_id
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.values import Value
from chalicelib.domain.verification.probe_variants import (
    CHECK_OF,
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
from chalicelib.domain.verification.wrong_ids import tried_in, wrong_ids
from chalicelib.usecases.verification.diagnose import diagnose
from chalicelib.usecases.verification.probing import Prober


class RightIdResults(Value, frozen=True, kw_only=True):
    """How the role answers to the right external ID, in each dress, before all other probes."""

    answers: Mapping[ProbeVariant, ProbeOutcome]
    arrival: ProbeResult

    @property
    def dress(self) -> ProbeVariant:
        """What a vend wears; a role that lets us in in no dress is tried as if it took all."""
        worn = variant_for_vends(self.answers)
        return FULL if worn is None else worn


def prove_again(prober: Prober, place: Engagement, role: Role) -> Verification | None:
    """Confirm by few probes that a proven role is as it was found; None: ask again.

    If anything is not, or it is not proven, this is a full check: so no daily check ever makes a
    role look better than the last full one did.
    """
    known = role.proof(place)
    if known is None:
        return prove(prober, place, role)
    checked_at, dress = prober.ports.now(), known.dress
    arrival = prober.arrive(place.external_id, dress)
    right = RightIdResults(answers={dress: arrival.answer}, arrival=arrival)
    negative = _wrong_ids(prober, place, right, is_full=False)
    results = judge(place.account_id, right_id=arrival, negative=negative)
    if results is not None and is_safe(results):
        results = _last(prober, place, right, {**results, **_accepted(dress)})
    if results is None:
        return None
    if results == known.results:
        return replace(known, checked_at=checked_at)
    holes = frozenset(check for check, answer in negative.items() if answer is ProbeOutcome.LET_IN)
    return prove(prober, place, role, holes=holes)


def prove(
    prober: Prober,
    place: Engagement,
    role: Role,
    *,
    asks_why: bool = True,
    holes: frozenset[Check] = frozenset(),
) -> Verification | None:
    """What the probes say about the role and the engagement's external ID; None: ask again.

    The right external ID comes first and last, all that is to be refused in between. A refusal is
    looked into if it `asks_why`. `holes` were seen just now, and count whatever is answered.
    """
    checked_at = prober.ports.now()
    right = _right_id(prober, place.external_id)
    answer = right.arrival.answer
    negative: dict[Check, ProbeOutcome] = {}
    if asks_why or answer not in (ProbeOutcome.REFUSED, ProbeOutcome.REGION_DISABLED):
        negative = _wrong_ids(prober, place, right, is_full=True)
    negative |= dict.fromkeys(holes, ProbeOutcome.LET_IN)
    results = judge(place.account_id, right_id=right.arrival, negative=negative)
    if results is not None and answer is ProbeOutcome.LET_IN:
        results = {**results, **_accepted(right.dress)}
    if results is not None and is_safe(results):
        results = _last(prober, place, right, results)
    if results is None:
        return None
    return Verification(
        checked_at=checked_at,
        full_check_at=checked_at,
        role_arn=role.arn,
        external_id=place.external_id,
        results=results,
        required_attributes=required_attributes(right.answers)
        if answer is ProbeOutcome.LET_IN
        else (),
        causes=diagnose(prober, place, role, answer, negative, results) if asks_why else (),
    )


def _right_id(prober: Prober, right: str) -> RightIdResults:
    """Where one arrives is found out in the best dress that is let in: as a vend would arrive."""

    def first(dress: ProbeVariant) -> ProbeResult:
        if dress == FULL:
            return prober.arrive(right, FULL)
        return ProbeResult(prober.probe(right, dress))

    told = prober.ports.side_by_side([partial(first, dress) for dress in VARIANTS])
    arrivals = dict(zip(VARIANTS, told, strict=True))
    answers = {dress: arrival.answer for dress, arrival in arrivals.items()}
    dress = variant_for_vends(answers)
    arrived = arrivals[FULL] if dress in (None, FULL) else prober.arrive(right, dress)
    return RightIdResults(
        answers=answers, arrival=ProbeResult(combined_outcome(answers), arrived.account_id)
    )


def _wrong_ids(
    prober: Prober, place: Engagement, right: RightIdResults, *, is_full: bool
) -> dict[Check, ProbeOutcome]:
    """Return the worst answer to each check in which the role should refuse us.

    Few are asked where AWS does not answer to the right external ID: nothing is proven then, but a
    role that lets anybody in is found out.
    """
    is_answered = right.arrival.answer in (
        ProbeOutcome.LET_IN,
        ProbeOutcome.REFUSED,
        ProbeOutcome.REGION_DISABLED,
    )
    wrong = external_id(prober.ports.random(EXTERNAL_ID_BYTES))
    tried = [
        (one, dress)
        for one in wrong_ids(place.external_id, wrong, place.retired_external_ids)
        if is_answered or one.in_all_dresses
        for dress in tried_in(one, right.dress, is_full=is_full and is_answered)
    ]
    told = prober.probe_all((one.external_id, dress) for one, dress in tried)
    answers: dict[Check, list[ProbeOutcome]] = defaultdict(list)
    for (one, _), answer in zip(tried, told, strict=True):
        answers[one.check].append(answer)
    return {check: worst(given) for check, given in answers.items()}


def _accepted(dress: ProbeVariant) -> dict[Check, Result]:
    return {
        check: Result.PASSED if part in dress else Result.FAILED for part, check in CHECK_OF.items()
    }


def _last(
    prober: Prober, place: Engagement, right: RightIdResults, results: Results
) -> Results | None:
    """The former external ID, and then once more the right one: as at first, and as a vend for a
    full hour."""
    former = place.previous_external_id
    former_id = prober.in_every_dress(former) if former else None
    calls = [
        partial(
            prober.probe,
            place.external_id,
            dress,
            LONGEST_SESSION if dress == right.dress else SHORTEST_SESSION,
        )
        for dress in right.answers
    ]
    told = dict(zip(right.answers, prober.ports.side_by_side(calls), strict=True))
    full_hour = told.pop(right.dress)
    return complete_results(
        results,
        full_hour=full_hour,
        is_unchanged=all(right.answers[dress] is answer for dress, answer in told.items()),
        former_id=former_id,
    )
