"""Once an engagement is over the check turns round: the client's roles SHOULD refuse us."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import changed
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.verification.proof import Answer
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import every
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Acting, entry_by, write
from chalicelib.usecases.verification.probing import in_every_dress, somebody


def look_whether_shut(ports: Ports, by: Acting, engagement: str) -> Engagement:
    """Try every ARN that the engagement ever named, with every external ID that it ever had, as a
    vend would and bare.

    If all of them refuse us, the trail gets its closing statement, and the engagement its
    `left_at`; it is given as it stands then. Conflict for an engagement that is not over;
    Unavailable if AWS left a probe unanswered, or our own side is not permitted to ask, which
    proves nothing.
    """
    place = find_engagement(ports, engagement)
    if not place.is_over(ports.now()):
        raise Conflict(Reason.NOT_ENDED)
    if place.left_at is not None:
        return place
    roles = every(ports.state.roles, engagement)
    if not roles:  # nobody ever let us in: there is nothing to state
        return place
    arns = sorted({arn for role in roles for arn in (role.arn, *role.former_arns)})
    who = somebody(ports, engagement)
    asked = {"role_arns": " ".join(arns), "session_name": who.session_name}
    _record(ports, by, place, Outcome.INTENDED, asked)
    known = [
        *place.external_ids,
        place.former_external_id,
        *place.retired_external_ids,
        None,
    ]
    answers = {
        arn: [in_every_dress(ports, who, arn, one) for one in dict.fromkeys(known)] for arn in arns
    }
    open_to_us = [arn for arn, told in answers.items() if Answer.LET_IN in told]
    if open_to_us:
        _record(ports, by, place, Outcome.REFUSED, {"still_let_in": " ".join(open_to_us)})
        return place
    # A refusal says nothing of the client's role where our own side may not even ask for it.
    permitted = {arn: ports.sts.may_ask(arn) for arn in arns}
    ours = [arn for arn, allowed in permitted.items() if allowed is False]
    if ours or any(answer is not Answer.REFUSED for told in answers.values() for answer in told):
        details = {"not_permitted_to_ask": " ".join(ours)} if ours else {}
        _record(ports, by, place, Outcome.FAILED, details, Reason.AWS_UNREACHABLE)
        raise Unavailable(
            Reason.AWS_UNREACHABLE,
            "AWS did not answer every probe, or Daypass itself is not permitted to ask, so nothing"
            " was proven. Try again in a moment.",
        )
    left = changed(place, left_at=ports.now())
    write(
        ports,
        by,
        Action.ENGAGEMENT_LEAVE,
        [left],
        standing=roles,
        engagement=engagement,
        details={
            "refused_by": " ".join(arns),
            # Where IAM's simulator does not say, a refusal may be our own side's.
            "our_permission_not_confirmed": " ".join(
                arn for arn, allowed in permitted.items() if allowed is None
            ),
        },
    )
    return left


def _record(
    ports: Ports,
    by: Acting,
    place: Engagement,
    outcome: Outcome,
    details: dict[str, str],
    reason: str = "",
) -> None:
    ports.trail.record(
        entry_by(
            ports,
            by,
            Action.ENGAGEMENT_LEAVE,
            outcome,
            reason=reason,
            engagement=place.id,
            details=details,
        )
    )
