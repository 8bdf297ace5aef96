"""The arguments of `/daypass` commands: how each is typed, and how it is parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.slack.pending import MemberRef
from chalicelib.domain.slack.tokenizer import TypedToken, safe_to_repeat
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
    """The field of ParsedCommand that holds it."""
    usage: str
    read: Callable[[Tokens, datetime], Any]
    """Parse the value, or raise ValueError with a sentence that says what to type."""
    pattern: re.Pattern[str] = ONE_TOKEN
    """Matches the argument's own tokens, at the start of the tokens that follow."""
    keyword: str = ""
    """The word before it, such as `for`. Arguments without a keyword come in declaration order."""
    optional: bool = False
    note: str = ""
    """A sentence for help."""

    def count(self, tokens: Tokens) -> int:
        """Return how many of the leading tokens belong to the argument."""
        match = self.pattern.match(_joined(tokens))
        return len(match[0].split()) if match else 0


def _joined(tokens: Tokens) -> str:
    return " ".join(token.plain or "-" for token in tokens)


def _read_as(kind: Any) -> Callable[[Tokens, datetime], str]:
    return lambda tokens, _: _identifier(kind, tokens[0], tokens[0].plain)


def _identifier(kind: Any, token: TypedToken, plain: str) -> str:
    try:
        return str(msgspec.convert(plain, kind))
    except msgspec.ValidationError:
        typed = safe_to_repeat(token) or "That"
        raise ValueError(f"{typed} is not {_declared(kind, 'accepts')}.") from None


def _declared(kind: Any, name: str) -> Any:
    return next(
        meta.extra[name] for meta in meta_annotations(kind) if meta.extra and name in meta.extra
    )


def _read_member(tokens: Tokens, _: datetime) -> MemberRef:
    (token,) = tokens
    if token.mentions:
        return MemberRef(slack_user=token.mentions)
    return MemberRef(id=_identifier(MemberId, token, token.plain.removeprefix("@")))


def _read_duration(tokens: Tokens, _: datetime) -> int:
    match = _DURATION.fullmatch(_joined(tokens))
    if match is None:
        raise ValueError(
            f"Type a duration after `for`, such as 30m, 1h or 45 minutes: {SESSION_LENGTHS}."
        )
    seconds = int(match[1]) * _SECONDS[match[2][0]]
    if not SHORTEST_SESSION <= seconds <= LONGEST_SESSION:
        raise ValueError(f"Sessions in AWS last {SESSION_LENGTHS}. Type a duration in that range.")
    return seconds


def _read_end(tokens: Tokens, now: datetime) -> datetime:
    """Return the first moment after the end: for a day, the midnight that follows it."""
    match = _DATE.fullmatch(_joined(tokens))
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
        raise ValueError("That date is in the past. Type a later one after `until`.")
    return end


def _read_reason(tokens: Tokens, _: datetime) -> str:
    try:
        return str(_declared(ReasonText, "parser")(" ".join(token.text for token in tokens)))
    except ValueError as error:
        raise ValueError(f"Daypass does not accept this reason. {error}") from None


ENGAGEMENT = Argument(field="engagement", usage="ENGAGEMENT", read=_read_as(EngagementId))
ROLE = Argument(field="role", usage="ROLE", read=_read_as(RoleName))
MEMBER = Argument(
    field="member",
    usage="PERSON",
    read=_read_member,
    note="PERSON is a mention, such as @bob, or a member's ID.",
)
DURATION = Argument(
    field="duration",
    usage="for 30m",
    keyword="for",
    pattern=_DURATION,
    read=_read_duration,
    optional=True,
    note=f"A session lasts {SESSION_LENGTHS}.",
)
UNTIL = Argument(
    field="until",
    usage="until DATE",
    keyword="until",
    pattern=_DATE,
    read=_read_end,
    note=f"DATE is {DATES}.",
)
REASON = Argument(
    field="reason",
    usage="because …",
    keyword="because",
    pattern=ALL_TOKENS,
    read=_read_reason,
    note="Everything after `because` is the reason, which the trail records.",
)
TOPIC = Argument(
    field="topic",
    usage="COMMAND",
    pattern=ALL_TOKENS,
    read=lambda tokens, _: _joined(tokens)[:100],
    optional=True,
)
