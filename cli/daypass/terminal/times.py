"""Show moments and durations, and read dates as people write them."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone
from typing import Any

from daypass.errors import UsageProblem
from daypass.terminal.output import bar, shorten

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RELATIVE = re.compile(r"(\d{1,4}) *([hdw])", re.ASCII)
_ABSOLUTE = re.compile(r"\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d)?(?:z|[+-]\d\d:\d\d)?)?", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_CLOCK = re.compile(r"(?:(.+) )?(\d{1,2}):(\d\d)", re.ASCII)
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
    `2026-12-31` or a full time.

    A day means its end, midnight in the local time zone, because dates limit access; with
    `is_start` it means its beginning. A weekday is the next one after today, and a time without a
    day is the next such time. With `start`, all that counts from there, and not from now. Raise
    UsageProblem for anything else, for the past, and for an end that is not after the start.
    """
    now = start or now or datetime.now(timezone.utc)
    moment = _find_moment(text.strip().lower(), now.astimezone(), is_start=is_start)
    if moment is None:
        raise UsageProblem(
            f"{shorten(text)} is no date. Type a weekday, a time such as 18:00 or friday 18:00, a"
            " time from now such as 12h, 3d or 2w, a date such as 2026-12-31, or"
            " 2026-12-31T18:00."
        )
    if moment <= now:
        problem = "is not after the start" if start else "is in the past"
        raise UsageProblem(f"{shorten(text)} {problem}: {show_moment(api_time(moment))}.")
    return moment.astimezone(timezone.utc)


def _find_moment(text: str, now: datetime, *, is_start: bool) -> datetime | None:
    relative = _RELATIVE.fullmatch(text)
    if relative:
        return now + int(relative[1]) * _UNITS[relative[2]]
    clock = _CLOCK.fullmatch(text)
    days = _days_ahead(clock[1] or "today" if clock else text, now)
    try:
        if days is not None:
            day = now + timedelta(days=days)
            return _find_time(clock, day, now) if clock else _day_edge(day, is_start=is_start)
        moment = _parse_absolute(text)
        is_date = len(text) == len("2026-12-31")
        return _day_edge(moment, is_start=is_start) if moment and is_date else moment
    except (ValueError, OverflowError):
        return None


def _days_ahead(day: str, now: datetime) -> int | None:
    """Return in how many days the day of this name is; None if no day has the name."""
    if day in ("today", "tomorrow"):
        return int(day == "tomorrow")
    weekdays = [each for each in _WEEKDAYS if len(day) >= 3 and each.startswith(day)]
    return (_WEEKDAYS.index(weekdays[0]) - now.weekday() - 1) % 7 + 1 if weekdays else None


def _find_time(clock: re.Match[str], day: datetime, now: datetime) -> datetime:
    """Return the time of the day. Without a day, it is the next such time; with a weekday, that of
    today if today has this name and the time is still to come."""
    name, hour, minute = clock[1], int(clock[2]), int(clock[3])
    if day.date() - now.date() == timedelta(days=7):
        day = now
    moment = datetime(day.year, day.month, day.day, hour, minute).astimezone()
    if moment > now or name in ("today", "tomorrow"):
        return moment
    day += timedelta(days=7 if name else 1)
    return datetime(day.year, day.month, day.day, hour, minute).astimezone()


def _parse_absolute(text: str) -> datetime | None:
    """Return the moment of a date, at its beginning, or of a full time; None if it is neither."""
    if not _ABSOLUTE.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper().replace("Z", "+00:00")).astimezone()
    except (ValueError, OverflowError):
        return None


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


def show_time(moment: str) -> str:
    """Return the time of day of a time of the API, to the second, in the local time zone."""
    return f"{parse_api_time(moment).astimezone():%H:%M:%S %Z}"


def show_time_left(ends_by: str) -> str:
    """Return the time until a session's end, as a bar of one hour and in words."""
    left = parse_api_time(ends_by).timestamp() - time.time()
    return f"{bar(left / 3600)} {show_duration(left)}"


def session_time_left(session: dict[str, Any]) -> str:
    """Return the time left of a session; a hyphen if it has ended before its time."""
    return "-" if session["is_cut_off"] else show_time_left(session["ends_by"])


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
            f"{shorten(text)} is no duration. Type one such as 30m, 2h, 1h30m or 3d."
        )
    return seconds


def show_share_left(begins: str, ends: str) -> str:
    """Return the time left of a span between two times of the API, as a bar and in words."""
    begin, end = parse_api_time(begins).timestamp(), parse_api_time(ends).timestamp()
    left = end - time.time()
    return f"{bar(left / max(end - begin, 1))} {show_duration(left)}"


def show_span(starts: str, ends: str) -> str:
    """Return a span between two times of the API, with the date of its end only if it differs."""
    start, end = show_moment(starts), parse_api_time(ends).astimezone()
    is_same_day = parse_api_time(starts).astimezone().date() == end.date()
    return f"{start} to {end:%H:%M}" if is_same_day else f"{start} to {show_moment(ends)}"


def parse_past(text: str, now: datetime | None = None) -> datetime:
    """Return the moment, in UTC, that a person means as a start or an end in the past.

    A day means its beginning in the local time zone; a weekday is the last one before today.
    Raise UsageProblem for anything else.
    """
    now = now or datetime.now(timezone.utc)
    text, local = text.strip().lower(), now.astimezone()
    moment = _parse_absolute(text)
    relative = _RELATIVE.fullmatch(text)
    weekdays = [day for day in _WEEKDAYS if len(text) >= 3 and day.startswith(text)]
    if relative:
        moment = now - int(relative[1]) * _UNITS[relative[2]]
    elif weekdays:
        ago = (local.weekday() - _WEEKDAYS.index(weekdays[0]) - 1) % 7 + 1
        moment = _day_edge(local - timedelta(days=ago + 1))
    elif text in ("today", "yesterday"):
        moment = _day_edge(local - timedelta(days=1 + (text == "yesterday")))
    if moment is None:
        raise UsageProblem(
            f"{shorten(text)} is no date. Type a date such as 2026-10-01, a weekday, or how long"
            " ago, such as 12h, 3d or 2w."
        )
    return moment.astimezone(timezone.utc)
