"""What is typed in Slack means what it says, or is answered with what to type instead."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from chalicelib.domain.identifiers import SLUG
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION, rfc3339
from chalicelib.domain.slack.grammar import (
    COMMANDS,
    Asked,
    Command,
    Person,
    Trouble,
    command,
    help_on,
    parse,
    usage,
)
from chalicelib.domain.text import Why
from chalicelib.domain.things import metas
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

read_reason = next(meta.extra["reads"] for meta in metas(Why) if meta.extra)
every_command = pytest.mark.parametrize("of", COMMANDS, ids=lambda of: of.name)


def told(text: str) -> Asked | Trouble:
    return parse(text, TUESDAY)


def trouble(text: str) -> str:
    found = told(text)
    assert isinstance(found, Trouble)
    return found.says


@pytest.mark.parametrize(("text", "asked"), COMMANDS_TYPED)
def test_a_command_asks_for_what_it_says(text: str, asked: Asked) -> None:
    assert told(text) == asked


@pytest.mark.parametrize(("text", "asked"), AS_PEOPLE_TYPE)
def test_it_does_not_matter_how_a_telephone_or_slack_has_written_it(
    text: str, asked: Asked
) -> None:
    assert told(text) == asked


@pytest.mark.parametrize(("text", "person"), PEOPLE)
def test_a_person_is_a_mention_or_a_members_id(text: str, person: Person) -> None:
    assert told(f"revoke member {text} because of it") == Asked(
        command="revoke member", person=person, why="of it"
    )


@pytest.mark.parametrize(("text", "seconds"), SPANS)
def test_a_span_is_numbers_with_their_units(text: str, seconds: int) -> None:
    asked = Asked(command="access", engagement="acme-prod", role="readonly", duration=seconds)
    assert told(f"access acme-prod readonly for {text}") == asked
    assert told(f"access for {text} acme-prod readonly") == asked


@pytest.mark.parametrize(("text", "says"), NO_SPANS)
def test_what_is_no_span_or_not_a_sessions_is_answered_with_what_is(text: str, says: str) -> None:
    assert says in trouble(f"access acme-prod for {text}")


@pytest.mark.parametrize(("text", "until"), DATES)
def test_a_date_lasts_until_the_end_of_that_day_in_utc(text: str, until: tuple[int, ...]) -> None:
    assert told(f"grant bob acme-prod readonly until {text}") == granted(*until)
    assert told(f"grant until {text} bob acme-prod readonly") == granted(*until)


@pytest.mark.parametrize(("text", "says"), NO_DATES)
def test_a_date_that_could_be_misread_or_is_past_is_answered(text: str, says: str) -> None:
    assert says in trouble(f"grant bob acme-prod readonly until {text}")


@pytest.mark.parametrize(("text", "why"), REASONS)
def test_all_that_comes_after_because_is_the_reason(text: str, why: str) -> None:
    assert told(f"access acme-prod because {text}") == because(why)


@pytest.mark.parametrize(("text", "says"), NO_REASONS)
def test_a_reason_that_must_not_be_kept_is_refused_in_the_words_of_its_type(
    text: str, says: str
) -> None:
    assert says in trouble(f"access acme-prod because {text}")


@pytest.mark.parametrize(("text", "says"), MISTAKES)
def test_a_mistake_is_answered_with_what_to_type(text: str, says: str) -> None:
    assert says in trouble(text)


def test_the_longest_text_is_taken() -> None:
    assert told("list" + " " * 2996) == Asked(command="list")


@every_command
def test_an_example_asks_for_its_command(of: Command) -> None:
    asked = told(of.example)
    assert isinstance(asked, Asked)
    assert asked.command == of.name
    assert all(asdict(asked)[slot.field] for slot in of.slots if not slot.optional)


@every_command
def test_help_on_a_command_shows_its_usage_and_an_example(of: Command) -> None:
    lines = help_on(of.name)
    assert f"`/daypass {usage(of)}` – {of.summary}" in lines
    assert f"For example: `/daypass {of.example}`" in lines
    assert command(of.name) is of


def test_a_usage_says_what_may_be_left_out() -> None:
    assert usage(command("access")) == "access ENGAGEMENT [ROLE] [for 30m] [because …]"
    assert usage(command("grant")) == "grant PERSON ENGAGEMENT ROLE until DATE"


def test_help_shows_every_command_to_everybody_and_says_which_are_for_leads() -> None:
    everybodys, leads = "\n".join(help_on()).split("*For leads*")
    for of in COMMANDS:
        assert f"`/daypass {usage(of)}`" in (leads if of.for_leads else everybodys)
    assert "*For leads*" not in help_on("list")


def test_help_on_a_first_word_shows_all_that_begin_with_it() -> None:
    lines = "\n".join(help_on("revoke"))
    assert re.findall("`/daypass ([a-z]+ [a-z]+)", lines) == [
        of.name for of in COMMANDS if of.name.startswith("revoke ")
    ]


def test_help_says_what_a_date_and_a_span_mean() -> None:
    assert any("until the end of that day, UTC" in line for line in help_on("grant"))
    assert any("15m to 1h" in line for line in help_on("access"))


def test_help_fits_into_one_section_of_a_message() -> None:
    assert len("\n".join(help_on())) <= 3000


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
typed = st.one_of(
    st.text(st.characters()),
    st.text(st.characters(codec=None, exclude_categories=())),
    st.lists(FRAGMENTS).map(" ".join),
    st.lists(FRAGMENTS).map("".join),
    st.lists(st.one_of(FRAGMENTS, st.text(max_size=8))).map(" ".join),
)


@given(typed, st.datetimes(timezones=st.just(UTC)))
def test_nothing_that_is_typed_breaks_the_parser(text: str, now: datetime) -> None:
    found = parse(text, now)
    assert isinstance(found, Asked | Trouble)


@given(typed)
def test_no_answer_to_a_mistake_is_long_or_means_more_to_slack_than_it_says(text: str) -> None:
    found = told(text)
    if isinstance(found, Trouble):
        assert 0 < len(found.says) <= LONGEST_TROUBLE
        assert not set("<>&") & {*found.says}
        assert not re.search(r"://|\w\.\w", found.says)
        assert set(re.findall(r"@\S+", found.says)) <= {"@bob"}
        assert "daypass_" not in found.says
        assert found.says.count("`") % 2 == 0


@given(st.text(), st.sampled_from(COMMANDS_TYPED))
def test_what_is_not_seen_changes_nothing(unseen: str, typed: tuple[str, Asked]) -> None:
    hidden = "".join(c for c in unseen if c in "\u200b\u200d\u2060\ufeff\u00ad\u202e")
    text, asked = typed
    middle = len(text) // 2
    assert told(hidden + text[:middle] + hidden + text[middle:]) == asked


# --- there and back -----------------------------------------------------------------------------

ids = st.from_regex(SLUG, fullmatch=True).filter(
    lambda one: 2 <= len(one) <= 32 and one not in KEYWORDS
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
    "person": st.one_of(
        st.builds(Person, member=ids),
        st.builds(Person, slack_user=st.from_regex("[UW][A-Z0-9]{1,30}", fullmatch=True)),
    ),
    "duration": st.integers(SHORTEST_SESSION, LONGEST_SESSION),
    "until": st.integers(1, 900 * 365 * 86400).map(lambda s: TUESDAY + timedelta(seconds=s)),
    "why": reasons,
    "about": st.sampled_from([*(of.name for of in COMMANDS), "revoke"]),
}


@st.composite
def askeds(draw: st.DrawFn) -> Asked:
    of = draw(st.sampled_from(COMMANDS))
    given_slots = [slot for slot in of.slots if not slot.optional or draw(st.booleans())]
    return Asked(command=of.name, **{slot.field: draw(FIELDS[slot.field]) for slot in given_slots})


def written(asked: Asked, *, keywords_first: bool) -> str:
    """The command as somebody would type it, in Slack's escapes."""
    parts: list[str] = []
    if asked.person:
        mention = f"<@{asked.person.slack_user}|somebody>"
        parts.append(mention if asked.person.slack_user else f"@{asked.person.member}")
    parts += [part for part in (asked.engagement, asked.role, asked.about) if part]
    said = [f"for {asked.duration}s"] if asked.duration else []
    said += [f"until {rfc3339(asked.until)}"] if asked.until else []
    parts = [*said, *parts] if keywords_first else [*parts, *said]
    if asked.why:
        why = asked.why.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts.append(f"because {why}")
    return " ".join([asked.command, *parts])


@given(askeds())
def test_what_is_asked_for_can_be_written_down_and_read_again(asked: Asked) -> None:
    assert told(written(asked, keywords_first=False)) == asked
    assert told(written(asked, keywords_first=True)) == asked
