"""The commands of docs/leading.md, typed by a new lead, print what the page shows."""

import re
from datetime import UTC, datetime

import pytest

from tests.e2e.pages.terminal_picture import PICTURE, draw
from tests.e2e.stories import every_step, in_a_shell, same_on_every_run, story
from tests.running import read_file

PAGE = "docs/leading.md"
QUESTIONS = ("who", "access", "why", "trail", "report")
"""The five questions of the day, by the commands that answer them."""
BEFORE = """\
bob daypass exec globex/readonly -- true
unset DAYPASS_HOME AWS_CONFIG_FILE"""
"""Bob has a session. The terminal is that of a lead who has not logged in yet."""


@pytest.fixture(scope="module")
def shown(started, aws_cli, tmp_path_factory):
    """Return the output of each step."""
    lead = started.api("lena")("POST", "/v1/members", id="mia", name="Mia Moreau", kind="lead")
    return in_a_shell(  # noqa: S604 - the name of a shell
        started,
        [step.commands for step in story(PAGE)],
        tmp_path_factory.mktemp("home"),
        aws_cli,
        shell="sh",
        typed=f"{lead['enrolment']['code']}\n",
        before=BEFORE,
    )


@pytest.mark.parametrize("number", [number for _, number in every_step([PAGE])])
def test_each_step_shows_what_the_page_says(shown, number):
    expected = same_on_every_run(story(PAGE)[number].shows)
    assert same_on_every_run(shown[number], datetime.now(UTC)) == expected


def test_the_picture_shows_the_page():
    assert read_file(PICTURE) == draw(), "run: make picture"
    page = read_file(f"{PAGE}")
    assert f'src="pictures/{PICTURE.name}"' in page


def test_each_question_of_the_day_is_at_most_60_characters():
    section = read_file(f"{PAGE}").partition("## The questions")[2]
    typed = re.findall(r"^```sh\n(daypass (\w+).*)$", section.partition("\n## ")[0], re.MULTILINE)
    assert [command for _, command in typed] == list(QUESTIONS)
    assert max(len(line) for line, _ in typed) <= 60


def test_the_page_needs_nothing_of_make_run():
    commands = " ".join(step.commands for step in story(PAGE))
    assert not re.search(r"\b(lena|alice|ada|local)\b", commands)
