"""The access-removal check: the roles of an ended engagement should refuse Daypass.

The check sends probes: AssumeRole calls whose sessions Daypass discards. A probe variant is the set
of optional session attributes that a probe sends.
"""

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
from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME, CutOffNames
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.values import next_version
from chalicelib.domain.verification.probe_variants import (
    VARIANTS,
    Probe,
    ProbeIdentity,
    build_member_identity,
)
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, record, write
from chalicelib.usecases.verification.probing import RoleProber, has_time, make_probe_identity

MAX_MEMBERS = 10
"""The most members that the probes name: those with the latest grants."""


TOO_LONG = (
    "Daypass could not probe every role in time, so the check has no result. The daily check has"
    " more time, and probes these roles again."
)


def check_access_removed(
    ports: Ports, by: Actor, engagement: str, *, deadline: datetime | None = None
) -> Engagement:
    """Check that the roles of an ended engagement refuse Daypass, and return the engagement.

    Probe every ARN that the engagement ever had, with every external ID that it ever had, in all
    probe variants. The probes name a made-up member first, then the members with the latest grants.
    If the engagement ever had cut-off roles, probe those too, with their own external ID.
    If the roles refuse all probes, set `access_removed_at` and record that on the trail. If a role
    accepts a probe, record which one, and return the engagement unchanged.

    Raise Conflict if the engagement has not ended. Raise Unavailable if AWS did not answer every
    probe, if the broker role's policies do not permit a call, or if the deadline passed.
    """
    current = find_engagement(ports, engagement)
    if not current.is_over(ports.now()):
        raise Conflict(Reason.NOT_ENDED)
    if current.access_removed_at is not None:
        return current
    roles = list_all(ports.state, Role, engagement=engagement)
    if not roles:  # Daypass never had access, so there is nothing to check
        return current
    arns = sorted({arn for role in roles for arn in (role.arn, *role.former_arns)})
    cut_off_arns = _list_cut_off_arns(current, arns)
    identity = make_probe_identity(ports, engagement)
    members, other_count = _find_latest_members(ports, engagement)
    session_names = [each.session_name for each in (identity, *members)]
    if cut_off_arns:
        session_names.append(CUT_OFF_SESSION_NAME)
    _record_check(
        ports,
        by,
        current,
        Outcome.INTENDED,
        {"role_arns": " ".join((*arns, *cut_off_arns)), "session_names": " ".join(session_names)},
    )
    external_ids = [
        *current.external_ids,
        current.previous_external_id,
        *current.retired_external_ids,
        None,
    ]
    has_time_left = partial(has_time, ports, deadline)
    probes = _probe_roles(ports, [identity], arns, external_ids, has_time_left)
    if all(probe.outcome is ProbeOutcome.REFUSED for probe in probes):
        probes += _probe_cut_off_roles(ports, current, cut_off_arns, has_time_left)
    if all(probe.outcome is ProbeOutcome.REFUSED for probe in probes):
        # A trust policy may accept members by name. Use their names only if every role refused the
        # made-up one, so that no member appears in CloudTrail without need.
        probes += _probe_roles(ports, members, arns, external_ids, has_time_left)
    accepted = [probe for probe in probes if probe.outcome is ProbeOutcome.ACCEPTED]
    if accepted:
        accepting_arns = dict.fromkeys(probe.role_arn for probe in accepted)
        unnamed = ("", identity.member)
        members_named = dict.fromkeys(p.member for p in accepted if p.member not in unnamed)
        details = {"still_let_in": " ".join(accepting_arns), "let_in_as": " ".join(members_named)}
        _record_check(ports, by, current, Outcome.REFUSED, details)
        return current
    # A refusal says nothing about the client's role if Daypass itself may not assume it.
    arns += cut_off_arns
    permitted = {arn: ports.sts.may_assume(arn) for arn in arns if has_time_left()}
    if len(permitted) < len(arns):  # the deadline passed, now or during the probes
        _record_check(ports, by, current, Outcome.FAILED, {}, Reason.TIMED_OUT)
        raise Unavailable(Reason.TIMED_OUT, TOO_LONG)
    forbidden = [arn for arn, allowed in permitted.items() if allowed is False]
    if forbidden or any(probe.outcome is not ProbeOutcome.REFUSED for probe in probes):
        details = {"not_permitted_to_ask": " ".join(forbidden)} if forbidden else {}
        _record_check(ports, by, current, Outcome.FAILED, details, Reason.AWS_UNREACHABLE)
        raise Unavailable(
            Reason.AWS_UNREACHABLE,
            "AWS did not answer every probe, or the policies of Daypass's own role do not let it"
            " call a client's role. So the check has no result. Try again in a moment.",
        )
    removed = next_version(current, access_removed_at=ports.now())
    details = {
        "refused_by": " ".join(arns),
        "asked_as": " ".join(member.member for member in members),
        "not_asked_as": f"{other_count} more members who had a grant" if other_count else "",
        # IAM's simulator gave no answer for these. They may have refused Daypass only because the
        # broker role lacks permissions.
        "our_permission_not_confirmed": " ".join(
            arn for arn, allowed in permitted.items() if allowed is None
        ),
    }
    write(
        ports, by, Action.ENGAGEMENT_LEAVE, (current, removed), preconditions=roles, details=details
    )
    return removed


