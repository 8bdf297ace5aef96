"""Read the stored items that tell of Daypass's jobs, for the page Health."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.job_runs import JobRun, StoredJob
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.notifications.delivery import ChannelKind, ChannelProgress
from chalicelib.domain.prober.checks import OWN_ENGAGEMENT
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import Item, Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.sessions import ManySessions
from chalicelib.domain.verification.schedule import DAY, SweepProgress
from chalicelib.domain.web.health.runs import (
    SCHEDULES,
    HealthSummary,
    RunRow,
    judge_runs,
    summarise,
)
from chalicelib.domain.web.health.work import JobRow, StoredProgress, judge_work
from chalicelib.domain.web.overview.overview import Overview
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.vending.cut_offs.listing import MAX_ROLES
from chalicelib.usecases.web.parts import read_part

_KEYS: tuple[MixedKey, ...] = (
    (SweepProgress, ()),
    (ManySessions, ()),
    (Overview, ()),
    (Block, (EVERYTHING,)),
    (Engagement, (OWN_ENGAGEMENT,)),
    *((ChannelProgress, (kind.value,)) for kind in ChannelKind),
    *((JobRun, (job.value,)) for job in StoredJob),
)


class JobsHealth(Value, frozen=True, kw_only=True):
    """The verdict on the jobs, from their stored items."""

    summary: HealthSummary
    runs: tuple[RunRow, ...]
    work: tuple[JobRow, ...]
    freeze: Block | None
    """The freeze in force."""


def read_health(ports: Ports) -> JobsHealth | None:
    """Return what Daypass has stored about its jobs, with at most four calls to AWS. Return None if
    one of them could not be made: a row must not claim too much."""
    return read_part(lambda: _read_jobs(ports))


def _read_jobs(ports: Ports) -> JobsHealth:
    now = ports.now()
    items = ports.state.get_together(_KEYS)
    stored = {job: pick(items, JobRun, job.value) for job in StoredJob}
    runs = judge_runs({job: run for job, run in stored.items() if run is not None}, now)
    notify = next(row for row in runs if row.job == SCHEDULES[StoredJob.NOTIFY].name)
    progress = _read_progress(ports, items, has_notified_all=notify.has_done_all)
    work = judge_work(progress, now)
    freeze = pick(items, Block, EVERYTHING)
    return JobsHealth(
        summary=summarise(runs, filter(None, (row.problem for row in work))),
        runs=runs,
        work=work,
        freeze=freeze if freeze is not None and freeze.is_in_force else None,
    )


def _read_progress(
    ports: Ports, items: Mapping[MixedKey, Item], *, has_notified_all: bool
) -> StoredProgress:
    cut_offs = ports.state.list(RoleCutOffs, limit=MAX_ROLES)
    channels = (pick(items, ChannelProgress, kind.value) for kind in ChannelKind)
    has_prober = pick(items, Engagement, OWN_ENGAGEMENT) is not None
    return StoredProgress(
        sweep=pick(items, SweepProgress),
        overview=pick(items, Overview),
        many_sessions=pick(items, ManySessions),
        channels=tuple(filter(None, channels)),
        has_notified_all=has_notified_all,
        cut_offs=cut_offs.items,
        has_more_cut_offs=bool(cut_offs.cursor),
        has_prober=has_prober,
        probed=_find_last_refusal(ports) if has_prober else None,
    )


def _find_last_refusal(ports: Ports) -> Entry | None:
    """Return the latest entry of the last day about the prober's engagement, apart from vends."""
    now = ports.now()
    page: Page[Entry] = ports.trail.page(
        TrailQuery(
            since=now - DAY,
            until=now + MAX_CLOCK_LEAD,
            engagement=OWN_ENGAGEMENT,
            no_vends=True,
            limit=1,
        )
    )
    return page.items[0] if page.items else None
