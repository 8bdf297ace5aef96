"""Show moments and durations, and read dates as people write them."""

from __future__ import annotations

import re
import time
from calendar import monthrange
from datetime import MAXYEAR, datetime, timedelta, timezone

from daypass.errors import UsageProblem
from daypass.terminal.output import shorten

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RELATIVE = re.compile(r"(?:in )?(\d{1,4}) *(h|d|w|hours?|days?|weeks?|months?)", re.ASCII)
_ABSOLUTE = re.compile(r"\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d)?(?:z|[+-]\d\d:\d\d)?)?", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_CLOCK = re.compile(r"(?:(.+) )?(\d{1,2}):(\d\d)", re.ASCII)
_API_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)
_DURATION = re.compile(r"(?:(\d{1,3}) *d)? *(?:(\d{1,4}) *h)? *(?:(\d{1,5}) *m(?:in)?)?", re.ASCII)


def parse_api_time(moment: str) -> datetime:
    """Return a time as the API writes it, such as 2026-11-24T19:42:00Z, in UTC."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00"))


def parse_moment(
    text: str,
    now: datetime | None = None,
    *,
    is_start: bool = False,
    start: datetime | None = None,
) -> datetime:
    """Return the moment, in UTC, that a person means: `friday`, `18:00`, `friday 18:00`, `2w`,
    `in 3 months`, `2026-12-31` or a full time.

    A day means its end, midnight in the local time zone, because dates limit access; with
    `is_start` it means its beginning. A weekday is the next one after today, and a time without a
    day is the next such time. With `start`, all of these count from `start`, and not from now.
    Raise UsageProblem for anything else, for the past, and for a moment that is not after `start`.
    """
    now = start or now or datetime.now(timezone.utc)
    moment = _find_moment(text.strip().lower(), now.astimezone(), is_start=is_start)
    if moment is None:
        raise UsageProblem(
            f"{shorten(text)} is not a date or a time. Type a weekday, a time such as 18:00 or"
            " friday"
            f" 18:00, a"
            " time from now such as 12h, 2w or 'in 3 months', a date such as 2026-12-31, or"
            " 2026-12-31T18:00."
        )
    if moment <= now:
        problem = "is not after the start" if start else "is in the past"
        raise UsageProblem(f"{shorten(text)} {problem}: {show_moment(api_time(moment))}.")
    return moment.astimezone(timezone.utc)


def read_moment(text: str) -> str:
    """Return the moment that a person means, as the API reads it."""
    return api_time(parse_moment(text))


def read_day(text: str) -> str:
    """Return the moment like `read_moment`, but a number of days, weeks or months means the end of
    that day. So someone who types the same again after a lost answer means the same moment."""
    moment = parse_moment(text)
    relative = _RELATIVE.fullmatch(text.strip().lower())
    is_day = relative is not None and not relative[2].startswith("h")
    return api_time(_day_edge(moment.astimezone()) if is_day else moment)


def _find_moment(text: str, now: datetime, *, is_start: bool) -> datetime | None:
    """Return the moment that the text means, as seen from `now`. Return None if the text has none
    of the known forms, or names a day that does not exist. The moment may be in the past."""
    relative = _RELATIVE.fullmatch(text)
    if relative:
        return _add(now, int(relative[1]), relative[2])
    clock = _CLOCK.fullmatch(text)
    try:
        at = _find_time(clock, now) if clock else None
        if at:
            return at
        days = _list_days(text, now)
        if days:  # of today's weekday, take the day in a week
            return _day_edge(now + timedelta(days=days[-1]), is_start=is_start)
        if not _ABSOLUTE.fullmatch(text):
            return None
        moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00")).astimezone()
        is_date = len(text) == len("2026-12-31")
        return _day_edge(moment, is_start=is_start) if is_date else moment
    except (ValueError, OverflowError):
        return None


def _add(now: datetime, number: int, unit: str) -> datetime | None:
    """Return the moment in so many hours, days, weeks or calendar months. Return None beyond the
    last year that there is."""
    if unit[0] in _UNITS:
        return now + number * _UNITS[unit[0]]
    year, month = divmod(now.year * 12 + now.month - 1 + number, 12)
    if year > MAXYEAR:
        return None
    day = min(now.day, monthrange(year, month + 1)[1])
    return datetime(year, month + 1, day, now.hour, now.minute, now.second).astimezone()


def _list_days(day: str, now: datetime) -> list[int]:
    """Return in how many days the day of this name is: for today's weekday, now and in a week.
    Return an empty list if no day has the name."""
    if day in ("today", "tomorrow"):
        return [0 if day == "today" else 1]
    weekdays = [each for each in _WEEKDAYS if len(day) >= 3 and each.startswith(day)]
    if not weekdays:
        return []
    ahead = (_WEEKDAYS.index(weekdays[0]) - now.weekday()) % 7
    return [ahead, ahead or 7]


def _find_time(clock: re.Match[str], now: datetime) -> datetime | None:
    """Return the first such time of the named day that is still to come. Without a name, it is
    today's or tomorrow's. If none is to come, as for today, return the past one. Return None if no
    day has the name."""
    moments = [
        datetime(day.year, day.month, day.day, int(clock[2]), int(clock[3])).astimezone()
        for days in (_list_days(clock[1], now) if clock[1] else [0, 1])
        for day in [now + timedelta(days=days)]
    ]
    return next((each for each in moments if each > now), moments[-1] if moments else None)


def _day_edge(moment: datetime, *, is_start: bool = False) -> datetime:
    """Return the midnight that begins or ends the moment's local day. Its offset is that of the
    midnight, which may differ where the clocks change."""
    midnight = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001
    return (midnight if is_start else midnight + timedelta(days=1)).astimezone()


def api_time(moment: datetime) -> str:
    """Return the moment as the API reads it."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def show_moment(moment: str) -> str:
    """Return a time of the API for a person: in the local time zone and, if it differs, in UTC."""
    utc = parse_api_time(moment)
    local = utc.astimezone()
    shown = local.strftime("%a %Y-%m-%d %H:%M")
    if local.utcoffset():
        return f"{shown} {local.strftime('%Z')} ({utc.strftime('%H:%M')} UTC)"
    return f"{shown} UTC"


