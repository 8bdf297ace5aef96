"""List the times among which an approver can choose on their page, to shorten an access."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.moments import describe_duration, rfc3339, utc_text
from chalicelib.domain.requests.requests import RequestFields
from chalicelib.domain.values import Value

_MINUTES = (15, 30, 60, 2 * 60, 4 * 60, 8 * 60, 24 * 60, 3 * 24 * 60, 7 * 24 * 60)
_STEPS = tuple(timedelta(minutes=minutes) for minutes in _MINUTES)


class Choice(Value, frozen=True, kw_only=True):
    """A shorter time that an approver can choose."""

    value: str
    """The value in the form: a number of minutes, or an end as RFC 3339."""
    text: str


def list_choices(request: RequestFields, now: datetime) -> tuple[Choice, ...]:
    """Return the shorter times for this request, the longest first. Empty if there is none."""
    if request.duration is not None:
        whole = timedelta(seconds=request.duration)
        return tuple(
            Choice(
                value=str(step // timedelta(minutes=1)),
                text=describe_duration(int(step.total_seconds())),
            )
            for step in reversed(_STEPS)
            if step < whole
        )
    if request.ends_at is None:
        return ()
    start, steps = request.starts_at, _STEPS
    if start is None or start <= now:
        # The access has to last 15 minutes from its approval, so leave out an end that may be too
        # soon when the approver has read the page.
        start, steps = _round_up_to_minute(now), _STEPS[1:]
    return tuple(
        Choice(
            value=rfc3339(start + step),
            text=f"until {utc_text(start + step)} ({describe_duration(int(step.total_seconds()))})",
        )
        for step in reversed(steps)
        if start + step < request.ends_at
    )


def _round_up_to_minute(moment: datetime) -> datetime:
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)
