"""Probe a cut-off role: who can assume it?

A probe is an AssumeRole call whose session Daypass discards.
"""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from functools import partial

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, build_external_id
from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME, CutOffNames
from chalicelib.domain.verification.cut_off_checks import (
    CutOffCheck,
    CutOffProbe,
    judge_cut_off_probes,
    list_cut_off_probes,
)
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import ProbeOutcome, Result
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.probing import has_time, make_probe_identity


def probe_cut_off_role(
    ports: Ports,
    engagement: Engagement,
    names: CutOffNames,
    own_id: str,
    *,
    is_full: bool,
    deadline: datetime | None = None,
) -> dict[CutOffCheck, Result] | None:
    """Probe the cut-off role with its external ID first and last, and with wrong requests between.

    Return the results, or None if AWS gave no clear answer, or not before the deadline. Send no
    further probe after an unclear answer, so that an AWS that does not answer costs one or two
    calls. A daily check (not `is_full`) sends five probes, and a full check about a dozen.
    """

    def send(probe: CutOffProbe) -> ProbeOutcome:
        return ports.sts.probe(
            Probe(
                role_arn=names.cut_off_role_arn,
                external_id=probe.external_id,
                session_name=probe.session_name,
            )
        )

    right_probe = CutOffProbe(
        check=CutOffCheck.ROLE, external_id=own_id, session_name=CUT_OFF_SESSION_NAME
    )
    right = [send(right_probe)]
    if right != [ProbeOutcome.ACCEPTED]:
        return judge_cut_off_probes(right, [])
    probes = [
        probe
        for probe in list_cut_off_probes(
            own_id,
            build_external_id(ports.random(EXTERNAL_ID_BYTES)),
            _list_member_ids(engagement),
            make_probe_identity(ports, engagement.id).session_name,
        )
        if is_full or probe.is_daily
    ]
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
