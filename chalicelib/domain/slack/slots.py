"""What a command is told, word by word: an engagement, a person, how long, until when, why.

Each reads words that somebody typed, or raises ValueError with a sentence that says what it takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec

from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.slack.words import Word, repeatable
from chalicelib.domain.text import Why
from chalicelib.domain.things import Thing, metas

Words = Sequence[Word]

SPANS = f"{SHORTEST_SESSION // 60}m to {LONGEST_SESSION // 3600}h"
DATES = "2026-12-31 (until the end of that day, UTC), 2026-12-31T18:00Z or tomorrow (UTC as well)"

_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
}
_OF_A_SPAN = re.compile(r"(?:[0-9]{1,6}[a-z]+)+|[0-9]{1,6}", re.ASCII)
_SPAN = re.compile(r"(?:[0-9]{1,6} ?[a-z]+ ?)+", re.ASCII)
_PART = re.compile(r"([0-9]+) ?([a-z]+)", re.ASCII)
_DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME = re.compile(r"([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)


class Person(Thing, frozen=True, kw_only=True):
    """Somebody, as a lead names them."""

    slack_user: str = ""
    """Of a mention."""
    member: str = ""
    """Or a member's id, as it was typed."""


class Slot(Thing, frozen=True, kw_only=True):
    """One thing that a command is told."""

    field: str
    """Where it stands in what was asked."""
    usage: str
    reads: Callable[[Words, datetime], Any]
    takes: Callable[[Words], int] = lambda words: min(1, len(words))
    """How many of the next words are this."""
    keyword: str = ""
    """The word that comes before it. Without one, its place among the words says what it is."""
    optional: bool = False
    note: str = ""
    """A sentence for help."""


def identifier(kind: Any) -> Callable[[Words, datetime], str]:
    """Reads one word as a name of this declared kind."""

    def read(words: Words, _: datetime) -> str:
        return _identifier(kind, words[0], words[0].plain)

    return read


def person(words: Words, _: datetime) -> Person:
    (word,) = words
    if word.mentions:
        return Person(slack_user=word.mentions)
    return Person(member=_identifier(MemberId, word, word.plain.removeprefix("@")))


def _identifier(kind: Any, word: Word, plain: str) -> str:
    try:
        return str(msgspec.convert(plain, kind))
    except msgspec.ValidationError:
        typed = repeatable(word) or "What you typed there"
        raise ValueError(f"{typed} is not {_extra(kind, 'takes')}.") from None


def _extra(kind: Any, name: str) -> Any:
    return next(one.extra[name] for one in metas(kind) if one.extra and name in one.extra)


def words_of_a_span(words: Words) -> int:
    """`30m`, `1h 30m`, `1 hour`: numbers with their units, or each followed by one."""
    count = 0
    while count < len(words) and _OF_A_SPAN.fullmatch(words[count].plain):
        count += 1
        if words[count - 1].plain.isdigit() and count < len(words):
            count += words[count].plain in _SECONDS
    return count


def seconds(words: Words, _: datetime) -> int:
    spelled = " ".join(word.plain for word in words)
    parts = _PART.findall(spelled) if _SPAN.fullmatch(spelled) else []
    units = [_SECONDS.get(unit, 0) for _, unit in parts]
    # An hour and another hour were hardly meant to be two.
    if not units or 0 in units or len({*units}) != len(units):
        raise ValueError(f"After `for` comes how long, such as 30m, 1h or 45 minutes: {SPANS}.")
    total = sum(int(number) * unit for (number, _), unit in zip(parts, units, strict=True))
    if not SHORTEST_SESSION <= total <= LONGEST_SESSION:
        raise ValueError(f"A session can be {SPANS} long, as AWS has it: say so after `for`.")
    return total


def words_of_a_date(words: Words) -> int:
    """One word; a time of day and `UTC` may follow it, as words of their own."""
    if not words:
        return 0
    count = 1
    if count < len(words) and _TIME.fullmatch(words[count].plain):
        count += 1
    if count < len(words) and words[count].plain == "utc":
        count += 1
    return count


def moment(words: Words, now: datetime) -> datetime:
    """The first moment at which it is over: the midnight after a day."""
    spelled = "t".join(word.plain for word in words if word.plain != "utc")
    if words and words[-1].plain == "utc" and ":" in spelled:
        spelled += "z"
    try:
        until = _moment(spelled, now.astimezone(UTC))
    except (ValueError, OverflowError):
        raise ValueError(f"After `until` comes a date: {DATES}.") from None
    if until <= now:
        raise ValueError("That is past. Say a later date after `until`.")
    return until


def _moment(spelled: str, now: datetime) -> datetime:
    if spelled == "tomorrow":
        return _end_of(now.date() + timedelta(days=1))
    if _DAY.fullmatch(spelled):
        return _end_of(date.fromisoformat(spelled))
    day, _, hour = spelled.partition("t")
    # Whose six o'clock it is has to be said: nobody is told to guess it.
    match = _TIME.fullmatch(hour)
    if not _DAY.fullmatch(day) or match is None or match[2] is None:
        raise ValueError(spelled)
    return _known(datetime.fromisoformat(f"{day}T{hour.upper()}").astimezone(UTC))


def _end_of(day: date) -> datetime:
    return _known(datetime.combine(day + timedelta(days=1), time(), UTC))


def _known(until: datetime) -> datetime:
    """Years that the API takes too."""
    if not 2000 <= until.year <= 2999:
        raise ValueError(until)
    return until


def reason(words: Words, _: datetime) -> str:
    try:
        return str(_extra(Why, "reads")(" ".join(word.text for word in words)))
    except ValueError as error:
        raise ValueError(f"That reason is not taken. {error}") from None


ENGAGEMENT = Slot(field="engagement", usage="ENGAGEMENT", reads=identifier(EngagementId))
ROLE = Slot(field="role", usage="ROLE", reads=identifier(RoleName))
PERSON = Slot(
    field="person",
    usage="PERSON",
    reads=person,
    note="PERSON is a mention such as @bob, or a member's id.",
)
FOR = Slot(
    field="duration",
    usage="for 30m",
    keyword="for",
    takes=words_of_a_span,
    reads=seconds,
    optional=True,
    note=f"A session can be {SPANS} long.",
)
UNTIL = Slot(
    field="until",
    usage="until DATE",
    keyword="until",
    takes=words_of_a_date,
    reads=moment,
    note=f"DATE is such as {DATES}.",
)
BECAUSE = Slot(
    field="why",
    usage="because …",
    keyword="because",
    takes=len,
    reads=reason,
    note="All that comes after `because` is the reason, which stands on the trail.",
)
