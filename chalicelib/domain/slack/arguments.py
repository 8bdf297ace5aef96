"""The arguments of `/daypass` commands: how people type each one, and how Daypass parses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.slack.pending import MemberRef
from chalicelib.domain.slack.tokenizer import TypedToken, quote_if_safe
from chalicelib.domain.text import ReasonText
from chalicelib.domain.values import Value, meta_annotations

Tokens = Sequence[TypedToken]

SESSION_LENGTHS = f"{SHORTEST_SESSION // 60}m to {LONGEST_SESSION // 3600}h"
DATES = "2026-12-31 (until the end of that day, UTC), 2026-12-31T18:00Z or tomorrow (UTC as well)"

ONE_TOKEN = re.compile(r"\S+")
ALL_TOKENS = re.compile(r".+")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(
    r"([0-9]{1,6}) ?(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?)(?!\S)", re.ASCII
)
_DATE = re.compile(
    r"(?:tomorrow|(?P<day>2[0-9]{3}-[0-9]{2}-[0-9]{2}))"
    r"(?:[t ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?) ?(?P<offset>z|utc|[+-][0-9]{2}:[0-9]{2}))?"
    r"(?: utc)?(?!\S| [0-9]{2}:)",  # a time of day needs an offset
    re.ASCII,
)
_DAY = timedelta(days=1)


class Argument(Value, frozen=True, kw_only=True):
    """One argument of a command."""

    field: str
    """The field of ParsedCommand that holds the value."""
    usage: str
    """The argument in the syntax that help shows, such as `for 30m`."""
    read: Callable[[Tokens, datetime], Any]
    """Returns the value of the argument's tokens. Raises ValueError with a sentence that says what
    to type."""
    pattern: re.Pattern[str] = ONE_TOKEN
    """Matches the argument's tokens at the start of the remaining text."""
    keyword: str = ""
    """The word that people type before the value, such as `for`. Arguments without a keyword are
    typed in the order of their declaration."""
    optional: bool = False
    note: str = ""
    """A sentence about the argument, for help."""

    def count(self, tokens: Tokens) -> int:
        """Return how many tokens, counted from the first, belong to this argument."""
        match = self.pattern.match(_joined_text(tokens))
        return len(match[0].split()) if match else 0


def _joined_text(tokens: Tokens) -> str:
    return " ".join(token.plain or "-" for token in tokens)


def _identifier_parser(kind: Any) -> Callable[[Tokens, datetime], str]:
    return lambda tokens, _: _parse_identifier(kind, tokens[0], tokens[0].plain)


def _parse_identifier(kind: Any, token: TypedToken, plain: str) -> str:
    try:
        return str(msgspec.convert(plain, kind))
    except msgspec.ValidationError:
        typed = quote_if_safe(token) or "That"
        raise ValueError(f"{typed} is not {_declared_in_type(kind, 'accepts')}.") from None


def _declared_in_type(kind: Any, name: str) -> Any:
    return next(
        meta.extra[name] for meta in meta_annotations(kind) if meta.extra and name in meta.extra
    )


def _parse_member(tokens: Tokens, _: datetime) -> MemberRef:
    (token,) = tokens
    if token.mentions:
        return MemberRef(slack_user=token.mentions)
    return MemberRef(id=_parse_identifier(MemberId, token, token.plain.removeprefix("@")))


def _parse_duration(tokens: Tokens, _: datetime) -> int:
    match = _DURATION.fullmatch(_joined_text(tokens))
    if match is None:
        raise ValueError(
            f"Type a duration after `for`, such as 30m, 1h or 45 minutes: {SESSION_LENGTHS}."
        )
    seconds = int(match[1]) * _SECONDS[match[2][0]]
    if not SHORTEST_SESSION <= seconds <= LONGEST_SESSION:
        raise ValueError(f"Sessions in AWS last {SESSION_LENGTHS}. Type a duration in that range.")
    return seconds


def _parse_end(tokens: Tokens, now: datetime) -> datetime:
    """Return the time at which access ends: for a date without a time, the midnight after that
    day."""
    match = _DATE.fullmatch(_joined_text(tokens))
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
        raise ValueError(f"Type a date after `until`: {DATES}.") from None
    if end <= now:
        raise ValueError("That date is in the past. Type a later date after `until`.")
    return end


def _parse_reason(tokens: Tokens, _: datetime) -> str:
    try:
        return str(
            _declared_in_type(ReasonText, "parser")(" ".join(token.text for token in tokens))
        )
    except ValueError as error:
        raise ValueError(f"Daypass does not accept this reason. {error}") from None


ENGAGEMENT = Argument(field="engagement", usage="ENGAGEMENT", read=_identifier_parser(EngagementId))
ROLE = Argument(field="role", usage="ROLE", read=_identifier_parser(RoleName))
MEMBER = Argument(
    field="member",
    usage="PERSON",
    read=_parse_member,
    note="PERSON is a mention, such as @bob, or a member's ID.",
)
DURATION = Argument(
    field="duration",
    usage="for 30m",
    keyword="for",
    pattern=_DURATION,
    read=_parse_duration,
    optional=True,
    note=f"A session lasts {SESSION_LENGTHS}.",
)
UNTIL = Argument(
    field="until",
    usage="until DATE",
    keyword="until",
    pattern=_DATE,
    read=_parse_end,
    note=f"DATE is {DATES}.",
)
REASON = Argument(
    field="reason",
    usage="because …",
    keyword="because",
    pattern=ALL_TOKENS,
    read=_parse_reason,
    note="Everything after `because` is the reason, which the trail records.",
)
TOPIC = Argument(
    field="topic",
    usage="COMMAND",
    pattern=ALL_TOKENS,
    read=lambda tokens, _: _joined_text(tokens)[:100],
    optional=True,
)
