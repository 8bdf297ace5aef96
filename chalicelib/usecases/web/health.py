"""Read the stored items that tell of Daypass's jobs, for the page Health."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.lists import Page
from chalicelib.domain.notifications.delivery import ChannelKind, ChannelProgress
from chalicelib.domain.prober.checks import OWN_ENGAGEMENT
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.sessions import ManySessions
from chalicelib.domain.verification.schedule import DAY, SweepProgress
from chalicelib.domain.web.health import JobRow, StoredProgress, judge_jobs
from chalicelib.domain.web.overview import Overview
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.vending.cut_offs.listing import MAX_ROLES
from chalicelib.usecases.web.reading import read_part

_CLOCK_DIFFERENCE = timedelta(minutes=1)
_KEYS: tuple[MixedKey, ...] = (
    (SweepProgress, ()),
    (ManySessions, ()),
    (Overview, ()),
    (Block, (EVERYTHING,)),
    (Engagement, (OWN_ENGAGEMENT,)),
    *((ChannelProgress, (kind.value,)) for kind in ChannelKind),
)


class HealthPage(Value, frozen=True, kw_only=True):
    """The rows about jobs, and the parts that could not be read."""

    jobs: tuple[JobRow, ...] | None
    """None if the stored progress could not be read."""
    freeze: Block | None
    """The freeze in force."""


def read_health(ports: Ports) -> HealthPage:
    """Return what Daypass has stored about its jobs, with at most four calls to AWS. Show nothing
    about the jobs if one of them could not be read: a row must not claim too much."""
    stored = read_part(lambda: _read_progress(ports))
    if stored is None:
        return HealthPage(jobs=None, freeze=None)
    progress, freeze = stored
    return HealthPage(jobs=judge_jobs(progress, ports.now()), freeze=freeze)


def _read_progress(ports: Ports) -> tuple[StoredProgress, Block | None]:
    items = ports.state.get_together(_KEYS)
    cut_offs = ports.state.list(RoleCutOffs, limit=MAX_ROLES)
    channels = (pick(items, ChannelProgress, kind.value) for kind in ChannelKind)
    has_prober = pick(items, Engagement, OWN_ENGAGEMENT) is not None
    freeze = pick(items, Block, EVERYTHING)
    progress = StoredProgress(
        sweep=pick(items, SweepProgress),
        overview=pick(items, Overview),
        many_sessions=pick(items, ManySessions),
        channels=tuple(filter(None, channels)),
        cut_offs=cut_offs.items,
        has_more_cut_offs=bool(cut_offs.cursor),
        has_prober=has_prober,
        probed=_find_last_refusal(ports) if has_prober else None,
    )
    return progress, freeze if freeze is not None and freeze.is_in_force else None


def _find_last_refusal(ports: Ports) -> Entry | None:
    """Return the latest entry of the last day about the prober's engagement, apart from vends."""
    now = ports.now()
    page: Page[Entry] = ports.trail.page(
        TrailQuery(
            since=now - DAY,
            until=now + _CLOCK_DIFFERENCE,
            engagement=OWN_ENGAGEMENT,
            no_vends=True,
            limit=1,
        )
    )
    return page.items[0] if page.items else None
