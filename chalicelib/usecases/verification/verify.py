"""Verify a role: prove that it lets Daypass in with the right external ID, and only with it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, external_id, session_tags
from chalicelib.domain.moments import LONGEST_SESSION
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import changed
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.verification.diagnosis import Cause, Evidence, causes, of_a_role_that_worked
from chalicelib.domain.verification.proof import (
    PROBE,
    Answer,
    Arrival,
    Check,
    Result,
    accepting,
    is_safe,
    judge,
    other_case,
)
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import current_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Acting, entry_by, write
from chalicelib.usecases.verification.drift import has_drifted, tell_of_drift

PROBE_TAGS = session_tags(PROBE, PROBE)


def verify(ports: Ports, by: Acting, engagement: str, role: str) -> Role:
    """Probe the role and keep the result with it. A role that fails is not vended from.

    Raises Unavailable if AWS left a probe unanswered, or if the role changed between the first
    probe and the last, which proves nothing either way: what was known of the role then stands as
    it was. Conflict if the role or the engagement was changed in Daypass while the probes ran.
    """
    place = find_engagement(ports, engagement)
    old = current_role(ports, place, role)
    _record(ports, by, old, Outcome.INTENDED, "", {"role_arn": old.arn})
    proof = prove(ports, place, old)
    if proof is None:
        _record(ports, by, old, Outcome.FAILED, Reason.AWS_UNREACHABLE, {})
        raise Unavailable(
            Reason.AWS_UNREACHABLE,
            "AWS did not answer every probe, or the role was changed meanwhile, so nothing was"
            " proven. Try again in a moment.",
        )
    new = changed(old, verification=proof)
    write(
        ports,
        by,
        Action.ROLE_VERIFY,
        [new],
        standing=[place],
        engagement=engagement,
        role=role,
        details=found_in(proof),
    )
    if has_drifted(place, old, new):
        tell_of_drift(ports, new)
    return new


def prove(
    ports: Ports, place: Engagement, role: Role, *, asks_why: bool = True
) -> Verification | None:
    """What the probes say about the role and the engagement's external ID; None: ask again.

    Probes of one role, that differ in one thing each, the right external ID first and last. A
    refusal is looked into if it `asks_why`.
    """
    checked_at = ports.now()
    right, sts = place.external_id, ports.sts
    swapped = other_case(right)
    arrival = sts.arrive(role.arn, external_id=right)
    wrong = external_id(ports.random(EXTERNAL_ID_BYTES))
    no_id = sts.probe(role.arn, external_id=None)
    wrong_id = sts.probe(role.arn, external_id=wrong)
    in_other_case = sts.probe(role.arn, external_id=swapped) if swapped else None
    results = judge(
        place.account_id,
        right_id=arrival,
        no_id=no_id,
        wrong_id=wrong_id,
        other_case=in_other_case,
    )
    if results is not None and is_safe(results):
        former = place.former_external_id
        results = accepting(
            results,
            source_identity=sts.probe(role.arn, external_id=right, source_identity=PROBE),
            tags=sts.probe(role.arn, external_id=right, tags=PROBE_TAGS),
            former_id=sts.probe(role.arn, external_id=former) if former else None,
            full_hour=sts.probe(role.arn, external_id=right, duration=LONGEST_SESSION),
        )
    if results is None:
        return None
    return Verification(
        checked_at=checked_at,
        role_arn=role.arn,
        external_id=right,
        results=results,
        causes=_diagnose(ports, place, role, arrival, in_other_case, results) if asks_why else (),
    )


def found_in(proof: Verification) -> dict[str, str]:
    """A proof as the trail tells it."""
    return {
        "role_arn": proof.role_arn,
        "passed": str(proof.passed).lower(),
        "failed": " ".join(c for c, result in proof.results.items() if result is Result.FAILED),
        "causes": " ".join(proof.causes),
    }


def _diagnose(
    ports: Ports,
    place: Engagement,
    role: Role,
    arrival: Arrival,
    in_other_case: Answer | None,
    results: Mapping[Check, Result],
) -> tuple[Cause, ...]:
    """Why AWS refuses us, or what it took before and refuses now. Asks further where it has to."""
    known = role.verification
    before = known if known is not None and known.passed else None
    if arrival.answer is Answer.REFUSED:
        seen = _look_further(ports, place, role, in_other_case)
        worked = known is not None and (known.passed or of_a_role_that_worked(known.causes))
        was_proven = worked and known is not None and known.role_arn == role.arn
        return causes(replace(seen, was_proven=was_proven))
    told = before is not None and before.accepts_source_identity
    tagged = before is not None and before.accepts_tags
    return causes(
        Evidence(
            right_id=arrival.answer,
            is_told_who=_refused(results, Check.SOURCE_IDENTITY) if told else None,
            is_tagged=_refused(results, Check.TAGS) if tagged else None,
        )
    )


def _refused(results: Mapping[Check, Result], check: Check) -> Answer | None:
    return Answer.REFUSED if results.get(check) is Result.FAILED else None


def _look_further(
    ports: Ports, place: Engagement, role: Role, in_other_case: Answer | None
) -> Evidence:
    def with_id(external_id: str | None) -> Answer | None:
        return ports.sts.probe(role.arn, external_id=external_id) if external_id else None

    head, _, name = role.arn.rpartition("/")
    bare = f"{head.partition('/')[0]}/{name}"
    without_path = None
    if bare != role.arn:
        without_path = ports.sts.probe(bare, external_id=place.external_id)
    return Evidence(
        right_id=Answer.REFUSED,
        other_case=in_other_case,
        next_id=with_id(place.next_external_id),
        former_id=with_id(place.former_external_id),
        without_path=without_path,
        may_ask=ports.sts.may_ask(role.arn),
    )


def _record(
    ports: Ports, by: Acting, role: Role, outcome: Outcome, reason: str, details: dict[str, str]
) -> None:
    about = {"engagement": role.engagement, "role": role.name, "reason": reason}
    entry = entry_by(ports, by, Action.ROLE_VERIFY, outcome, **about, details=details)
    ports.trail.record(entry)
