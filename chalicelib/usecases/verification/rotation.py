"""Rotate an external ID without a gap in access: next, both, promoted, previous one refused.

1. A lead calls `rotate`, and Daypass generates the next ID. No one sets an ID by hand.
2. The client's trust policies list both IDs.
3. A check sees every role in use accept the next ID, and promotes it to the current one.
4. The client's trust policies list only the new ID.
5. A check sees every role refuse the previous ID, and retires it. The rotation is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, UsedExternalId
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, new_external_id
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Operation
from chalicelib.domain.values import next_version
from chalicelib.domain.verification.proof import Check, ProbeOutcome, Result
from chalicelib.usecases.engagements.engagements import find_engagement, roles_in_use
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, write
from chalicelib.usecases.verification.probing import RoleProber, has_time, recorded_identity
from chalicelib.usecases.verification.prove import prove

# Every check tries each of them, and none is ever dropped.
MOST_RETIRED_IDS = 20


def rotate(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Engagement:
    """Generate the next external ID. Vends use the current one until a check promotes the next.
    Conflict during an earlier rotation, and after twenty rotations."""
    old = find_engagement(ports, engagement)
    if old.is_rotating:
        raise Conflict(Reason.ROTATION_UNDER_WAY)
    if len(old.retired_external_ids) >= MOST_RETIRED_IDS:
        raise Conflict(Reason.TOO_MANY_ROTATIONS)
    generated = new_external_id(ports.random(EXTERNAL_ID_BYTES))
    new = next_version(old, next_external_id=generated)
    tombstone = UsedExternalId(external_id=generated, engagement=engagement)
    action, details = Action.EXTERNAL_ID_ROTATE, {"said": why}
    write(ports, lead, action, (old, new), (None, tombstone), details=details)
    return new


def advance(
    ports: Ports, by: Actor, engagement: str, *, until: datetime | None = None
) -> Engagement:
    """Promote or retire an external ID, if the client's roles allow it. After `until`, begin no
    further role. Conflict if the engagement or a role was changed while the probes ran."""
    current = find_engagement(ports, engagement)
    if not has_time(ports, until):
        return current
    roles = roles_in_use(ports, engagement)
    if current.next_external_id is not None:
        return _promote(ports, by, current, roles, until)
    if current.previous_external_id is not None:
        return _retire(ports, by, current, roles, until)
    return current


def _promote(
    ports: Ports, by: Actor, old: Engagement, roles: Sequence[Role], until: datetime | None
) -> Engagement:
    """Make the next external ID the current one, unless a role in use would lose access.

    Engagement and roles are written in one transaction, so that no vend sees a role that is proven
    for another external ID than the engagement's.
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
    # Leave out the check of the previous ID: the roles should still accept it here.
    checked_as = replace(new, previous_external_id=None)
    action = Action.EXTERNAL_ID_PROMOTE
    identity = recorded_identity(ports, by, Operation(action=action, engagement=old.id))
    now = ports.now()
    proven: list[tuple[Role, Role]] = []
    overridden = False
    for role in roles:
        if not has_time(ports, until):
            return old
        proof = prove(RoleProber(ports, identity, role.arn), checked_as, role, diagnoses=False)
        accepts_it = proof is not None and proof.results.get(Check.RIGHT_ID) is Result.PASSED
        passes = proof is not None and proof.passed
        loses_proof = role.proof(old) is not None and not passes
        if loses_proof or (role.is_overridden(now) and not accepts_it):
            return old
        overridden = overridden or role.is_overridden(now)
        if proof is not None and passes:
            proven.append((role, role.with_verification(proof)))
    if not proven and not overridden:
        return old
    details = {"roles": " ".join(role.name for _, role in proven)}
    write(ports, by, action, (old, new), *proven, preconditions=roles, details=details)
    return new


def _retire(
    ports: Ports, by: Actor, old: Engagement, roles: Sequence[Role], until: datetime | None
) -> Engagement:
    # A refusal of the previous ID counts only from a role that accepts the current one. A role that
    # was never checked most likely does not exist yet, but is probed all the same.
    checked = [role for role in roles if role.verification is not None]
    if not checked or any(role.proof(old) is None for role in checked):
        return old
    action = Action.EXTERNAL_ID_RETIRE
    identity = recorded_identity(ports, by, Operation(action=action, engagement=old.id))
    previous = old.previous_external_id
    outcomes = []
    for role in roles:
        if not has_time(ports, until):
            return old
        outcomes.append(RoleProber(ports, identity, role.arn).probe_all_variants(previous))
    if any(outcome is not ProbeOutcome.REFUSED for outcome in outcomes):
        return old
    new = next_version(
        old,
        previous_external_id=None,
        retired_external_ids=(*old.retired_external_ids, *filter(None, [previous])),
    )
    details = {"former_external_id": previous or ""}
    write(ports, by, action, (old, new), preconditions=roles, details=details)
    return new
