"""The access-removal check: the roles of an ended engagement should refuse Daypass.

The check sends probes: AssumeRole calls whose sessions Daypass discards. A form says which optional
session attributes a probe sends, and whether its session name is a person's or an agent's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from itertools import product
from typing import NamedTuple

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Reason, Unavailable
from chalicelib.domain.identifiers import RECORD_ID_BYTES
from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME, CutOffNames
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.values import next_version
from chalicelib.domain.verification.probe_variants import (
    FORMS,
    VARIANTS,
    Probe,
    ProbeForm,
    ProbeIdentity,
    build_member_identity,
)
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, record, write
from chalicelib.usecases.verification.probing import has_time, make_probe_identity

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

    Probe every ARN that the engagement ever had, with every external ID that it ever had, in every
    form that a vend can have. The probes name a made-up member first, then the members with the
    latest grants. If the engagement ever had cut-off roles, probe those too, also with their own
    external ID and session name.
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
    # Without this ID, the engagement never had cut-off roles.
    has_cut_off_roles = current.cut_off_external_id is not None
    cut_off_arns = [CutOffNames(arn).cut_off_role_arn for arn in arns if has_cut_off_roles]
    identity = make_probe_identity(ports, engagement)
    members, other_count = _find_latest_members(ports, engagement)
    session_names = [name for each in (identity, *members) for name in each.session_names]
    if cut_off_arns:
        session_names.append(CUT_OFF_SESSION_NAME)
    _record_check(
        ports,
        by,
        current,
        Outcome.INTENDED,
        {"role_arns": " ".join((*arns, *cut_off_arns)), "session_names": " ".join(session_names)},
    )
    external_ids = dict.fromkeys(
        (
            *current.external_ids,
            current.previous_external_id,
            *current.retired_external_ids,
            None,  # a call without an external ID
        )
    )

    def plan(identities: Sequence[ProbeIdentity]) -> list[tuple[str, Probe]]:
        """Return the probes of each role as each identity, with each ID, in all forms. The text
        beside each probe is the member that it names."""
        return [
            (identity.member, identity.build_probe(arn, external_id, form))
            for arn, identity, external_id, form in product(arns, identities, external_ids, FORMS)
        ]

    has_time_left = partial(has_time, ports, deadline)
    probes: list[RemovalProbe] = []
    # A trust policy may accept members by name. Use their names only if every role refused the
    # made-up one, so that no member appears in CloudTrail without need.
    for planned in (
        plan([identity]),
        _plan_cut_off_probes(identity, cut_off_arns, [current.cut_off_external_id, *external_ids]),
        plan(members),
    ):
        if all(probe.outcome is ProbeOutcome.REFUSED for probe in probes):
            probes += _send(ports, planned, has_time_left)
    accepted = [probe for probe in probes if probe.outcome is ProbeOutcome.ACCEPTED]
    if accepted:
        accepting_arns = dict.fromkeys(probe.role_arn for probe in accepted)
        members_named = dict.fromkeys(p.member for p in accepted if p.member != identity.member)
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
    """One probe of a role: the role's ARN, the member that the probe named, and the outcome."""

    role_arn: str
    member: str
    outcome: ProbeOutcome


def _send(
    ports: Ports, planned: Sequence[tuple[str, Probe]], has_time_left: Callable[[], bool]
) -> list[RemovalProbe]:
    """Send the probes, each with the member that it names, while time is left. Return those that
    were completed."""
    probes: list[RemovalProbe] = []
    calls = [partial(ports.sts.probe, probe) for _, probe in planned]
    # The outcomes arrive in the order of `planned`. Closing the generator drops the calls that have
    # not begun.
    with closing(ports.side_by_side(calls)) as outcomes:
        while len(probes) < len(planned) and has_time_left():
            member, probe = planned[len(probes)]
            probes.append(RemovalProbe(probe.role_arn, member, next(outcomes)))
    return probes


def _plan_cut_off_probes(
    identity: ProbeIdentity, arns: Sequence[str], external_ids: Sequence[str | None]
) -> list[tuple[str, Probe]]:
    """Return the probes of the cut-off roles with these external IDs, each with the member that it
    names, here the made-up member of `identity`. The probes have the session name of cut-offs and
    those of `identity`, each in every variant (set of optional session attributes)."""
    names = (CUT_OFF_SESSION_NAME, *identity.session_names)
    return [
        (
            identity.member,
            replace(identity.build_probe(arn, external_id, ProbeForm(variant)), session_name=name),
        )
        for arn, external_id, name, variant in product(
            arns, dict.fromkeys(external_ids), names, VARIANTS
        )
    ]


def _find_latest_members(ports: Ports, engagement: str) -> tuple[list[ProbeIdentity], int]:
    """Return probe identities for the members with the latest grants.

    The second value is the number of the other members who ever had a grant.
    """
    grants = list_all(ports.state, Grant, engagement=engagement)
    latest = sorted(grants, key=lambda grant: (grant.created_at, grant.member), reverse=True)
    # The date chooses the members. Their order in the check has no meaning.
    member_ids = sorted(grant.member for grant in latest[:MAX_MEMBERS])
    identities = [
        build_member_identity(name, ports.random(RECORD_ID_BYTES), engagement)
        for name in member_ids
    ]
    # A member has one grant in an engagement: its key consists of these two.
    return identities, len(grants) - len(identities)


def _record_check(
    ports: Ports,
    by: Actor,
    engagement: Engagement,
    outcome: Outcome,
    details: dict[str, str],
    reason: str = "",
) -> None:
    """Record on the trail that the check begins, or that it ends without showing that the client
    has removed Daypass's access."""
    operation = Operation(
        action=Action.ENGAGEMENT_LEAVE,
        outcome=outcome,
        reason=reason,
        engagement=engagement.id,
        details=details,
    )
    record(ports, by, operation)
