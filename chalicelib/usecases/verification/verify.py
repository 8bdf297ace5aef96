"""Verify a role: check that it accepts the correct external ID and refuses wrong ones.

A check of an engagement also advances the rotation of its external ID: its replacement without a
gap in access.

1. A lead begins the rotation. Daypass generates the next ID. No one can choose an ID.
2. The client adds the next ID to the roles' trust policies, beside the current one.
3. A check finds that Daypass would lose access to no role in use, and promotes the next ID to the
   current one.
4. The client removes the previous ID from the trust policies.
5. A check finds that every role in use refuses the previous ID, and retires it. The rotation is
   done.

A role is in use until it is ended. To vend is to issue a session of a role to a member.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, UsedExternalId
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Reason, Unavailable
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, build_external_id
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.values import next_version
from chalicelib.domain.verification.proof import Check, ProbeOutcome, Result
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.engagements.engagements import find_engagement, list_roles_in_use
from chalicelib.usecases.engagements.roles import find_current_role, find_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, record, write
from chalicelib.usecases.vending.withholding import withhold_vends
from chalicelib.usecases.verification.cut_off import try_check_cut_offs
from chalicelib.usecases.verification.probing import RoleProber, has_time, record_probe_intent
from chalicelib.usecases.verification.prove import make_daily_check, make_full_check

MOST_RETIRED_IDS = 20
"""The most retired IDs of an engagement. Every check of its roles probes all of them."""


def begin_rotation(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Engagement:
    """Begin a rotation: generate the engagement's next external ID, and return the engagement.

    Vends use the current ID until a check promotes the next one. A rotation that is under way
    continues. Raise Conflict if the engagement already has MOST_RETIRED_IDS retired IDs.
    """
    current = find_engagement(ports, engagement)
    if current.is_rotating:
        return current
    if len(current.retired_external_ids) >= MOST_RETIRED_IDS:
        raise Conflict(Reason.TOO_MANY_ROTATIONS)
    generated = build_external_id(ports.random(EXTERNAL_ID_BYTES))
    rotating = next_version(current, next_external_id=generated)
    used_id = UsedExternalId(external_id=generated, engagement=engagement)
    action, details = Action.EXTERNAL_ID_ROTATE, {"said": why}
    write(ports, lead, action, (current, rotating), (None, used_id), details=details)
    return rotating


def continue_rotation(
    ports: Ports, by: Actor, engagement: str, *, deadline: datetime | None = None
) -> Engagement | None:
    """Advance the rotation by one step, if the client's roles allow it.

    Return the engagement. Return None if someone changed the engagement or a role meanwhile. A
    later check then continues the rotation.
    """
    try:
        return advance_rotation(ports, by, engagement, deadline=deadline)
    except Conflict:
        return None


def advance_rotation(
    ports: Ports, by: Actor, engagement: str, *, deadline: datetime | None = None
) -> Engagement:
    """Promote the next external ID or retire the previous one, if the client's roles allow it.

    Return the engagement, changed or not. If the deadline passes before every role is probed,
    change nothing. Raise Conflict if someone changed the engagement or a role while the probes ran.
    """
    current = find_engagement(ports, engagement)
    if not has_time(ports, deadline):
        return current
    roles = list_roles_in_use(ports, engagement)
    if current.next_external_id is not None:
        return _promote_next_id(ports, by, current, roles, deadline)
    if current.previous_external_id is not None:
        return _retire_id(ports, by, current, current.previous_external_id, roles, deadline)
    return current


def _promote_next_id(
    ports: Ports, by: Actor, current: Engagement, roles: Sequence[Role], deadline: datetime | None
) -> Engagement:
    """Make the next external ID the current one, unless Daypass would lose access to a role in use.

    At least one role must pass the check with the next ID, or accept the next ID under an override:
    a lead's temporary permission to vend from an unverified role.

    Return the engagement, changed or not. One transaction writes the engagement and the roles' new
    results, so that the promoted ID is never stored without the results for it.
    """
    if not roles:
        return current
    promoted = next_version(
        current,
        external_id=current.next_external_id or current.external_id,
        next_external_id=None,
        previous_external_id=current.external_id,
        external_id_imported=False,
    )
    # Leave out the check of the previous ID: at this step the roles should still accept it.
    engagement_to_prove = replace(promoted, previous_external_id=None)
    action = Action.EXTERNAL_ID_PROMOTE
    identity = record_probe_intent(ports, by, Operation(action=action, engagement=current.id))
    now = ports.now()
    proven_roles: list[tuple[Role, Role]] = []
    has_overridden_role = False
    for role in roles:
        if not has_time(ports, deadline):
            return current
        proof = make_full_check(
            RoleProber(ports, identity, role.arn), engagement_to_prove, role, with_causes=False
        )
        accepts_next_id = proof is not None and proof.results.get(Check.RIGHT_ID) is Result.PASSED
        is_safe = proof is not None and proof.passed
        loses_proof = role.passed_verification(current) is not None and not is_safe
        if loses_proof or (role.is_overridden(now) and not accepts_next_id):
            return current
        has_overridden_role = has_overridden_role or role.is_overridden(now)
        if proof is not None and is_safe:
            proven_roles.append((role, role.with_verification(proof)))
    if not proven_roles and not has_overridden_role:
        return current
    details = {"roles": " ".join(role.name for _, role in proven_roles)}
    write(
        ports, by, action, (current, promoted), *proven_roles, preconditions=roles, details=details
    )
    return promoted


def _retire_id(
    ports: Ports,
    by: Actor,
    current: Engagement,
    previous: str,
    roles: Sequence[Role],
    deadline: datetime | None,
) -> Engagement:
    """Retire the previous external ID if every role in use refuses it, and return the engagement.

    Every role that was ever checked must also have passed with the current ID. Otherwise return the
    engagement unchanged.
    """
    # A role that was never checked most likely does not exist yet: it need not accept the current
    # ID, but it must refuse the previous one.
    checked = [role for role in roles if role.verification is not None]
    if not checked or any(role.passed_verification(current) is None for role in checked):
        return current
    action = Action.EXTERNAL_ID_RETIRE
    identity = record_probe_intent(ports, by, Operation(action=action, engagement=current.id))
    outcomes = []
    for role in roles:
        if not has_time(ports, deadline):
            return current
        outcomes.append(RoleProber(ports, identity, role.arn).probe_all_forms(previous))
    if any(outcome is not ProbeOutcome.REFUSED for outcome in outcomes):
        return current
    retired = next_version(
        current,
        previous_external_id=None,
        retired_external_ids=(*current.retired_external_ids, previous),
    )
    details = {"former_external_id": previous}
    write(ports, by, action, (current, retired), preconditions=roles, details=details)
    return retired


TIME_TO_BEGIN = timedelta(seconds=15)
"""The time within which a request may begin to probe a role. A request has 25 s in all
(`.chalice/config.json`). A role takes 58 calls to AWS STS, or 138 with twenty retired external
IDs. Eight calls run in parallel, so 138 calls of 0.3 s take about 5 s."""


def check_role(ports: Ports, by: Actor, engagement: str, role: str) -> Role:
    """Verify the role, check its cut-off, continue the engagement's rotation if one is under way,
    and return the role.

    Raise the same errors as `verify_role`.
    """
    deadline = ports.now() + TIME_TO_BEGIN
    verify_role(ports, by, engagement, role)
    try_check_cut_offs(ports, by, engagement, [role], deadline)
    continue_rotation(ports, by, engagement, deadline=deadline)
    return find_role(ports, engagement, role)


def verify_role(
    ports: Ports, by: Actor, engagement: str, role: str, *, is_full: bool = True
) -> Role:
    """Probe the role, store the result with the role, and return the role.

    A probe is an AssumeRole call whose session Daypass discards. If the role fails the check,
    Daypass issues no sessions of the role to members, unless a lead has overridden the result.

    With `is_full`, make a full check, which sends all probes. Otherwise make a daily check, which
    sends few probes to a role that passed before. If a result differs from the last full check, the
    daily check becomes a full one.

    Raise Unavailable, without a change, if AWS did not answer every probe or if the role changed
    during the check. Raise Conflict if someone changed the role or the engagement in Daypass
    meanwhile.
    """
    current = find_engagement(ports, engagement)
    stored = find_current_role(ports, current, role)
    operation = Operation(action=Action.ROLE_VERIFY, engagement=engagement, role=role)
    identity = record_probe_intent(ports, by, replace(operation, details={"role_arn": stored.arn}))
    prober = RoleProber(ports, identity, stored.arn)
    verification = (make_full_check if is_full else make_daily_check)(prober, current, stored)
    if verification is None:
        failed = replace(operation, outcome=Outcome.FAILED, reason=Reason.AWS_UNREACHABLE)
        record(ports, by, failed)
        raise Unavailable(
            Reason.AWS_UNREACHABLE,
            "AWS did not answer every probe, or the role changed during the check, so the check has"
            " no result. Try again in a moment.",
        )
    checked = stored.with_verification(verification)
    drifted = has_drifted(current, stored, checked)
    override = checked.override if checked.is_overridden(ports.now()) else None
    details = build_result_details(verification) | {
        "drifted": "true" if drifted else "",
        "overridden_until": rfc3339(override.until) if override else "",
    }
    write(
        ports, by, Action.ROLE_VERIFY, (stored, checked), preconditions=[current], details=details
    )
    if not verification.passed:  # `withhold_vends` withholds nothing because of it if overridden
        withhold_vends(ports, by, checked)
    return checked


def has_drifted(engagement: Engagement, before: Role, after: Role) -> bool:
    """Return whether the role had passed its check before, and has not passed it now."""
    return (
        before.passed_verification(engagement) is not None
        and after.passed_verification(engagement) is None
    )


def build_result_details(verification: Verification) -> dict[str, str]:
    """Return the trail details that describe the result of a role's check."""
    return {
        "role_arn": verification.role_arn,
        "passed": str(verification.passed).lower(),
        "failed": " ".join(
            check for check, result in verification.results.items() if result is Result.FAILED
        ),
        "required_attributes": " ".join(verification.required_attributes),
        "causes": " ".join(verification.causes),
    }
