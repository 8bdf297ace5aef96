"""Read the periods that people name, such as `last tuesday`, in UTC, and show which they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from chalicelib.domain.moments import MAX_CLOCK_LEAD, exact_text, rfc3339
from chalicelib.domain.text import clean_text
from chalicelib.domain.values import Value

DAY = timedelta(days=1)
_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
USUAL = timedelta(days=30)
LONGEST = timedelta(days=366)
EXAMPLES = "2026-11-03, yesterday, last tuesday, in october, 7d or 2026-11-03 to 2026-11-05"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_UNITS = {"m": _MINUTE, "h": timedelta(hours=1), "d": DAY, "w": 7 * DAY}
_YEARS = range(2000, 3000)
Match = re.Match[str]


class Period(Value, kw_only=False):
    """A period, from `begin` up to but excluding `end`."""

    begin: datetime
    end: datetime
    is_moment: bool = False
    """True if the text names a time, not a day. A period that ends then ends exactly then."""
    ends_now: bool = False

    @property
    def _days(self) -> tuple[date, date] | None:
        """Return the first and the last day, if the period has whole days."""
        if self.begin.time() == self.end.time() == time():
            return self.begin.date(), (self.end - DAY).date()
        return None

    @property
    def words(self) -> str:
        """Return the period as `parse_period` reads it at any later time, such as `2026-11-24`."""
        if self._days is None:
            return f"{_precise(self.begin)} to {_precise(self.end)}"
        first, last = self._days
        return f"{first}" if first == last else f"{first} to {last}"

    @property
    def text(self) -> str:
        """Return the period for people, such as `Tuesday, 24 November 2026, UTC`."""
        if self._days is None:
            end = "now" if self.ends_now else exact_text(self.end)
            return f"from {exact_text(self.begin)} to {end}"
        first, last = self._days
        if first == last:
            return f"{first:%A, %-d %B %Y}, UTC"
        return f"from {first:%A, %-d %B %Y} to {last:%A, %-d %B %Y}, UTC"


def parse_period(text: str, now: datetime) -> Period:
    """Return the period that the text names, in UTC: one period ("in october"), from one to another
    ("1 may to 3 may"), since one ("since 1 may") or until one ("until 3 may"). Without an end, it
    lasts until now. Without a beginning, it has 30 days.

    Raise ValueError, with a message for the caller, for a text that names no period, a day that
    does not exist, a period in the future, and one that ends before it begins or is too long.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    # Both parts are the whole text if it names one period. A part is empty if that end is open.
    first, last = _split(" ".join(text.lower().split()))
    last_named = _find(last, now) if last else _until(now)
    # The text names one period, or the same one twice ("1 may to 1 may"). Both mean all of it.
    if first == last and first:
        # A single time means the minute that begins then.
        is_moment = last_named.is_moment
        begin, until = last_named.begin, last_named.begin + _MINUTE if is_moment else last_named.end
    else:
        # A period up to a time ends at that time, and a period up to a day includes the day.
        is_moment = False
        until = last_named.begin if last_named.is_moment else last_named.end
        begin = _find_begin(first, until, now)
    if begin > now + MAX_CLOCK_LEAD:
        raise ValueError(f"“{clean_text(text)}” is in the future: {exact_text(begin)}.")
    if not begin < until:
        raise ValueError(f"“{clean_text(text)}” ends before it begins.")
    if until - begin > LONGEST:
        raise ValueError(
            "A period can be up to 366 days long. For a longer period, search one year at a time."
        )
    return Period(begin, until, is_moment=is_moment, ends_now=last_named.ends_now)


def _until(now: datetime) -> Period:
    """Return the end of a period that lasts until now. It includes this second's entries."""
    return Period(now, now + 2 * _SECOND, ends_now=True)