class RemovalProbe(NamedTuple):
    """One probe of a role: the role's ARN, the member that the probe named, and the outcome. A
    probe of a cut-off role names no member."""

    role_arn: str
    member: str
    outcome: ProbeOutcome


def _probe_roles(
    ports: Ports,
    identities: Sequence[ProbeIdentity],
    arns: Sequence[str],
    external_ids: Sequence[str | None],
    has_time_left: Callable[[], bool],
) -> list[RemovalProbe]:
    """Probe each role with each identity and external ID in all variants, while time is left.

    Return the probes that were completed, in this order. An external ID of None is a call without
    one.
    """
    planned = list(product(arns, identities, dict.fromkeys(external_ids), VARIANTS))
    calls = [
        partial(RoleProber(ports, identity, arn).probe, external_id, variant)
        for arn, identity, external_id, variant in planned
    ]
    probes: list[RemovalProbe] = []
    # The outcomes arrive in the order of `planned`. Closing the generator drops the calls that have
    # not begun.
    with closing(ports.side_by_side(calls)) as outcomes:
        while len(probes) < len(planned) and has_time_left():
            arn, identity, *_ = planned[len(probes)]
            probes.append(RemovalProbe(arn, identity.member, next(outcomes)))
    return probes


def _list_cut_off_arns(engagement: Engagement, arns: Sequence[str]) -> list[str]:
    """Return the ARNs of the cut-off roles of these roles, or none if the engagement never had
    cut-off roles."""
    if engagement.cut_off_external_id is None:
        return []
    return [CutOffNames(arn).cut_off_role_arn for arn in arns]


def _probe_cut_off_roles(
    ports: Ports,
    engagement: Engagement,
    arns: Sequence[str],
    has_time_left: Callable[[], bool],
) -> list[RemovalProbe]:
    """Probe the cut-off roles with their external ID and without one, while time is left. Return
    the probes that were completed. They name no member."""
    planned = [
        Probe(role_arn=arn, external_id=external_id, session_name=CUT_OFF_SESSION_NAME)
        for arn, external_id in product(arns, (engagement.cut_off_external_id, None))
    ]
    probes: list[RemovalProbe] = []
    with closing(ports.side_by_side([partial(ports.sts.probe, p) for p in planned])) as outcomes:
        while len(probes) < len(planned) and has_time_left():
            arn = planned[len(probes)].role_arn
            probes.append(RemovalProbe(arn, "", next(outcomes)))
    return probes


def _find_latest_members(ports: Ports, engagement: str) -> tuple[list[ProbeIdentity], int]:
    """Return probe identities for the members with the latest grants.

    The second value is the number of the other members who ever had a grant.
    """
    grants = list_all(ports.state, Grant, engagement=engagement)
    latest = sorted(grants, key=lambda grant: (grant.created_at, grant.member), reverse=True)
    member_ids = sorted(grant.member for grant in latest[:MAX_MEMBERS])
    identities = [
        build_member_identity(name, ports.random(RECORD_ID_BYTES), engagement)
        for name in member_ids
    ]
    return identities, len(grants) - len(identities)


def _record_check(
    ports: Ports,
    by: Actor,
    engagement: Engagement,
    outcome: Outcome,
    details: dict[str, str],
    reason: str = "",
) -> None:
    """Record on the trail that the check begins, or that it ends without success."""
    operation = Operation(
        action=Action.ENGAGEMENT_LEAVE,
        outcome=outcome,
        reason=reason,
        engagement=engagement.id,
        details=details,
    )
    record(ports, by, operation)
