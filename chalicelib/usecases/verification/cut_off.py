"""Check a role's cut-off: who can assume the cut-off role? A probe is an AssumeRole call whose
session Daypass discards.

A check also asks the job that writes cut-offs to look whether the brake, the role's permissions
boundary, is in force, and whether the client has reopened a role that Daypass shut with AWSDenyAll.
A check never decides whether Daypass issues sessions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, NotFound, Reason
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, build_external_id
from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME, CutOffNames
from chalicelib.domain.trail import Action, Edit, Operation, Outcome
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.plan import request_check
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.verification.cut_off_checks import (
    CutOffCheck,
    CutOffProbe,
    judge_cut_off_probes,
    list_cut_off_probes,
)
from chalicelib.domain.verification.probe_variants import ProbeForm, ProbeIdentity
from chalicelib.domain.verification.proof import ProbeOutcome, Result
from chalicelib.domain.verification.schedule import find_last_due_time
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import find_current_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import NO_DETAILS, Actor, record, write
from chalicelib.usecases.verification.probing import has_time, make_probe_identity


def try_check_cut_offs(
    ports: Ports, by: Actor, engagement: str, roles: Iterable[str], deadline: datetime
) -> None:
    """Check the roles' cut-offs in full, as part of a check of the roles, while time is left.

    The answers of AWS about a role's cut-off do not change the result of the role's own check. If
    there was no time, or no result, the next check makes the missing one. Raise Unavailable if the
    tables are unavailable.
    """
    for role in roles:
        if not has_time(ports, deadline):
            return
        with suppress(Conflict, NotFound):  # someone changed the role meanwhile
            check_cut_off(ports, by, engagement, role, deadline=deadline)


def check_cut_off_if_due(ports: Ports, by: Actor, engagement: str, role: str) -> None:
    """Check the role's cut-off, unless that has been done since the daily check became due.

    Raise the errors of `check_cut_off`.
    """
    now = ports.now()
    proof = ports.state.get(CutOffProof, engagement, role)
    if proof is not None and proof.checked_at >= find_last_due_time(engagement, now):
        return
    is_full = proof is None or proof.needs_full_check(now)
    check_cut_off(ports, by, engagement, role, is_full=is_full)


def check_cut_off(
    ports: Ports,
    by: Actor,
    engagement: str,
    role: str,
    *,
    is_full: bool = True,
    deadline: datetime | None = None,
) -> CutOffProof | None:
    """Check the role's cut-off, store the result of the probes, and return it.

    Probe the cut-off role. Then ask the job that writes cut-offs to look whether what it wrote is
    in force. A full check also requests a drill, a write of the brake that no cut-off needs, and so
    does a check of a brake that was not seen to work. The first check is always a full one, and so
    is the first after a change of the role's ARN, the method or the external ID.

    Return None if the engagement has no method for cut-offs, or if AWS did not answer clearly
    before the deadline. Raise Conflict if someone changed the role or its cut-offs meanwhile.
    """
    current = find_engagement(ports, engagement)
    stored_role = find_current_role(ports, current, role)
    cut_off_external_id = current.cut_off_external_id
    if current.cut_off is CutOffMethod.NONE or cut_off_external_id is None:
        # By an earlier method, Daypass may have shut the role (attached AWSDenyAll to it). The job
        # can still look whether the role is shut. Without a method, it cannot make a drill.
        _store_and_request_look(ports, by, current, stored_role, may_drill=False)
        return None
    before = ports.state.get(CutOffProof, engagement, role)
    # A proof of a former ARN, method or external ID says nothing about the role now.
    is_full = is_full or before is None or not before.is_current(current, stored_role)
    operation = Operation(
        action=Action.CUT_OFF_CHECK,
        engagement=engagement,
        role=role,
        details={"role_arn": CutOffNames(stored_role.arn).cut_off_role_arn},
    )
    results = _probe(ports, by, current, cut_off_external_id, operation, deadline, is_full=is_full)
    if results is None:
        failed = replace(operation, outcome=Outcome.FAILED, reason=Reason.AWS_UNREACHABLE)
        record(ports, by, failed)
        return None
    proof = _build_proof(
        ports, current, stored_role, cut_off_external_id, before, results, is_full=is_full
    )
    details = {**operation.details, **build_proof_details(before, proof)}
    accepts = proof.results.get(CutOffCheck.ROLE) is Result.PASSED
    edits = [(before, proof)]
    _store_and_request_look(
        ports, by, current, stored_role, edits, details, may_drill=accepts, is_full=is_full
    )
    return proof


def _store_and_request_look(
    ports: Ports,
    by: Actor,
    engagement: Engagement,
    role: Role,
    edits: Sequence[Edit] = (),
    details: Mapping[str, str] = NO_DETAILS,
    *,
    may_drill: bool,
    is_full: bool = False,
) -> None:
    """Store the result of the check, in `edits`. Also ask the job that writes cut-offs to look at
    what it wrote and, if `may_drill`, to rehearse a cut-off (a drill), as `request_check` decides.
    If there is neither, store nothing."""
    stored = ports.state.get(RoleCutOffs, engagement.id, role.name)
    requested = request_check(
        stored, engagement, role, ports.now(), may_drill=may_drill, is_full=is_full
    )
    if requested is not None:
        edits = [*edits, (stored, requested)]
        if requested.drill_requested_at is not None:
            details = {**details, "drill": "requested"}
    if edits:
        action, preconditions = Action.CUT_OFF_CHECK, [engagement, role]
        write(ports, by, action, *edits, preconditions=preconditions, details=details)


def _probe(
    ports: Ports,
    by: Actor,
    engagement: Engagement,
    cut_off_external_id: str,
    operation: Operation,
    deadline: datetime | None,
    *,
    is_full: bool,
) -> dict[CutOffCheck, Result] | None:
    """Probe the cut-off role with its external ID first and last, and with wrong requests in
    between. A full check sends all wrong requests, and a daily check sends some. The requests name
    a made-up identity.

    Return the results, or None if AWS did not answer clearly before the deadline. Send no
    further probe after an unclear answer, so that an AWS that does not answer costs a few calls.
    """
    identity = make_probe_identity(ports, engagement.id)
    generated = build_external_id(ports.random(EXTERNAL_ID_BYTES))
    # The external IDs of members' sessions must not open the cut-off role.
    vend_ids = [*engagement.external_ids, *filter(None, (engagement.previous_external_id,))]
    listed = list_cut_off_probes(cut_off_external_id, generated, vend_ids, identity.session_names)
    probes = [probe for probe in listed if is_full or probe.is_daily]
    session_names = dict.fromkeys((CUT_OFF_SESSION_NAME, *(each.session_name for each in probes)))
    details = {**operation.details, "session_names": " ".join(session_names)}
    record(ports, by, replace(operation, outcome=Outcome.INTENDED, details=details))
    send = partial(_send, ports, identity, operation.details["role_arn"])
    right_probe = CutOffProbe(check=CutOffCheck.ROLE, external_id=cut_off_external_id)
    right_outcomes = [send(right_probe)]
    if right_outcomes != [ProbeOutcome.ACCEPTED]:
        return judge_cut_off_probes(right_outcomes, [])
    negative: list[tuple[CutOffCheck, ProbeOutcome]] = []
    with closing(ports.side_by_side([partial(send, probe) for probe in probes])) as outcomes:
        for probe, outcome in zip(probes, outcomes, strict=True):
            negative.append((probe.check, outcome))
            is_clear = outcome in (ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED)
            # After the last one too, because the final right request needs time.
            if not is_clear or not has_time(ports, deadline):
                break
        else:
            right_outcomes.append(send(right_probe))
            return judge_cut_off_probes(right_outcomes, negative)
    # The check was not finished. With UNKNOWN for the right request, only an accepted wrong request
    # gives a result: its check has failed.
    return judge_cut_off_probes([ProbeOutcome.UNKNOWN], negative)


def _send(ports: Ports, identity: ProbeIdentity, role_arn: str, probe: CutOffProbe) -> ProbeOutcome:
    request = identity.build_probe(role_arn, probe.external_id, ProbeForm(probe.variant))
    return ports.sts.probe(replace(request, session_name=probe.session_name))


def build_proof_details(before: CutOffProof | None, proof: CutOffProof) -> dict[str, str]:
    """Return the trail details that describe the result, and whether it differs from the last."""
    has_changed = before is None or before.failed_checks != proof.failed_checks
    has_drifted = before is not None and before.is_proven and not proof.is_proven
    return {
        "passed": str(not proof.failed_checks).lower(),
        "failed": " ".join(proof.failed_checks),
        "changed": "true" if has_changed else "",
        "drifted": "true" if has_drifted else "",
    }


def _build_proof(
    ports: Ports,
    engagement: Engagement,
    role: Role,
    cut_off_external_id: str,
    before: CutOffProof | None,
    results: Mapping[CutOffCheck, Result],
    *,
    is_full: bool,
) -> CutOffProof:
    """Return the next version of the proof. Results that this check has not made stay, if they are
    about the same role, method and external ID. If the cut-off role does not accept Daypass now,
    earlier refusals say nothing about it."""
    now = ports.now()
    kept = before if before is not None and before.is_current(engagement, role) else None
    accepts = results.get(CutOffCheck.ROLE) is Result.PASSED
    full_check_at = kept.full_check_at if kept else None
    return CutOffProof(
        engagement=engagement.id,
        role=role.name,
        checked_at=now,
        full_check_at=now if is_full else full_check_at,
        role_arn=role.arn,
        method=engagement.cut_off,
        external_id=cut_off_external_id,
        results={**(kept.results if kept and accepts else {}), **results},
        version=before.version + 1 if before is not None else 1,
    )