def _find_begin(text: str, until: datetime, now: datetime) -> datetime:
    """Return the beginning of the period that the text names. For a weekday or a month without a
    year, take the last one before `until`. Without a text, return the time 30 days before
    `until`."""
    if not text:
        return until - USUAL
    begin = _find(text, now).begin
    is_name = _find_name(text, _WEEKDAYS + _MONTHS) is not None
    return _find(text, until - _SECOND).begin if is_name and begin >= until else begin


def _split(text: str) -> tuple[str, str]:
    """Return the parts of the text that name the beginning and the end. Both are the whole text if
    it names one period. A part is empty if the text leaves that end open."""
    ends = re.fullmatch(r"(?:from |between )?(.+?)(?: to | until | and | - |\.\.)(.+)", text)
    ends = ends or re.fullmatch(r"(\d{4}-[^/]+)/(\d{4}-[^/]+)", text)
    if ends:
        return ends[1], ends[2]
    if since := re.fullmatch("(?:since|from) (.+)", text):
        return since[1], ""
    if until := re.fullmatch("until (.+)", text):
        return "", until[1]
    return text, text


def _find(text: str, now: datetime) -> Period:
    """Return the period that the text names. Raise ValueError if it names none."""
    plain = re.sub(r"^(?:on|in|at|the|during) ", "", text.replace(",", ""))
    try:
        for pattern, read in _FORMS.items():
            match = re.fullmatch(pattern, plain, re.ASCII)
            period = read(now, match) if match else None
            if period is not None:
                if period.begin.year not in _YEARS:
                    break
                return period
    except (ValueError, OverflowError):
        raise ValueError(f"“{clean_text(text)}” does not exist in the calendar.") from None
    raise ValueError(
        f"“{clean_text(text)}” is not a day or a period. Type a period such as {EXAMPLES}."
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _days(first: date, count: int = 1) -> Period:
    return Period(_midnight(first), _midnight(first + count * DAY))


def _month(year: int, month: int) -> Period:
    following = date(year + month // 12, month % 12 + 1, 1)
    return Period(_midnight(date(year, month, 1)), _midnight(following))


def _read_weekday(now: datetime, match: Match) -> Period | None:
    """Return the last such day before today, or None if the text names no weekday."""
    weekday = _find_name(match[1], _WEEKDAYS)
    if weekday is None:
        return None
    return _days(now.date() - ((now.weekday() - weekday - 1) % 7 + 1) * DAY)


def _read_unit(now: datetime, match: Match) -> Period:
    """Return this week, month or year, or the last one before it."""
    today, back = now.date(), 0 if match[1] == "this" else 1
    if match[2] == "week":
        return _days(today - (today.weekday() + 7 * back) * DAY, 7)
    if match[2] == "month":
        first = today.replace(day=1)
        month = (first - DAY) if back else first
        return _month(month.year, month.month)
    return _year(today.year - back)


def _read_latest(now: datetime, match: Match) -> Period:
    """Return the latest hours, days or weeks until now."""
    begin = now - int(match[1]) * _UNITS[match[2]]
    return Period(begin, _until(now).end, ends_now=True)


def _read_ago(now: datetime, match: Match) -> Period:
    """Return the day so many days or weeks ago, or the time so many minutes or hours ago."""
    moment = now - int(match[1]) * _UNITS[match[2]]
    return Period(moment, moment, is_moment=True) if match[2] in "mh" else _days(moment.date())


def _read_month(now: datetime, match: Match) -> Period | None:
    """Return the month, such as May 2026. Without a year, return the latest month of that name that
    has begun. Return None if the text names no month."""
    index = _find_name(match[1], _MONTHS)
    if index is None:
        return None
    return _month(int(match[2] or now.year - (index + 1 > now.month)), index + 1)


def _year(year: int) -> Period:
    return Period(_month(year, 1).begin, _month(year, 12).end)


def _read_date(now: datetime, match: Match) -> Period | None:
    """Return the date, such as 3 May 2026. Without a year, return the latest such date that has
    begun. Return None if the text has no month. Raise ValueError if the date does not exist, or
    does not fall on the weekday in the text."""
    names = match.groupdict()
    month_index = _find_name(names["month"], _MONTHS)
    weekday = _find_name(names["weekday"], _WEEKDAYS) if names["weekday"] else None
    if month_index is None or (names["weekday"] and weekday is None):
        return None
    found_date = _find_date(now.date(), names["year"], month_index + 1, int(names["day"]))
    if weekday is not None and found_date.weekday() != weekday:
        raise ValueError
    return _days(found_date)


def _find_date(today: date, year: str | None, month: int, day: int) -> date:
    """Return the date in this year. Without a year, return the latest such date up to today. Raise
    ValueError if no such date exists."""
    if year:
        return date(int(year), month, day)
    date(2000, month, day)  # refuses a day that no year has, such as 30 February
    for each in range(today.year, today.year - 9, -1):  # leap years are at most 8 years apart
        try:
            if (day_of_year := date(each, month, day)) <= today:
                return day_of_year
        except ValueError:  # 29 February, in most years
            continue
    raise ValueError


def _read_moment(now: datetime, match: Match) -> Period:
    """Return the time on a day, which is in UTC unless the text has an offset."""
    day = _find(match["day"], now)
    if day.end - day.begin != DAY:
        raise ValueError
    zone = (match["zone"] or "z").strip()
    offset = "+00:00" if zone in ("z", "utc") else zone
    clock = match["clock"].zfill(5) if match["clock"].count(":") == 1 else match["clock"]
    moment = datetime.fromisoformat(f"{day.begin.date()}T{clock}{offset}").astimezone(UTC)
    return Period(moment, moment, is_moment=True)


def _find_name(text: str, names: Sequence[str]) -> int | None:
    """Return the index of the name that begins with the text, or None. A text of one or two letters
    names nothing."""
    return next(
        (n for n, name in enumerate(names) if len(text) > 2 and name.startswith(text)), None
    )


_WORD = "([a-z]{3,9})"
_DATE = (
    r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?P<month>[a-z]{3,9})(?: (?P<year>\d{4}))?)",
    r"(?:(?P<month>[a-z]{3,9}) (?P<day>\d{1,2})(?:st|nd|rd|th)?(?: (?P<year>\d{4}))?)",
)
_SPAN = r"(?:last |past )?(\d{1,4}) ?([hdw])(?:ours?|ays?|eeks?)?"
_FORMS: Mapping[str, Callable[[datetime, Match], Period | None]] = {
    "today": lambda now, _: _days(now.date()),
    "yesterday": lambda now, _: _days(now.date() - DAY),
    "now": lambda now, _: Period(now, now, is_moment=True),
    "(this|last|previous) (week|month|year)": _read_unit,
    _SPAN: _read_latest,
    r"(\d{1,4}) ?([mhdw])(?:in(?:ute)?s?|ours?|ays?|eeks?)? ago": _read_ago,
    rf"(?:last )?{_WORD}": _read_weekday,
    rf"(?:last )?{_WORD}(?: (\d{{4}}))?": _read_month,
    r"(\d{4})-(\d\d)": lambda _, match: _month(int(match[1]), int(match[2])),
    r"(\d{4})": lambda _, match: _year(int(match[1])),
    r"\d{4}-\d\d-\d\d": lambda _, match: _days(date.fromisoformat(match[0])),
    **{rf"(?:(?P<weekday>[a-z]{{3,9}}) )?{form}": _read_date for form in _DATE},
    r"(?P<day>.+?)(?: at |[t ])(?P<clock>\d{1,2}:\d\d(?::\d\d(?:\.\d{1,6})?)?)"
    r"(?P<zone>z| ?utc|[+-]\d\d:\d\d)?": _read_moment,
}
"""The forms of a period, as patterns, and how to read each."""


def _precise(moment: datetime) -> str:
    """Return the time in RFC 3339, with all digits of its second."""
    text = rfc3339(moment)
    return text if moment.microsecond % 1000 == 0 else moment.isoformat().replace("+00:00", "Z")
