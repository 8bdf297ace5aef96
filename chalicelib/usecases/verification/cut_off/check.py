"""Check a role's cut-off: who can assume the cut-off role, and is the brake in force?

The check never decides whether Daypass issues sessions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.policies.brake import (
    CUT_OFF_SESSION_NAME,
    CutOffNames,
)
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Edit, Operation, Outcome
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.drills import (
    request_drill,
    request_repair,
)
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.proof import Result
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import find_current_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, record, write
from chalicelib.usecases.verification.cut_off.look import (
    BrakeLook,
    look_at_brake,
    look_at_shut_role,
    may_look_at_shut_role,
)
from chalicelib.usecases.verification.cut_off.trust import plan_cut_off_probes, probe_cut_off_role
from chalicelib.usecases.verification.probing import has_time, make_probe_identity


def check_cut_off(
    ports: Ports,
    by: Actor,
    engagement: str,
    role: str,
    *,
    is_full: bool = True,
    deadline: datetime | None = None,
) -> CutOffProof | None:
    """Check the role's cut-off, store the result, and return it.

    Probe the cut-off role. With the method `brake`, look with the canary of the brake's current
    version, without a change in the client's account. If Daypass shut the role, look with another
    canary whether the client has detached the policy, also if the engagement has no method any
    more. A full check also requests a drill, which the job that writes cut-offs makes. The first
    check is always a full one. If AWS does not deny the canary any more, the job writes the brake
    again, with every cut-off that is not over.

    Return None if the engagement has no method for cut-offs, or if AWS gave no clear answer before
    the deadline. Raise Conflict if someone changed the role or its cut-offs meanwhile.
    """
    current = find_engagement(ports, engagement)
    stored_role = find_current_role(ports, current, role)
    external_id = current.cut_off_external_id
    if current.cut_off is CutOffMethod.NONE or external_id is None:
        _check_shut_role(ports, by, current, stored_role, deadline)
        return None
    before = ports.state.get(CutOffProof, engagement, role)
    is_full = is_full or before is None or not before.is_current(current, stored_role)
    names = CutOffNames(stored_role.arn)
    operation = Operation(
        action=Action.CUT_OFF_CHECK,
        engagement=engagement,
        role=role,
        details={"role_arn": names.cut_off_role_arn},
    )
    identity = make_probe_identity(ports, engagement)
    probes = plan_cut_off_probes(ports, current, external_id, identity, is_full=is_full)
    session_names = dict.fromkeys((CUT_OFF_SESSION_NAME, *(each.session_name for each in probes)))
    intent_details = {**operation.details, "session_names": " ".join(session_names)}
    record(ports, by, replace(operation, outcome=Outcome.INTENDED, details=intent_details))
    trust_results = probe_cut_off_role(
        ports, names, external_id, identity, probes, deadline=deadline
    )
    if trust_results is None:
        failed = replace(operation, outcome=Outcome.FAILED, reason=Reason.AWS_UNREACHABLE)
        record(ports, by, failed)
        return None
    stored = ports.state.get(RoleCutOffs, engagement, role)
    look = (
        look_at_brake(ports, current, stored_role, stored, before)
        if has_time(ports, deadline)
        else BrakeLook()
    )
    current_item = stored
    if stored is not None and _may_look_at_shut_role(ports, stored_role, stored, deadline):
        current_item = look_at_shut_role(ports, current, stored_role, stored)
    proof = _build_proof(
        ports, current, stored_role, external_id, before, trust_results, look, is_full=is_full
    )
    repaired = _request_writing(
        ports, current, stored_role, current_item, proof, look, is_full=is_full
    )
    edits: list[Edit] = [(before, proof)]
    if repaired is not None:
        edits.append((stored, repaired))
    elif current_item is not None and current_item is not stored:
        edits.append((stored, next_version(current_item)))
    details = build_proof_details(before, proof) | {
        **operation.details,
        "released": "true" if look.result is Result.FAILED and look.was_seen_before else "",
        "drill": "requested" if repaired is not None else "",
        "reopened": _describe_reopening(stored, current_item),
    }
    write(
        ports,
        by,
        Action.CUT_OFF_CHECK,
        *edits,
        preconditions=[current, stored_role],
        details=details,
    )
    return proof


def _check_shut_role(
    ports: Ports, by: Actor, engagement: Engagement, role: Role, deadline: datetime | None
) -> None:
    """Look whether the client has reopened a shut role whose engagement has no method for
    cut-offs any more. Otherwise, Daypass would call the role shut for ever."""
    stored = ports.state.get(RoleCutOffs, engagement.id, role.name)
    if stored is None or not _may_look_at_shut_role(ports, role, stored, deadline):
        return
    operation = Operation(
        action=Action.CUT_OFF_CHECK,
        engagement=engagement.id,
        role=role.name,
        details={"role_arn": role.arn},
    )
    record(ports, by, replace(operation, outcome=Outcome.INTENDED))
    looked = look_at_shut_role(ports, engagement, role, stored)
    if looked is stored:
        failed = replace(operation, outcome=Outcome.FAILED, reason=Reason.AWS_UNREACHABLE)
        record(ports, by, failed)
        return
    write(
        ports,
        by,
        Action.CUT_OFF_CHECK,
        (stored, next_version(looked)),
        preconditions=[engagement, role],
        details={**operation.details, "reopened": _describe_reopening(stored, looked)},
    )


def _may_look_at_shut_role(
    ports: Ports, role: Role, stored: RoleCutOffs, deadline: datetime | None
) -> bool:
    return has_time(ports, deadline) and may_look_at_shut_role(ports, role, stored)


def _describe_reopening(before: RoleCutOffs | None, after: RoleCutOffs | None) -> str:
    """Return the trail detail that says whether the check saw that the client has reopened a
    shut role."""
    was_shut = before is not None and before.shut_at is not None
    return "true" if was_shut and after is not None and after.shut_at is None else ""


def build_proof_details(before: CutOffProof | None, proof: CutOffProof) -> dict[str, str]:
    """Return the trail details that describe the result, and whether it differs from the last."""
    has_changed = before is None or (before.failed_checks, before.problem) != (
        proof.failed_checks,
        proof.problem,
    )
    return {
        "passed": str(not proof.failed_checks).lower(),
        "failed": " ".join(proof.failed_checks),
        "problem": proof.problem or "",
        "changed": "true" if has_changed else "",
        "drifted": "true"
        if before is not None and before.is_proven and not proof.is_proven
        else "",
    }


def _build_proof(
    ports: Ports,
    engagement: Engagement,
    role: Role,
    own_id: str,
    before: CutOffProof | None,
    trust_results: Mapping[CutOffCheck, Result],
    look: BrakeLook,
    *,
    is_full: bool,
) -> CutOffProof:
    """Return the next version of the proof. Results that this check has not made stay, if they are
    about the same role, method and external ID. If the cut-off role does not accept Daypass now,
    earlier refusals say nothing about it."""
    now = ports.now()
    kept = before if before is not None and before.is_current(engagement, role) else None
    accepts = trust_results.get(CutOffCheck.ROLE) is Result.PASSED
    kept_results = {
        check: result
        for check, result in (kept.results if kept else {}).items()
        if accepts or check is CutOffCheck.BRAKE
    }
    results = {**kept_results, **trust_results}
    problem = kept.problem if kept else None
    if look.result is not None or look.problem is not None:
        problem = look.problem
    if look.result is not None:
        results[CutOffCheck.BRAKE] = look.result
    last_full_check_at, last_seen_at, last_canary = (
        (kept.full_check_at, kept.brake_seen_at, kept.seen_canary) if kept else (None, None, "")
    )
    was_seen = look.result is Result.PASSED
    return CutOffProof(
        engagement=engagement.id,
        role=role.name,
        checked_at=now,
        full_check_at=now if is_full else last_full_check_at,
        role_arn=role.arn,
        method=engagement.cut_off,
        external_id=own_id,
        results=results,
        problem=problem,
        brake_seen_at=now if was_seen else last_seen_at,
        seen_canary=look.canary if was_seen else last_canary,
        version=before.version + 1 if before is not None else 1,
    )


def _request_writing(
    ports: Ports,
    engagement: Engagement,
    role: Role,
    stored: RoleCutOffs | None,
    proof: CutOffProof,
    look: BrakeLook,
    *,
    is_full: bool,
) -> RoleCutOffs | None:
    """Return the role's cut-offs with a pending drill or repair, or None if neither is needed."""
    now = ports.now()
    if engagement.cut_off is not CutOffMethod.BRAKE:
        return None
    if stored is not None and look.result is Result.FAILED:
        return request_repair(stored, now)
    accepts = proof.results.get(CutOffCheck.ROLE) is Result.PASSED
    if not accepts or not (is_full or look.result is None):
        return None
    return request_drill(stored, engagement, role, now)
