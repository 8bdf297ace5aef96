"""The arguments of `/daypass` commands: how people type each one, and how Daypass parses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain.identifiers import EngagementId, MemberId, RequestId, RoleName
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.requests.requests import LONGEST_ACCESS, SHORTEST_ACCESS
from chalicelib.domain.requests.tickets import TicketText
from chalicelib.domain.slack.pending import MemberRef
from chalicelib.domain.slack.tokenizer import TypedToken, quote_if_safe, strip_punctuation
from chalicelib.domain.text import ReasonText
from chalicelib.domain.values import Value, meta_annotations

Tokens = Sequence[TypedToken]

SESSION_LENGTHS = f"{SHORTEST_SESSION // 60}m to {LONGEST_SESSION // 3600}h"
ACCESS_LENGTHS = f"{SHORTEST_ACCESS.seconds // 60}m to {LONGEST_ACCESS.days}d"
DATES = (
    "2026-12-31 (until the end of that day in UTC), 2026-12-31T18:00Z, or tomorrow (until the end"
    " of tomorrow in UTC)"
)

START_DATES = (
    "2026-12-31 (from the beginning of that day in UTC), 2026-12-31T18:00Z, or tomorrow (from the"
    " beginning of tomorrow in UTC)"
)

ONE_TOKEN = re.compile(r"\S+")
ALL_TOKENS = re.compile(r".+")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(
    r"([0-9]{1,6}) ?(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?)(?!\S)", re.ASCII
)
_LONG_DURATION = re.compile(
    _DURATION.pattern.replace("|h(?:(?:ou)?rs?)?", "|h(?:(?:ou)?rs?)?|d(?:ays?)?"), re.ASCII
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
    parse: Callable[[Tokens, datetime], Any]
    """Returns the value of the argument's tokens, given the current time. Raises ValueError with a
    sentence that says what to type."""
    pattern: re.Pattern[str] = ONE_TOKEN
    """Matches the argument's tokens at the start of the remaining text."""
    keyword: str = ""
    """The word that people type before the value, such as `for`. Arguments without a keyword are
    typed in the order of their declaration."""
    optional: bool = False
    note: str = ""
    """A sentence about the argument, for help."""

    def count_tokens(self, tokens: Tokens) -> int:
        """Return how many of these tokens, from the first one on, belong to this argument."""
        match = self.pattern.match(_join_tokens(tokens))
        return len(match[0].split()) if match else 0


def _join_tokens(tokens: Tokens) -> str:
    """Return the plain texts of the tokens, with spaces between. A mere dash becomes a hyphen."""
    return " ".join(token.plain or "-" for token in tokens)


def _build_identifier_parser(kind: Any) -> Callable[[Tokens, datetime], str]:
    """Return the `parse` of an argument that is an identifier of this type."""
    return lambda tokens, _: _parse_identifier(kind, tokens[0], tokens[0].plain)


def _parse_identifier(kind: Any, token: TypedToken, plain: str) -> str:
    """Return `plain`, the identifier in the token. Raise ValueError if it is none of this type."""
    try:
        return str(msgspec.convert(plain, kind))
    except msgspec.ValidationError:
        typed = quote_if_safe(token) or "That"
        raise ValueError(f"{typed} is not {_find_in_constraints(kind, 'accepts')}.") from None


def _find_in_constraints(kind: Any, name: str) -> Any:
    """Return what the constraints of a type hold under this name, such as `parser`: see
    `values.build_constraints`."""
    return next(
        meta.extra[name] for meta in meta_annotations(kind) if meta.extra and name in meta.extra
    )


def _parse_member(tokens: Tokens, _: datetime) -> MemberRef:
    """Return the Slack user of a mention, or the member's ID, with or without an @ before it."""
    (token,) = tokens
    if token.mentions:
        return MemberRef(slack_user=token.mentions)
    return MemberRef(id=_parse_identifier(MemberId, token, token.plain.removeprefix("@")))


def _parse_duration(tokens: Tokens, _: datetime) -> int:
    """Return the session's length in seconds."""
    seconds = _count_seconds(tokens, _DURATION, f"Sessions last {SESSION_LENGTHS}.")
    if not SHORTEST_SESSION <= seconds <= LONGEST_SESSION:
        raise ValueError(f"Sessions in AWS last {SESSION_LENGTHS}. Type a duration in that range.")
    return seconds


def _parse_access_length(tokens: Tokens, _: datetime) -> int:
    """Return the length of requested access in seconds."""
    lengths = f"Access lasts {ACCESS_LENGTHS}."
    seconds = _count_seconds(tokens, _LONG_DURATION, lengths)
    if not SHORTEST_ACCESS.total_seconds() <= seconds <= LONGEST_ACCESS.total_seconds():
        raise ValueError(f"{lengths} Type a duration in that range.")
    return seconds


def _count_seconds(tokens: Tokens, pattern: re.Pattern[str], hint: str) -> int:
    """Return the typed duration in seconds. Raise ValueError, with the hint, if it is none."""
    match = pattern.fullmatch(_join_tokens(tokens))
    if match is None:
        raise ValueError(f"Type a duration after `for`, such as 30m, 1h or 45 minutes. {hint}")
    return int(match[1]) * _SECONDS[match[2][0]]


