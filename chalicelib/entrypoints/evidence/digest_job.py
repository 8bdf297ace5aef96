"""Run the scheduled function Digest, which seals the finished hours of the trail."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.jobs import Invocation, schedule_job
from chalicelib.usecases.evidence.digests import DigestSummary, seal_hours

blueprint = Blueprint(__name__)


@schedule_job(blueprint, Rate(1, unit=Rate.HOURS))
def digest(run: Invocation) -> DigestSummary:
    """Seal the finished hours, and return the numbers of the run."""
    return seal_hours(bootstrap.digest_ports(), time_left=run.time_left)
