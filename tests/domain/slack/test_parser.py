"""A typed command is parsed exactly, or the error says what to type instead."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.identifiers import SLUG
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION, rfc3339
from chalicelib.domain.slack.commands import (
    LEADS,
    Command,
    build_help_lines,
    find_similar_commands,
    parse_command,
)
from chalicelib.domain.slack.pending import MemberRef, ParsedCommand
from chalicelib.domain.text import ReasonText
from chalicelib.domain.values import meta_annotations
from chalicelib.usecases.slack.commands import COMMANDS
from tests.domain.slack.typed_table import (
    ACCESS_LENGTHS,
    COMMANDS_TYPED,
    DATES,
    DURATIONS,
    ERRORS,
    ID,
    IDS,
    INVALID_ACCESS_LENGTHS,
    INVALID_DATES,
    INVALID_DURATIONS,
    INVALID_IDS,
    INVALID_REASONS,
    INVALID_STARTS,
    INVALID_TICKETS,
    OTHER_SPELLINGS,
    PEOPLE,
    REASONS,
    STARTS,
    TICKETS,
    approved,
    because,
)
from tests.rows import every

TUESDAY = datetime(2026, 11, 24, 18, tzinfo=UTC)
LONGEST_ERROR = 500
KEYWORDS = ("for", "from", "until", "ticket", "because")

read_reason = next(meta.extra["parser"] for meta in meta_annotations(ReasonText) if meta.extra)
every_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


def parsed_on_tuesday(text: str) -> ParsedCommand:
    return parse_command(text, TUESDAY, COMMANDS)


def error_for(text: str) -> str:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is for people
        parsed_on_tuesday(text)
    assert type(raised.value) is ValueError
    return str(raised.value)


def access_for(seconds: int) -> ParsedCommand:
    return ParsedCommand(
        command="access", engagement="acme-prod", role="readonly", duration=seconds
    )


REQUEST = "request acme-prod deploy"


def requested(**arguments: Any) -> ParsedCommand:
    """Return the parsed command for access to `deploy` at acme-prod."""
    return ParsedCommand(
        command="request", engagement="acme-prod", role="deploy", reason="of it", **arguments
    )


def revoked(member: MemberRef) -> ParsedCommand:
    return ParsedCommand(command="revoke member", member=member, reason="of it")


@every(
    "text, expected",
    [
        *COMMANDS_TYPED,
        *OTHER_SPELLINGS,
        *((f"revoke member {text} because of it", revoked(member)) for text, member in PEOPLE),
        *(
            (f"access acme-prod readonly for {text}", access_for(seconds))
            for text, seconds in DURATIONS
        ),
        *(
            (f"access for {text} acme-prod readonly", access_for(seconds))
            for text, seconds in DURATIONS
        ),
        # A date lasts until the end of that day in UTC.
        *((f"approve {ID} until {text}", approved(*end)) for text, end in DATES),
        *((f"approve until {text} {ID}", approved(*end)) for text, end in DATES),
        *(
            (f"{REQUEST} for {text} because of it", requested(duration=s))
            for text, s in ACCESS_LENGTHS
        ),
        *((f"{REQUEST} ticket {text} because of it", requested(ticket=t)) for text, t in TICKETS),
        *((f"{REQUEST} from {text} because of it", requested(start=at)) for text, at in STARTS),
        *((f"approve {text}", ParsedCommand(command="approve", request=of)) for text, of in IDS),
        # Everything after `because` is the reason.
        *((f"access acme-prod because {text}", because(reason)) for text, reason in REASONS),
        ("list" + " " * 2996, ParsedCommand(command="list")),
    ],
)
def test_every_spelling_of_a_command_is_parsed_in_the_same_way(
    text: str, expected: ParsedCommand
) -> None:
    assert parsed_on_tuesday(text) == expected


@every(
    "text, message",
    [
        *ERRORS,
        *((f"access acme-prod for {text}", message) for text, message in INVALID_DURATIONS),
        *((f"approve {ID} until {text}", message) for text, message in INVALID_DATES),
        *((f"{REQUEST} for {text} because x", message) for text, message in INVALID_ACCESS_LENGTHS),
        *((f"{REQUEST} from {text} because x", message) for text, message in INVALID_STARTS),
        *((f"{REQUEST} ticket {text} because x", message) for text, message in INVALID_TICKETS),
        *((f"approve {text}", message) for text, message in INVALID_IDS),
        # The message of the text's type.
        *((f"access acme-prod because {text}", message) for text, message in INVALID_REASONS),
    ],
)
def test_an_error_says_what_to_type(text: str, message: str) -> None:
    assert message in error_for(text)


@every_command
def test_an_example_has_every_required_argument_of_the_command(command: Command) -> None:
    parsed = parsed_on_tuesday(command.example)
    assert parsed.command == command.name
    empty = ParsedCommand(command=command.name)
    for argument in command.arguments:
        is_present = getattr(parsed, argument.field) != getattr(empty, argument.field)
        assert is_present or argument.optional


@every_command
def test_help_on_a_command_shows_its_usage_and_an_example(command: Command) -> None:
    lines = build_help_lines(COMMANDS, command.name)
    assert f"`/daypass {command.usage}` – {command.summary}" in lines
    assert f"For example: `/daypass {command.example}`" in lines


def test_a_usage_shows_which_arguments_are_optional() -> None:
    usages = {command.usage for command in COMMANDS}
    assert "access ENGAGEMENT [ROLE] [for 30m] [because …]" in usages
    assert "grant PERSON ENGAGEMENT" in usages


def test_help_shows_all_commands_to_everyone_and_marks_those_for_leads() -> None:
    for_all, for_leads = "\n".join(build_help_lines(COMMANDS)).split("*For leads*")
    lead_commands = [command for command in COMMANDS if command.kinds == LEADS]
    assert for_leads.count("/daypass ") == len(lead_commands)
    assert for_all.count("/daypass ") == len(COMMANDS) - len(lead_commands)
    assert "/daypass revoke member" in for_leads
    assert "*For leads*" not in build_help_lines(COMMANDS, "list")


@pytest.mark.parametrize(
    ("topic", "names"),
    [
        ("access", ["access"]),
        ("access acme-prod", ["access"]),
        ("acess", ["access"]),
        ("revoke grant", ["revoke grant"]),
        ("revoke gant", ["revoke grant"]),
        ("revoke", [c.name for c in COMMANDS if c.name.startswith("revoke ")]),
        ("me", []),
    ],
)
def test_help_shows_the_commands_that_match_or_resemble_the_topic(
    topic: str, names: list[str]
) -> None:
    assert [command.name for command in find_similar_commands(COMMANDS, topic.split())] == names
    lines = "\n".join(build_help_lines(COMMANDS, topic))
    assert lines.count("` – ") == (len(names) or len(COMMANDS))


def test_help_fits_one_section_of_a_message_and_explains_dates_and_durations() -> None:
    text = "\n".join(build_help_lines(COMMANDS))
    assert len(text) <= 3000
    assert "until the end of that day in UTC" in text
    assert "15m to 1h" in text


def test_no_command_is_the_beginning_of_another() -> None:
    names = [command.name for command in COMMANDS]
    assert len({*names}) == len(names)
    assert not any(
        name.startswith(f"{other} ") for name in names for other in names if other != name
    )


# --- arbitrary text -----------------------------------------------------------------------------

FRAGMENTS = st.sampled_from(
    [
        *(word for command in COMMANDS for word in command.name.split()),
        *KEYWORDS,
        *("acme-prod", "readonly", "bob", "@bob", "<@U0BOB|bob>", "<@U0BOB>", "<!here>", "30m"),
        *("1", "hour", "2026-12-31", "18:00Z", "tomorrow", "UTC", "-", "“", "<", ">", "&lt;", "|"),
        *("https://example.com", "<https://example.com|example.com>", "daypass_bob_aaaaaaaaaa"),
        *("\u200b", "\u00a0", "\u2014", "\ud800", "\0", "٣", "İ", "x" * 300),
    ]
)
texts = st.one_of(
    st.text(st.characters()),
    st.text(st.characters(codec=None, exclude_categories=())),
    st.lists(FRAGMENTS).map(" ".join),
    st.lists(FRAGMENTS).map("".join),
    st.lists(st.one_of(FRAGMENTS, st.text(max_size=8))).map(" ".join),
)


@given(texts, st.datetimes(timezones=st.just(UTC)))
def test_error_messages_are_short_and_contain_nothing_that_slack_would_render(
    text: str, now: datetime
) -> None:
    message = "`/daypass`"
    try:
        parse_command(text, now, COMMANDS)
    except ValueError as error:
        message = str(error)
    assert 0 < len(message) <= LONGEST_ERROR
    assert not set("<>&") & {*message}
    assert not re.search(r"://|\w\.\w", message.replace(ID, ""))
    assert set(re.findall(r"@\S+", message)) <= {"@bob"}
    assert "daypass_" not in message
    assert message.count("`") % 2 == 0


@given(st.text(), st.sampled_from(COMMANDS_TYPED))
def test_invisible_characters_change_nothing(
    characters: str, row: tuple[str, ParsedCommand]
) -> None:
    hidden = "".join(c for c in characters if c in "\u200b\u200d\u2060\ufeff\u00ad\u202e")
    text, expected = row
    middle = len(text) // 2
    assert parsed_on_tuesday(hidden + text[:middle] + hidden + text[middle:]) == expected


# --- round trip ---------------------------------------------------------------------------------

ids = st.from_regex(SLUG, fullmatch=True).filter(
    lambda slug: 2 <= len(slug) <= 32 and slug not in KEYWORDS
)


def is_a_reason(text: str) -> bool:
    try:
        return bool(read_reason(text) == text)
    except ValueError:
        return False


moments = st.integers(1, 900 * 365 * 86400).map(lambda s: TUESDAY + timedelta(seconds=s))
reasons = st.text(max_size=200).map(lambda text: " ".join(text.split())).filter(is_a_reason)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "engagement": ids,
    "role": ids,
    "member": st.one_of(
        st.builds(MemberRef, id=ids),
        st.builds(MemberRef, slack_user=st.from_regex("[UW][A-Z0-9]{1,30}", fullmatch=True)),
    ),
    "duration": st.integers(SHORTEST_SESSION, LONGEST_SESSION),
    "until": moments,
    "start": moments,
    "ticket": st.from_regex(
        r"[A-Za-z0-9](?:[A-Za-z0-9_/-]{0,30}[A-Za-z0-9])?", fullmatch=True
    ).filter(lambda ticket: ticket.isascii()),
    "request": st.builds("{}.{}".format, ids, st.from_regex("[0-9a-v]{16}", fullmatch=True)),
    "reason": reasons,
    "topic": st.sampled_from([*(command.name for command in COMMANDS), "revoke"]),
}


@st.composite
def commands(draw: st.DrawFn) -> ParsedCommand:
    command = draw(st.sampled_from(COMMANDS))
    fields = [arg.field for arg in command.arguments if not arg.optional or draw(st.booleans())]
    return ParsedCommand(command=command.name, **{field: draw(FIELDS[field]) for field in fields})


def written(parsed: ParsedCommand, *, keywords_first: bool) -> str:
    """Return the command as a person types it and Slack escapes it."""
    member = parsed.member
    mention = f"<@{member.slack_user}|someone>" if member.slack_user else f"@{member.id}"
    parts = [mention] if member != MemberRef() else []
    positional = (parsed.request, parsed.engagement, parsed.role, parsed.topic)
    parts += [part for part in positional if part]
    keywords = [f"for {parsed.duration}s"] if parsed.duration else []
    keywords += [f"until {rfc3339(parsed.until)}"] if parsed.until else []
    keywords += [f"from {rfc3339(parsed.start)}"] if parsed.start else []
    keywords += [f"ticket {parsed.ticket}"] if parsed.ticket else []
    parts = [*keywords, *parts] if keywords_first else [*parts, *keywords]
    if parsed.reason:
        reason = parsed.reason.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts.append(f"because {reason}")
    return " ".join([parsed.command, *parts])


@given(commands())
def test_a_written_command_is_parsed_to_itself(parsed: ParsedCommand) -> None:
    assert parsed_on_tuesday(written(parsed, keywords_first=False)) == parsed
    assert parsed_on_tuesday(written(parsed, keywords_first=True)) == parsed
