"""Rotate an external ID with no moment without access: next, both, promoted, former refused.

Nobody sets an ID by hand. A lead has the next one made; the client's trust policy then lists both;
the check sees every role in use let the next one in and promotes it; the trust policy then lists
that one alone; the check sees the former one refused by every role, and the rotation is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, ExternalIdTaken
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, external_id
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Operation
from chalicelib.domain.values import next_version
from chalicelib.domain.verification.proof import Check, ProbeOutcome, Result
from chalicelib.usecases.engagements.engagements import find_engagement, roles_in_use
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, write
from chalicelib.usecases.verification.probing import Prober, has_time, recorded_identity
from chalicelib.usecases.verification.prove import prove

# Every check tries each of them: none is ever forgotten.
MOST_RETIRED_IDS = 20


def rotate(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Engagement:
    """Make the next external ID, which changes nothing until the client's roles know it. Conflict
    while an earlier rotation is under way, and once there were twenty."""
    old = find_engagement(ports, engagement)
    if old.is_rotating:
        raise Conflict(Reason.ROTATION_UNDER_WAY)
    if len(old.retired_external_ids) >= MOST_RETIRED_IDS:
        raise Conflict(Reason.TOO_MANY_ROTATIONS)
    made = external_id(ports.random(EXTERNAL_ID_BYTES))
    new = next_version(old, next_external_id=made)
    taken = ExternalIdTaken(external_id=made, engagement=engagement)
    action, details = Action.EXTERNAL_ID_ROTATE, {"said": why}
    write(ports, lead, action, (old, new), (None, taken), details=details)
    return new


def advance(
    ports: Ports, by: Actor, engagement: str, *, until: datetime | None = None
) -> Engagement:
    """Take a rotation as far as the client's roles let it go, beginning with no role after `until`.
    Conflict if the engagement or a role was changed while the probes ran."""
    place = find_engagement(ports, engagement)
    if not has_time(ports, until):
        return place
    roles = roles_in_use(ports, engagement)
    if place.next_external_id is not None:
        return _promote(ports, by, place, roles, until)
    if place.previous_external_id is not None:
        return _retire(ports, by, place, roles, until)
    return place


def _promote(
    ports: Ports, by: Actor, old: Engagement, roles: Sequence[Role], until: datetime | None
) -> Engagement:
    """Send the next external ID from now on, if no role in use loses by it.

    Engagement and roles are written in one step: no vend sees a role that is proven for another
    external ID than the engagement's.
    """
    if not roles:
        return old
    new = next_version(
        old,
        external_id=old.next_external_id or old.external_id,
        next_external_id=None,
        previous_external_id=old.external_id,
        external_id_imported=False,
    )
    # Not the former ID's own check: that it is still let in is how it should be until now.
    looked_at = replace(new, previous_external_id=None)
    action = Action.EXTERNAL_ID_PROMOTE
    who = recorded_identity(ports, by, Operation(action=action, engagement=old.id))
    now = ports.now()
    proven: list[tuple[Role, Role]] = []
    overridden = False
    for role in roles:
        if not has_time(ports, until):
            return old
        proof = prove(Prober(ports, who, role.arn), looked_at, role, asks_why=False)
        lets_in = proof is not None and proof.results.get(Check.RIGHT_ID) is Result.PASSED
        passes = proof is not None and proof.passed
        loses_proof = role.proof(old) is not None and not passes
        if loses_proof or (role.is_overridden(now) and not lets_in):
            return old
        overridden = overridden or role.is_overridden(now)
        if proof is not None and passes:
            proven.append((role, role.checked(proof)))
    if not proven and not overridden:
        return old
    details = {"roles": " ".join(role.name for _, role in proven)}
    write(ports, by, action, (old, new), *proven, preconditions=roles, details=details)
    return new


def _retire(
    ports: Ports, by: Actor, old: Engagement, roles: Sequence[Role], until: datetime | None
) -> Engagement:
    # A refusal of the former ID means something only from a role that knows the present one. One
    # that was never checked has most likely not been created yet; it is asked all the same.
    checked = [role for role in roles if role.verification is not None]
    if not checked or any(role.proof(old) is None for role in checked):
        return old
    action = Action.EXTERNAL_ID_RETIRE
    who = recorded_identity(ports, by, Operation(action=action, engagement=old.id))
    former = old.previous_external_id
    answers = []
    for role in roles:
        if not has_time(ports, until):
            return old
        answers.append(Prober(ports, who, role.arn).in_every_dress(former))
    if any(answer is not ProbeOutcome.REFUSED for answer in answers):
        return old
    new = next_version(
        old,
        previous_external_id=None,
        retired_external_ids=(*old.retired_external_ids, *filter(None, [former])),
    )
    details = {"former_external_id": former or ""}
    write(ports, by, action, (old, new), preconditions=roles, details=details)
    return new
