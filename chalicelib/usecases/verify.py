"""Verify a role: prove that it lets Daypass in with the right external ID, and only with it."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.access import Caller
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, external_id, session_tags
from chalicelib.domain.model import Engagement, Role, Verification
from chalicelib.domain.proof import PROBE, Verdict, accepting, judge
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.usecases.changes import write
from chalicelib.usecases.engagements import find_engagement
from chalicelib.usecases.entries import new_entry
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.roles import current_role

PROBE_TAGS = session_tags(PROBE, PROBE)


def verify(ports: Ports, lead: Caller, engagement: str, role: str) -> Role:
    """Probe the role and keep the result with it. A role that fails is not vended from.

    Raises Unavailable if AWS left a probe unanswered, which proves nothing either way: what was
    known of the role then stands as it was. Conflict if the role or the engagement was changed
    while the probes ran.
    """
    place = find_engagement(ports, engagement)
    old = current_role(ports, place, role)
    ports.trail.record(
        new_entry(
            ports,
            lead.member.id,
            Action.ROLE_VERIFY,
            Outcome.INTENDED,
            engagement=engagement,
            role=role,
            details={"role_arn": old.arn},
        )
    )
    checked_at = ports.now()
    verdict = _probe(ports, place, old)
    if verdict.passed is None:
        _record_failure(ports, lead, old)
        raise Unavailable(
            Reason.AWS_UNREACHABLE,
            "AWS did not answer every probe, so nothing was proven. Try again in a moment.",
        )
    proof = Verification(
        passed=verdict.passed,
        checked_at=checked_at,
        role_arn=old.arn,
        external_id=place.external_id,
        accepts_source_identity=verdict.accepts_source_identity,
        accepts_tags=verdict.accepts_tags,
        findings=verdict.findings,
    )
    new = replace(old, verification=proof, version=old.version + 1)
    write(
        ports,
        lead,
        Action.ROLE_VERIFY,
        [new],
        standing=[place],
        engagement=engagement,
        role=role,
        details={
            "role_arn": old.arn,
            "passed": str(verdict.passed).lower(),
            "findings": " ".join(verdict.findings),
        },
    )
    return new


def _probe(ports: Ports, engagement: Engagement, role: Role) -> Verdict:
    """Probes of one role that differ in one thing each."""
    right = engagement.external_id
    wrong = external_id(ports.random(EXTERNAL_ID_BYTES))
    verdict = judge(
        right_id=ports.sts.probe(role.arn, external_id=right),
        no_id=ports.sts.probe(role.arn, external_id=None),
        wrong_id=ports.sts.probe(role.arn, external_id=wrong),
        other_case=ports.sts.probe(role.arn, external_id=right.upper()),
    )
    if not verdict.passed:
        return verdict
    return accepting(
        verdict,
        source_identity=ports.sts.probe(role.arn, external_id=right, source_identity=PROBE),
        tags=ports.sts.probe(role.arn, external_id=right, tags=PROBE_TAGS),
    )


def _record_failure(ports: Ports, lead: Caller, role: Role) -> None:
    ports.trail.record(
        new_entry(
            ports,
            lead.member.id,
            Action.ROLE_VERIFY,
            Outcome.FAILED,
            reason=Reason.AWS_UNREACHABLE,
            engagement=role.engagement,
            role=role.name,
        )
    )
