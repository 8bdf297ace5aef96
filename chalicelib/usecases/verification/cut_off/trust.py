"""Probe a cut-off role: who can assume it?

A probe is an AssumeRole call whose session Daypass discards.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, build_external_id
from chalicelib.domain.policies.brake import CutOffNames
from chalicelib.domain.verification.cut_off_checks import (
    CutOffCheck,
    CutOffProbe,
    judge_cut_off_probes,
    list_cut_off_probes,
)
from chalicelib.domain.verification.probe_variants import ProbeForm, ProbeIdentity
from chalicelib.domain.verification.proof import ProbeOutcome, Result
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.probing import has_time


def plan_cut_off_probes(
    ports: Ports, engagement: Engagement, own_id: str, identity: ProbeIdentity, *, is_full: bool
) -> list[CutOffProbe]:
    """Return the requests that the cut-off role must refuse: all of a full check, or those of a
    daily one. They name the made-up identity."""
    generated = build_external_id(ports.random(EXTERNAL_ID_BYTES))
    probes = list_cut_off_probes(
        own_id, generated, _list_member_ids(engagement), identity.session_names
    )
    return [probe for probe in probes if is_full or probe.is_daily]


def probe_cut_off_role(
    ports: Ports,
    names: CutOffNames,
    own_id: str,
    identity: ProbeIdentity,
    probes: Sequence[CutOffProbe],
    *,
    deadline: datetime | None = None,
) -> dict[CutOffCheck, Result] | None:
    """Probe the cut-off role with its external ID first and last, and with wrong requests between.

    Return the results, or None if AWS gave no clear answer, or not before the deadline. Send no
    further probe after an unclear answer, so that an AWS that does not answer costs a few calls.
    """

    def send(probe: CutOffProbe) -> ProbeOutcome:
        request = identity.build_probe(
            names.cut_off_role_arn, probe.external_id, ProbeForm(probe.variant)
        )
        return ports.sts.probe(replace(request, session_name=probe.session_name))

    right_probe = CutOffProbe(check=CutOffCheck.ROLE, external_id=own_id)
    right = [send(right_probe)]
    if right != [ProbeOutcome.ACCEPTED]:
        return judge_cut_off_probes(right, [])
    negative: list[tuple[CutOffCheck, ProbeOutcome]] = []
    with closing(ports.side_by_side([partial(send, probe) for probe in probes])) as outcomes:
        for probe, outcome in zip(probes, outcomes, strict=True):
            negative.append((probe.check, outcome))
            is_clear = outcome in (ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED)
            if not is_clear or not has_time(ports, deadline):
                break
        else:
            right.append(send(right_probe))
            return judge_cut_off_probes(right, negative)
    # An unfinished check proves nothing, except that the role let in someone.
    return judge_cut_off_probes([ProbeOutcome.UNKNOWN], negative)


def _list_member_ids(engagement: Engagement) -> list[str]:
    """Return the external IDs with which Daypass issues or issued sessions to members."""
    return [*engagement.external_ids, *filter(None, (engagement.previous_external_id,))]
