"""The arguments of `/daypass` commands: how each is typed, and what is read from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.slack.pending import MemberRef
from chalicelib.domain.slack.words import TypedWord, repeatable
from chalicelib.domain.text import ReasonText
from chalicelib.domain.values import Value, metas

Words = Sequence[TypedWord]

SESSION_LENGTHS = f"{SHORTEST_SESSION // 60}m to {LONGEST_SESSION // 3600}h"
DATES = "2026-12-31 (until the end of that day, UTC), 2026-12-31T18:00Z or tomorrow (UTC as well)"

ONE_WORD = re.compile(r"\S+")
ALL_WORDS = re.compile(r".+")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(
    r"([0-9]{1,6}) ?(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?)(?!\S)", re.ASCII
)
_DATE = re.compile(
    r"(?:tomorrow|(?P<day>2[0-9]{3}-[0-9]{2}-[0-9]{2}))"
    r"(?:[t ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?) ?(?P<offset>z|utc|[+-][0-9]{2}:[0-9]{2}))?"
    r"(?: utc)?(?!\S| [0-9]{2}:)",  # a time of day without its offset is no date
    re.ASCII,
)
_DAY = timedelta(days=1)


class Argument(Value, frozen=True, kw_only=True):
    """One argument of a command."""

    field: str
    """The field of ParsedCommand that holds it."""
    usage: str
    read: Callable[[Words, datetime], Any]
    """Return the value, or raise ValueError with a sentence that says what is accepted."""
    pattern: re.Pattern[str] = ONE_WORD
    """Matches the argument's own words, at the start of those that follow."""
    keyword: str = ""
    """The word before it. Arguments without a keyword come in the order of their declaration."""
    optional: bool = False
    note: str = ""
    """A sentence for help."""

    def count(self, words: Words) -> int:
        """Return how many of the words belong to it."""
        match = self.pattern.match(_joined(words))
        return len(match[0].split()) if match else 0


def _joined(words: Words) -> str:
    return " ".join(word.plain or "-" for word in words)


def _read_as(kind: Any) -> Callable[[Words, datetime], str]:
    return lambda words, _: _identifier(kind, words[0], words[0].plain)


def _identifier(kind: Any, word: TypedWord, plain: str) -> str:
    try:
        return str(msgspec.convert(plain, kind))
    except msgspec.ValidationError:
        typed = repeatable(word) or "What you typed there"
        raise ValueError(f"{typed} is not {_declared(kind, 'accepts')}.") from None


def _declared(kind: Any, name: str) -> Any:
    return next(meta.extra[name] for meta in metas(kind) if meta.extra and name in meta.extra)


def _read_member(words: Words, _: datetime) -> MemberRef:
    (word,) = words
    if word.mentions:
        return MemberRef(slack_user=word.mentions)
    return MemberRef(id=_identifier(MemberId, word, word.plain.removeprefix("@")))


def _read_duration(words: Words, _: datetime) -> int:
    match = _DURATION.fullmatch(_joined(words))
    if match is None:
        raise ValueError(
            f"After `for` comes how long, such as 30m, 1h or 45 minutes: {SESSION_LENGTHS}."
        )
    seconds = int(match[1]) * _SECONDS[match[2][0]]
    if not SHORTEST_SESSION <= seconds <= LONGEST_SESSION:
        raise ValueError(f"A session can last {SESSION_LENGTHS}, as AWS has it.")
    return seconds


def _read_end(words: Words, now: datetime) -> datetime:
    """Return the first moment that is no longer included: for a day, the midnight after it."""
    match = _DATE.fullmatch(_joined(words))
    try:
        if match is None:
            raise ValueError("no date")
        day = match["day"] or (now.astimezone(UTC).date() + _DAY).isoformat()
        offset = (match["offset"] or "z").replace("utc", "z").upper()
        end = datetime.fromisoformat(f"{day}T{match['time'] or '00:00'}{offset}").astimezone(UTC)
        end += _DAY * (not match["time"])
        if not 2000 <= end.year <= 2999:  # as the API does
            raise ValueError(end)
    except (ValueError, OverflowError):
        raise ValueError(f"After `until` comes a date: {DATES}.") from None
    if end <= now:
        raise ValueError("That is past. Type a later date after `until`.")
    return end


def _read_reason(words: Words, _: datetime) -> str:
    try:
        return str(_declared(ReasonText, "parser")(" ".join(word.text for word in words)))
    except ValueError as error:
        raise ValueError(f"Daypass does not accept that reason. {error}") from None


ENGAGEMENT = Argument(field="engagement", usage="ENGAGEMENT", read=_read_as(EngagementId))
ROLE = Argument(field="role", usage="ROLE", read=_read_as(RoleName))
MEMBER = Argument(
    field="member",
    usage="PERSON",
    read=_read_member,
    note="PERSON is a mention such as @bob, or a member's ID.",
)
DURATION = Argument(
    field="duration",
    usage="for 30m",
    keyword="for",
    pattern=_DURATION,
    read=_read_duration,
    optional=True,
    note=f"A session can be {SESSION_LENGTHS} long.",
)
UNTIL = Argument(
    field="until",
    usage="until DATE",
    keyword="until",
    pattern=_DATE,
    read=_read_end,
    note=f"DATE is such as {DATES}.",
)
REASON = Argument(
    field="reason",
    usage="because …",
    keyword="because",
    pattern=ALL_WORDS,
    read=_read_reason,
    note="Everything after `because` is the reason, which stands on the trail.",
)
TOPIC = Argument(
    field="topic",
    usage="COMMAND",
    pattern=ALL_WORDS,
    read=lambda words, _: _joined(words)[:100],
    optional=True,
)