def is_api_time(text: str) -> bool:
    """Return whether the text is a time of the API."""
    return _API_TIME.fullmatch(text) is not None


def show_cell(text: str) -> str:
    """Return a text of the API for a person, who reads a time in their own time zone. Of a time
    within a day from now, show how long it is until then, and not the date."""
    if not is_api_time(text):
        return text
    moment = parse_api_time(text)
    left = moment.timestamp() - time.time()
    if not 0 < left < 86400:
        return show_moment(text)
    return f"{moment.astimezone():%a %H:%M %Z} ({show_duration(left)} left)"


def show_duration(seconds: float) -> str:
    """Return a duration in its two largest units, such as `2 h 5 min`."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{max(0, int(seconds))} s"
    days, minutes = divmod(minutes, 1440)
    hours, minutes = divmod(minutes, 60)
    parts = [
        f"{number} {unit}"
        for number, unit in ((days, "d"), (hours, "h"), (minutes, "min"))
        if number
    ]
    return " ".join(parts[:2])


def parse_duration(text: str) -> int:
    """Return the seconds of a duration as people write it: `30m`, `2h`, `1h30m` or `3d`.

    Raise UsageProblem for anything else.
    """
    parts = _DURATION.fullmatch(text.strip().lower())
    days, hours, minutes = (int(part or 0) for part in parts.groups()) if parts else (0, 0, 0)
    seconds = ((days * 24 + hours) * 60 + minutes) * 60
    if not seconds:
        raise UsageProblem(
            f"{shorten(text)} is not a duration. Type a duration such as 30m, 2h, 1h30m or 3d."
        )
    return seconds
