"""Read whether Daypass's jobs ran, and which work waits, for the page Health."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.job_runs import JobRun, StoredJob
from chalicelib.domain.notifications.delivery import ChannelKind, ChannelProgress
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import CutOff, RoleCutOffs
from chalicelib.domain.verification.schedule import SweepProgress
from chalicelib.usecases.lists import pick, read_part
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.vending.cut_offs.listing import MAX_ROLES

_KEYS: tuple[MixedKey, ...] = (
    (SweepProgress, ()),
    *((ChannelProgress, (kind.value,)) for kind in ChannelKind),
    *((JobRun, (job.value,)) for job in StoredJob),
)


class JobsHealth(Value, frozen=True, kw_only=True):
    """The stored progress of the jobs."""

    runs: tuple[tuple[StoredJob, JobRun | None], ...]
    checks_made_until: datetime | None
    """Every check of a role that was due until then is made. None: Sweep has made none yet."""
    channels: tuple[ChannelProgress, ...]
    """The channels of notifications that have stored their progress."""
    cut_offs: tuple[CutOff, ...]
    """The cut-offs that are not written or not seen, the oldest first."""
    has_more_cut_offs: bool


def read_health(ports: Ports) -> JobsHealth | None:
    """Return what Daypass has stored about its jobs, with at most three calls to AWS. Return None
    if one of them could not be made: a row must not claim too much."""
    return read_part(lambda: _read_jobs(ports))


def _read_jobs(ports: Ports) -> JobsHealth:
    items = ports.state.get_together(_KEYS)
    page = ports.state.list(RoleCutOffs, limit=MAX_ROLES)
    now = ports.now()
    pending = [each for role in page.items for each in role.cut_offs if each.is_pending(now)]
    sweep = pick(items, SweepProgress)
    channels = (pick(items, ChannelProgress, kind.value) for kind in ChannelKind)
    return JobsHealth(
        runs=tuple((job, pick(items, JobRun, job.value)) for job in StoredJob),
        checks_made_until=sweep.done_until if sweep is not None else None,
        channels=tuple(filter(None, channels)),
        cut_offs=tuple(sorted(pending, key=lambda each: each.requested_at)),
        has_more_cut_offs=bool(page.cursor),
    )
