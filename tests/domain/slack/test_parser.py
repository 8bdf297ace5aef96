"""A typed command is parsed exactly, or the error says what to type instead."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from chalicelib.domain.identifiers import SLUG
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION, rfc3339
from chalicelib.domain.slack.commands import (
    build_help_lines,
    parse_command,
)
from chalicelib.domain.slack.pending import MemberRef, ParsedCommand
from chalicelib.domain.text import ReasonText
from chalicelib.domain.values import meta_annotations
from chalicelib.usecases.slack.commands import COMMANDS
from tests.domain.slack.typed import ID, TEXTS
from tests.golden import hold_against_file

TUESDAY = datetime(2026, 11, 24, 18, tzinfo=UTC)
LONGEST_ERROR = 500
KEYWORDS = ("for", "from", "until", "ticket", "because")

read_reason = next(meta.extra["parser"] for meta in meta_annotations(ReasonText) if meta.extra)
every_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


def parsed_on_tuesday(text):
    return parse_command(text, TUESDAY, COMMANDS)


def shown(text):
    """Return the parsed command with the arguments that were typed, or the error."""
    try:
        parsed = parsed_on_tuesday(text)
    except ValueError as error:
        return f"refused: {error}" if type(error) is ValueError else repr(error)
    typed = {name: value for name, value in asdict(parsed).items() if value}
    typed.pop("member", None)
    member = parsed.member.id or parsed.member.slack_user
    return ", ".join(
        [f"{name} {value}" for name, value in typed.items()] + [f"member {member}"] * bool(member)
    )


def test_texts_are_parsed_as_the_file_says():
    """A date lasts until the end of that day in UTC, and all after `because` is the reason."""
    lines = (f"{text if len(text) < 300 else text[:9]!a}\n  {shown(text)}" for text in TEXTS)
    hold_against_file("slack/typed.txt", "\n".join(lines))


@every_command
def test_an_example_has_every_required_argument_of_the_command(command):
    parsed = parsed_on_tuesday(command.example)
    assert parsed.command == command.name
    empty = ParsedCommand(command=command.name)
    for argument in command.arguments:
        is_present = getattr(parsed, argument.field) != getattr(empty, argument.field)
        assert is_present or argument.optional


TOPICS = ("access acme-prod", "acess", "revoke gant", "revoke", "me")


def test_help_is_as_the_file_says():
    """It shows all commands, or those that the topic names or resembles."""
    assert len("\n".join(build_help_lines(COMMANDS))) <= 3000  # of a section of a message
    texts = [
        "\n".join([f"=== help {topic}", *build_help_lines(COMMANDS, topic)])
        for topic in ("", *(command.name for command in COMMANDS), *TOPICS)
    ]
    hold_against_file("slack/help.txt", "\n".join(texts))


def test_no_command_is_the_beginning_of_another():
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
def test_error_messages_are_short_and_contain_nothing_that_slack_would_render(text, now):
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


@given(st.text(), st.sampled_from([command.example for command in COMMANDS]))
def test_invisible_characters_change_nothing(characters, text):
    hidden = "".join(c for c in characters if c in "\u200b\u200d\u2060\ufeff\u00ad\u202e")
    middle = len(text) // 2
    changed = hidden + text[:middle] + hidden + text[middle:]
    assert parsed_on_tuesday(changed) == parsed_on_tuesday(text)


# --- round trip ---------------------------------------------------------------------------------

ids = st.from_regex(SLUG, fullmatch=True).filter(
    lambda slug: 2 <= len(slug) <= 32 and slug not in KEYWORDS
)


def is_a_reason(text):
    try:
        return bool(read_reason(text) == text)
    except ValueError:
        return False


moments = st.integers(1, 900 * 365 * 86400).map(lambda s: TUESDAY + timedelta(seconds=s))
reasons = st.text(max_size=200).map(lambda text: " ".join(text.split())).filter(is_a_reason)
FIELDS = {
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
def commands(draw):
    command = draw(st.sampled_from(COMMANDS))
    fields = [arg.field for arg in command.arguments if not arg.optional or draw(st.booleans())]
    return ParsedCommand(command=command.name, **{field: draw(FIELDS[field]) for field in fields})


def written(parsed):
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
    parts += keywords
    if parsed.reason:
        reason = parsed.reason.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts.append(f"because {reason}")
    return " ".join([parsed.command, *parts])


@given(commands())
def test_a_written_command_is_parsed_to_itself(parsed):
    assert parsed_on_tuesday(written(parsed)) == parsed