def _parse_end(tokens: Tokens, now: datetime) -> datetime:
    """Return the time at which access ends. A date without a time ends at the midnight (UTC) after
    that day."""
    try:
        end = _parse_date(tokens, now, _DAY)
    except (ValueError, OverflowError):
        raise ValueError(f"Type a date after `until`: {DATES}.") from None
    if end <= now:
        raise ValueError("That date is in the past. Type a later date after `until`.")
    return end


def _parse_start(tokens: Tokens, now: datetime) -> datetime:
    """Return the time at which access starts. A date without a time starts at the midnight (UTC)
    before that day."""
    try:
        start = _parse_date(tokens, now, timedelta(0))
    except (ValueError, OverflowError):
        raise ValueError(f"Type a date after `from`: {START_DATES}.") from None
    if start <= now:
        raise ValueError(
            "That date is in the past. Type a later date after `from`, or leave it out to start"
            " with the approval."
        )
    return start


def _parse_date(tokens: Tokens, now: datetime, without_time: timedelta) -> datetime:
    """Return the typed time. For a date without a time, return its first moment in UTC, with
    `without_time` added. Raise ValueError or OverflowError for any other text."""
    match = _DATE.fullmatch(_join_tokens(tokens))
    if match is None:
        raise ValueError("no date")
    day = match["day"] or (now.astimezone(UTC).date() + _DAY).isoformat()
    offset = (match["offset"] or "z").replace("utc", "z").upper()
    moment = datetime.fromisoformat(f"{day}T{match['time'] or '00:00'}{offset}").astimezone(UTC)
    if not match["time"]:
        moment += without_time
    if not 2000 <= moment.year <= 2999:  # the API accepts the same years
        raise ValueError("no year that the API accepts")
    return moment


def _parse_ticket(tokens: Tokens, _: datetime) -> str:
    """Return the ticket as typed: the case of its letters counts."""
    try:
        return str(msgspec.convert(strip_punctuation(tokens[0].text), TicketText))
    except (IndexError, msgspec.ValidationError):
        raise ValueError("Type a ticket after `ticket`, such as OPS-1234.") from None


def _parse_request(tokens: Tokens, _: datetime) -> str:
    """Return the ID of a request."""
    try:
        return str(msgspec.convert(tokens[0].plain, RequestId))
    except msgspec.ValidationError:
        # The usual text has an example that Slack would show as a link.
        raise ValueError(
            "That is not a request's ID. Type `/daypass requests` to see the IDs."
        ) from None


def _parse_reason(tokens: Tokens, _: datetime) -> str:
    """Return the reason as typed, if the API would accept it too."""
    return parse_reason(" ".join(token.text for token in tokens))


def parse_reason(text: str) -> str:
    """Return the text, if the API would accept it as a reason too. Raise ValueError with a sentence
    that says why it would not."""
    parse_line = _find_in_constraints(ReasonText, "parser")
    try:
        return str(parse_line(text))
    except ValueError as error:
        raise ValueError(f"Daypass does not accept this reason. {error}") from None


ENGAGEMENT = Argument(
    field="engagement", usage="ENGAGEMENT", parse=_build_identifier_parser(EngagementId)
)
ROLE = Argument(field="role", usage="ROLE", parse=_build_identifier_parser(RoleName))
MEMBER = Argument(
    field="member",
    usage="PERSON",
    parse=_parse_member,
    note="PERSON is a mention in Slack, such as @bob, or a member's ID in Daypass.",
)
DURATION = Argument(
    field="duration",
    usage="for 30m",
    keyword="for",
    pattern=_DURATION,
    parse=_parse_duration,
    optional=True,
    note=f"A session lasts {SESSION_LENGTHS}.",
)
ACCESS_LENGTH = Argument(
    field="duration",
    usage="for 2h",
    keyword="for",
    pattern=_LONG_DURATION,
    parse=_parse_access_length,
    optional=True,
    note=f"Requested access lasts {ACCESS_LENGTHS}, from its first use.",
)
FROM = Argument(
    field="start",
    usage="from DATE",
    keyword="from",
    pattern=_DATE,
    parse=_parse_start,
    optional=True,
)
TICKET = Argument(
    field="ticket",
    usage="ticket OPS-1",
    keyword="ticket",
    pattern=re.compile(r"(?!because(?: |$))\S+"),  # the reason may follow at once
    parse=_parse_ticket,
    optional=True,
)
REQUEST = Argument(field="request", usage="ID", parse=_parse_request)
UNTIL = Argument(
    field="until",
    usage="until DATE",
    keyword="until",
    pattern=_DATE,
    parse=_parse_end,
    note=f"DATE is {DATES}.",
)
REASON = Argument(
    field="reason",
    usage="because …",
    keyword="because",
    pattern=ALL_TOKENS,
    parse=_parse_reason,
    note="Everything after `because` is the reason, which the trail records.",
)
TOPIC = Argument(
    field="topic",
    usage="COMMAND",
    pattern=ALL_TOKENS,
    parse=lambda tokens, _: _join_tokens(tokens)[:100],
    optional=True,
)
