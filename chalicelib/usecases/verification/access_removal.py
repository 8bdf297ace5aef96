"""Once an engagement is over the check turns round: the client's roles SHOULD refuse us."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from itertools import product
from typing import NamedTuple

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.identifiers import RECORD_ID_BYTES
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.values import next_version
from chalicelib.domain.verification.probe_variants import VARIANTS, ProbeIdentity, identity_of
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, record, write
from chalicelib.usecases.verification.probing import Prober, has_time, new_identity

# Who has a grant for an engagement may be many, and each is tried in every way.
MOST_MEMBERS = 10


TOO_LONG = (
    "There was no time to try every role with all that it might still know, so nothing was proven."
    " We try again ourselves once a day, with more time."
)


def check_access_removed(
    ports: Ports, by: Actor, engagement: str, *, until: datetime | None = None
) -> Engagement:
    """Try every ARN and every external ID that the engagement ever had, as a vend would and bare:
    for a stranger, and then for the last members who had a grant.

    If all refuse, record that on the trail and set `access_removed_at`.

    Conflict for an engagement that is not over; Unavailable if a probe was not answered, our own
    side may not ask, or there was no time for all of it `until` some moment.
    """
    place = find_engagement(ports, engagement)
    if not place.is_over(ports.now()):
        raise Conflict(Reason.NOT_ENDED)
    if place.access_removed_at is not None:
        return place
    roles = list_all(ports.state, Role, engagement=engagement)
    if not roles:  # nobody ever let us in: there is nothing to state
        return place
    arns = sorted({arn for role in roles for arn in (role.arn, *role.former_arns)})
    who = new_identity(ports, engagement)
    members, others = _members(ports, engagement)
    names = " ".join(one.session_name for one in (who, *members))
    _record(
        ports, by, place, Outcome.INTENDED, {"role_arns": " ".join(arns), "session_names": names}
    )
    ids = [*place.external_ids, place.previous_external_id, *place.retired_external_ids, None]
    goes_on = partial(has_time, ports, until)
    told = _asked(ports, [who], arns, ids, goes_on)
    if all(one.answer is ProbeOutcome.REFUSED for one in told):
        # A trust policy may let in by name: no member is seen to try a door that is open anyway.
        told += _asked(ports, members, arns, ids, goes_on)
    let_in = [one for one in told if one.answer is ProbeOutcome.LET_IN]
    if let_in:
        open_to_us = dict.fromkeys(one.role_arn for one in let_in)
        as_whom = dict.fromkeys(one.member for one in let_in if one.member != who.member)
        details = {"still_let_in": " ".join(open_to_us), "let_in_as": " ".join(as_whom)}
        _record(ports, by, place, Outcome.REFUSED, details)
        return place
    # A refusal says nothing of the client's role where our own side may not even ask for it.
    permitted = {arn: ports.sts.may_ask(arn) for arn in arns if goes_on()}
    if len(permitted) < len(arns):  # and if not all was tried, there was no time for this either
        _record(ports, by, place, Outcome.FAILED, {}, Reason.TIMED_OUT)
        raise Unavailable(Reason.TIMED_OUT, TOO_LONG)
    ours = [arn for arn, allowed in permitted.items() if allowed is False]
    if ours or any(one.answer is not ProbeOutcome.REFUSED for one in told):
        details = {"not_permitted_to_ask": " ".join(ours)} if ours else {}
        _record(ports, by, place, Outcome.FAILED, details, Reason.AWS_UNREACHABLE)
        raise Unavailable(
            Reason.AWS_UNREACHABLE,
            "AWS did not answer every probe, or Daypass itself is not permitted to ask, so nothing"
            " was proven. Try again in a moment.",
        )
    left = next_version(place, access_removed_at=ports.now())
    details = {
        "refused_by": " ".join(arns),
        "asked_as": " ".join(one.member for one in members),
        "not_asked_as": f"{others} more members who had a grant" if others else "",
        # Where IAM's simulator does not say, a refusal may be our own side's.
        "our_permission_not_confirmed": " ".join(
            arn for arn, allowed in permitted.items() if allowed is None
        ),
    }
    write(ports, by, Action.ENGAGEMENT_LEAVE, (place, left), preconditions=roles, details=details)
    return left


class ClosingProbe(NamedTuple):
    """What one role said to one request that was made for one member."""

    role_arn: str
    member: str
    answer: ProbeOutcome


def _asked(
    ports: Ports,
    askers: Sequence[ProbeIdentity],
    arns: Sequence[str],
    ids: Sequence[str | None],
    goes_on: Callable[[], bool],
) -> list[ClosingProbe]:
    """What each role says to each external ID, in every dress, for each who asks; as far as there
    is time."""
    asked = list(product(arns, askers, dict.fromkeys(ids), VARIANTS))
    calls = [
        partial(Prober(ports, who, arn).probe, external_id, dress)
        for arn, who, external_id, dress in asked
    ]
    told: list[ClosingProbe] = []
    with closing(ports.side_by_side(calls)) as answers:
        while len(told) < len(asked) and goes_on():
            arn, who, *_ = asked[len(told)]
            told.append(ClosingProbe(arn, who.member, next(answers)))
    return told


def _members(ports: Ports, engagement: str) -> tuple[list[ProbeIdentity], int]:
    """Those who were granted it last, and how many more there are who ever were."""
    grants = list_all(ports.state, Grant, engagement=engagement)
    latest = sorted(grants, key=lambda grant: (grant.created_at, grant.member), reverse=True)
    names = sorted(grant.member for grant in latest[:MOST_MEMBERS])
    askers = [identity_of(name, ports.random(RECORD_ID_BYTES), engagement) for name in names]
    return askers, len(grants) - len(askers)


def _record(
    ports: Ports,
    by: Actor,
    place: Engagement,
    outcome: Outcome,
    details: dict[str, str],
    reason: str = "",
) -> None:
    operation = Operation(
        action=Action.ENGAGEMENT_LEAVE,
        outcome=outcome,
        reason=reason,
        engagement=place.id,
        details=details,
    )
    record(ports, by, operation)
