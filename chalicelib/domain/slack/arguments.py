"""The arguments of `/daypass` commands: how people type each one, and how Daypass parses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain.identifiers import EngagementId, MemberId, RequestId, RoleName
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.requests.requests import LONGEST_ACCESS, SHORTEST_ACCESS, TicketText
from chalicelib.domain.slack.pending import MemberRef
from chalicelib.domain.slack.tokenizer import TypedToken, strip_punctuation
from chalicelib.domain.text import ReasonText
from chalicelib.domain.values import Value, meta_annotations

Tokens = Sequence[TypedToken]
Parse = Callable[[Tokens, datetime], Any]

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

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(
    r"([0-9]{1,6}) ?(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)", re.ASCII
)
_DATE = re.compile(
    r"(?:tomorrow|(?P<day>2[0-9]{3}-[0-9]{2}-[0-9]{2}))"
    r"(?:[t ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?) ?(?P<offset>z|utc|[+-][0-9]{2}:[0-9]{2}))?"
    r"(?: utc)?",
    re.ASCII,
)
_DAY = timedelta(days=1)


class Argument(Value):
    """One argument of a command."""

    field: str
    """The field of ParsedCommand that holds the value."""
    usage: str
    """The argument in the syntax that help shows, such as `for 30m`."""
    parse: Parse
    """Returns the value of the argument's tokens, given the current time. Raises ValueError with a
    sentence that says what to type."""
    keyword: str = ""
    """The word that people type before the value, such as `for`. Arguments without a keyword come
    first, a word each, in the order of their declaration."""
    optional: bool = False
    takes_all_words: bool = False
    """True if the value is all words before the first keyword, and not one of them."""
    note: str = ""
    """A sentence about the argument, for help."""


def join_tokens(tokens: Tokens) -> str:
    """Return the plain texts of the tokens, with spaces between."""
    return " ".join(token.plain for token in tokens if token.plain)


def _identifier(kind: Any, hint: str = "") -> Parse:
    """Return the `parse` of an argument that is an identifier of this type. `hint` replaces the
    sentence of its constraints."""
    return lambda tokens, _: _convert(tokens[0].plain, kind, hint)


def _convert(text: str, kind: Any, hint: str = "") -> str:
    """Return the text, if it is valid for this type. Raise ValueError with the hint, or else with
    what the type accepts."""
    try:
        return str(msgspec.convert(text, kind))
    except msgspec.ValidationError:
        accepts = f"That is not {_find_in_constraints(kind, 'accepts')}."
        raise ValueError(hint or accepts) from None


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
    return MemberRef(id=_convert(token.plain.removeprefix("@"), MemberId))


def _build_duration_parser(shortest: int, longest: int, limits: str) -> Parse:
    """Return the `parse` of a duration in seconds, within these limits. `limits` is the sentence
    with which the parser explains the limits to the member."""

    def parse(tokens: Tokens, _: datetime) -> int:
        match = _DURATION.fullmatch(join_tokens(tokens))
        if match is None:
            raise ValueError(
                f"Type a duration after `for`, such as 30m, 1h or 45 minutes. {limits}"
            )
        seconds = int(match[1]) * _SECONDS[match[2][0]]
        if not shortest <= seconds <= longest:
            raise ValueError(f"{limits} Type a duration in that range.")
        return seconds

    return parse


def _build_date_parser(
    keyword: str, dates: str, without_time: timedelta, in_past: str = ""
) -> Parse:
    """Return the `parse` of a date after the keyword. For a date without a time, add `without_time`
    to its first moment in UTC. `in_past` says what else to do about a date in the past."""

    def parse(tokens: Tokens, now: datetime) -> datetime:
        try:
            moment = _parse_date(join_tokens(tokens), now, without_time)
        except (ValueError, OverflowError):
            raise ValueError(f"Type a date after `{keyword}`: {dates}.") from None
        if moment <= now:
            raise ValueError(
                f"That date is in the past. Type a later date after `{keyword}`{in_past}."
            )
        return moment

    return parse


def _parse_date(text: str, now: datetime, default_time: timedelta) -> datetime:
    """Return the time that a text such as `2026-12-31` or `tomorrow 18:00z` names, in UTC. If the
    text has no time, add `default_time` to the first moment of the day. Raise ValueError for
    another text."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError("no date")
    # Without a date, the text begins with `tomorrow`.
    day = match["day"] or (now.astimezone(UTC).date() + _DAY).isoformat()
    offset = (match["offset"] or "z").replace("utc", "z").upper()
    moment = datetime.fromisoformat(f"{day}T{match['time'] or '00:00'}{offset}").astimezone(UTC)
    if not match["time"]:
        moment += default_time
    if not 2000 <= moment.year <= 2999:  # the API accepts the same years
        raise ValueError("no year that the API accepts")
    return moment


