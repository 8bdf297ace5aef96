"""Draw the grants on an engagement's page as a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from markupsafe import Markup

from chalicelib.domain.engagements.grants import Grant
from chalicelib.entrypoints.web.pictures.timelines import TimelineRow, timeline

LONGEST_PAST = timedelta(days=365)
MARGIN = timedelta(days=7)


def draw_grants(grants: Sequence[Grant], now: datetime) -> Markup:
    """Return the timeline of the grants: from the first start, a year ago at most, to the last end.
    Return empty markup for fewer than two grants, which their table shows as well."""
    if len(grants) < 2:
        return Markup()
    rows = [_build_row(grant, now) for grant in grants]
    start = max(min(grant.starts_at for grant in grants), now - LONGEST_PAST)
    end = max(*(grant.ends_at for grant in grants), now)
    return timeline(
        rows, start - MARGIN, end + MARGIN, now, name="grants", title="Grants", has_table=False
    )


def _build_row(grant: Grant, now: datetime) -> TimelineRow:
    tone, state = "plain", "ended"
    if grant.revoked_at is not None:
        tone, state = "bad", "revoked"
    elif grant.is_current(now):
        tone, state = "good", "current"
    elif grant.is_current_or_upcoming(now):
        tone, state = "wait", "upcoming"
    return TimelineRow(
        label=grant.member,
        start=grant.starts_at,
        end=grant.revoked_at or grant.ends_at,
        tone=tone,
        state=state,
    )
