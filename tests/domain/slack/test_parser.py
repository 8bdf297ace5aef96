"""What is typed in Slack means what it says, or is answered with what to type instead."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.identifiers import SLUG
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION, rfc3339
from chalicelib.domain.slack.commands import LEADS, Command, help_lines, parse, similar_commands
from chalicelib.domain.slack.pending import MemberRef, ParsedCommand
from chalicelib.domain.text import ReasonText
from chalicelib.domain.values import metas
from chalicelib.usecases.slack.commands import COMMANDS
from tests.domain.slack.typed_table import (
    AS_PEOPLE_TYPE,
    COMMANDS_TYPED,
    DATES,
    MISTAKES,
    NO_DATES,
    NO_REASONS,
    NO_SPANS,
    PEOPLE,
    REASONS,
    SPANS,
    because,
    granted,
)

TUESDAY = datetime(2026, 11, 24, 18, tzinfo=UTC)
LONGEST_TROUBLE = 500
KEYWORDS = ("for", "until", "because")

read_reason = next(meta.extra["parser"] for meta in metas(ReasonText) if meta.extra)
every_command = pytest.mark.parametrize("of", COMMANDS, ids=lambda of: of.name)


def told(text: str) -> ParsedCommand:
    return parse(text, TUESDAY, COMMANDS)


def trouble(text: str) -> str:
    with pytest.raises(ValueError) as mistake:  # noqa: PT011 - it is a sentence for people
        told(text)
    assert type(mistake.value) is ValueError
    return str(mistake.value)


def spans(seconds: int) -> ParsedCommand:
    return ParsedCommand(
        command="access", engagement="acme-prod", role="readonly", duration=seconds
    )


def revoked(member: MemberRef) -> ParsedCommand:
    return ParsedCommand(command="revoke member", member=member, reason="of it")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        *COMMANDS_TYPED,
        *AS_PEOPLE_TYPE,
        *((f"revoke member {text} because of it", revoked(member)) for text, member in PEOPLE),
        *((f"access acme-prod readonly for {text}", spans(seconds)) for text, seconds in SPANS),
        *((f"access for {text} acme-prod readonly", spans(seconds)) for text, seconds in SPANS),
        # A date lasts until the end of that day in UTC.
        *((f"grant bob acme-prod readonly until {text}", granted(*end)) for text, end in DATES),
        *((f"grant until {text} bob acme-prod readonly", granted(*end)) for text, end in DATES),
        # All that comes after `because` is the reason.
        *((f"access acme-prod because {text}", because(why)) for text, why in REASONS),
        ("list" + " " * 2996, ParsedCommand(command="list")),
    ],
)
def test_a_command_is_parsed_however_it_is_written(text: str, asked: ParsedCommand) -> None:
    assert told(text) == asked


@pytest.mark.parametrize(
    ("text", "says"),
    [
        *MISTAKES,
        *((f"access acme-prod for {text}", says) for text, says in NO_SPANS),
        *((f"grant bob acme-prod readonly until {text}", says) for text, says in NO_DATES),
        # In the words of its type.
        *((f"access acme-prod because {text}", says) for text, says in NO_REASONS),
    ],
)
def test_a_mistake_is_answered_with_what_to_type(text: str, says: str) -> None:
    assert says in trouble(text)


@every_command
def test_an_example_is_the_command_with_every_argument_that_it_needs(of: Command) -> None:
    parsed = told(of.example)
    assert parsed.command == of.name
    empty = ParsedCommand(command=of.name)
    for argument in of.arguments:
        is_given = getattr(parsed, argument.field) != getattr(empty, argument.field)
        assert is_given or argument.optional


@every_command
def test_help_on_a_command_shows_its_usage_and_an_example(of: Command) -> None:
    lines = help_lines(COMMANDS, of.name)
    assert f"`/daypass {of.usage}` – {of.summary}" in lines
    assert f"For example: `/daypass {of.example}`" in lines


def test_a_usage_marks_optional_arguments() -> None:
    usages = {of.usage for of in COMMANDS}
    assert "access ENGAGEMENT [ROLE] [for 30m] [because …]" in usages
    assert "grant PERSON ENGAGEMENT ROLE until DATE" in usages


def test_help_shows_every_command_and_marks_those_for_leads() -> None:
    for_all, for_leads = "\n".join(help_lines(COMMANDS)).split("*For leads*")
    leads = [of for of in COMMANDS if of.kinds == LEADS]
    assert for_leads.count("/daypass ") == len(leads)
    assert for_all.count("/daypass ") == len(COMMANDS) - len(leads)
    assert "/daypass revoke member" in for_leads
    assert "*For leads*" not in help_lines(COMMANDS, "list")


@pytest.mark.parametrize(
    ("topic", "names"),
    [
        ("access", ["access"]),
        ("access acme-prod", ["access"]),
        ("acess", ["access"]),
        ("revoke grant", ["revoke grant"]),
        ("revoke gant", ["revoke grant"]),
        ("revoke", [of.name for of in COMMANDS if of.name.startswith("revoke ")]),
        ("me", []),
    ],
)
def test_help_shows_the_commands_that_match_the_topic(topic: str, names: list[str]) -> None:
    assert [of.name for of in similar_commands(COMMANDS, topic.split())] == names
    lines = "\n".join(help_lines(COMMANDS, topic))
    assert lines.count("` – ") == (len(names) or len(COMMANDS))


def test_help_fits_into_one_section_of_a_message_and_explains_dates_and_durations() -> None:
    text = "\n".join(help_lines(COMMANDS))
    assert len(text) <= 3000
    assert "until the end of that day, UTC" in text
    assert "15m to 1h" in text


def test_no_two_commands_are_typed_alike() -> None:
    names = [of.name for of in COMMANDS]
    assert len({*names}) == len(names)
    assert not any(
        f"{of.name} ".startswith(f"{name} ") for of in COMMANDS for name in names if name != of.name
    )


# --- whatever is typed --------------------------------------------------------------------------

FRAGMENTS = st.sampled_from(
    [
        *(word for of in COMMANDS for word in of.name.split()),
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
def test_no_answer_to_a_mistake_is_long_or_means_more_to_slack_than_it_says(
    text: str, now: datetime
) -> None:
    message = "`/daypass`"
    try:
        parse(text, now, COMMANDS)
    except ValueError as mistake:
        message = str(mistake)
    assert 0 < len(message) <= LONGEST_TROUBLE
    assert not set("<>&") & {*message}
    assert not re.search(r"://|\w\.\w", message)
    assert set(re.findall(r"@\S+", message)) <= {"@bob"}
    assert "daypass_" not in message
    assert message.count("`") % 2 == 0


@given(st.text(), st.sampled_from(COMMANDS_TYPED))
def test_invisible_characters_change_nothing(unseen: str, row: tuple[str, ParsedCommand]) -> None:
    hidden = "".join(c for c in unseen if c in "\u200b\u200d\u2060\ufeff\u00ad\u202e")
    text, request = row
    middle = len(text) // 2
    assert told(hidden + text[:middle] + hidden + text[middle:]) == request


# --- there and back -----------------------------------------------------------------------------

ids = st.from_regex(SLUG, fullmatch=True).filter(
    lambda item: 2 <= len(item) <= 32 and item not in KEYWORDS
)


def is_a_reason(text: str) -> bool:
    try:
        return bool(read_reason(text) == text)
    except ValueError:
        return False


reasons = st.text(max_size=200).map(lambda text: " ".join(text.split())).filter(is_a_reason)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "engagement": ids,
    "role": ids,
    "member": st.one_of(
        st.builds(MemberRef, id=ids),
        st.builds(MemberRef, slack_user=st.from_regex("[UW][A-Z0-9]{1,30}", fullmatch=True)),
    ),
    "duration": st.integers(SHORTEST_SESSION, LONGEST_SESSION),
    "until": st.integers(1, 900 * 365 * 86400).map(lambda s: TUESDAY + timedelta(seconds=s)),
    "reason": reasons,
    "topic": st.sampled_from([*(of.name for of in COMMANDS), "revoke"]),
}


@st.composite
def commands(draw: st.DrawFn) -> ParsedCommand:
    of = draw(st.sampled_from(COMMANDS))
    fields = [arg.field for arg in of.arguments if not arg.optional or draw(st.booleans())]
    return ParsedCommand(command=of.name, **{field: draw(FIELDS[field]) for field in fields})


def written(parsed: ParsedCommand, *, keywords_first: bool) -> str:
    """The command as someone would type it, in Slack's escapes."""
    member = parsed.member
    mention = f"<@{member.slack_user}|somebody>" if member.slack_user else f"@{member.id}"
    parts = [mention] if member != MemberRef() else []
    parts += [part for part in (parsed.engagement, parsed.role, parsed.topic) if part]
    keywords = [f"for {parsed.duration}s"] if parsed.duration else []
    keywords += [f"until {rfc3339(parsed.until)}"] if parsed.until else []
    parts = [*keywords, *parts] if keywords_first else [*parts, *keywords]
    if parsed.reason:
        why = parsed.reason.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts.append(f"because {why}")
    return " ".join([parsed.command, *parts])


@given(commands())
def test_a_command_can_be_written_down_and_read_again(parsed: ParsedCommand) -> None:
    assert told(written(parsed, keywords_first=False)) == parsed
    assert told(written(parsed, keywords_first=True)) == parsed