def _parse_ticket(tokens: Tokens, _: datetime) -> str:
    """Return the ticket as typed: the case of its letters counts."""
    try:
        (token,) = tokens
        return str(msgspec.convert(strip_punctuation(token.text), TicketText))
    except (ValueError, msgspec.ValidationError):
        raise ValueError("Type a ticket after `ticket`, such as OPS-1234.") from None


def parse_reason(text: str) -> str:
    """Return the text, if the API would accept it as a reason too. Raise ValueError with a sentence
    that says why it would not."""
    parse_line = _find_in_constraints(ReasonText, "parser")
    try:
        return str(parse_line(text))
    except ValueError as error:
        raise ValueError(f"Change the reason. {error}") from None


ENGAGEMENT = Argument(field="engagement", usage="ENGAGEMENT", parse=_identifier(EngagementId))
ROLE = Argument(field="role", usage="ROLE", parse=_identifier(RoleName))
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
    parse=_build_duration_parser(
        SHORTEST_SESSION, LONGEST_SESSION, f"Sessions in AWS last {SESSION_LENGTHS}."
    ),
    optional=True,
    note=f"A session lasts {SESSION_LENGTHS}.",
)
ACCESS_LENGTH = Argument(
    field="duration",
    usage="for 2h",
    keyword="for",
    parse=_build_duration_parser(
        int(SHORTEST_ACCESS.total_seconds()),
        int(LONGEST_ACCESS.total_seconds()),
        f"Access lasts {ACCESS_LENGTHS}.",
    ),
    optional=True,
    note=f"Requested access lasts {ACCESS_LENGTHS} from first use.",
)
FROM = Argument(
    field="start",
    usage="from DATE",
    keyword="from",
    parse=_build_date_parser(
        "from", START_DATES, timedelta(0), ", or omit `from` to start at the approval"
    ),
    optional=True,
)
TICKET = Argument(
    field="ticket", usage="ticket OPS-1", keyword="ticket", parse=_parse_ticket, optional=True
)
REQUEST = Argument(
    field="request",
    usage="ID",
    # The usual text has an example that Slack would show as a link.
    parse=_identifier(
        RequestId, "That is not a request ID. Type `/daypass requests` to see the IDs."
    ),
)
UNTIL = Argument(
    field="until",
    usage="until DATE",
    keyword="until",
    parse=_build_date_parser("until", DATES, _DAY),
    optional=True,
    note=f"DATE is {DATES}.",
)
REASON = Argument(
    field="reason",
    usage="because …",
    keyword="because",
    parse=lambda tokens, _: parse_reason(" ".join(token.text for token in tokens)),
    note="Everything after `because` is the reason, which is recorded in the audit trail. For a"
    " session, the client sees it too.",
)
TOPIC = Argument(
    field="topic",
    usage="COMMAND",
    parse=lambda tokens, _: join_tokens(tokens)[:100],
    optional=True,
    takes_all_words=True,
)
