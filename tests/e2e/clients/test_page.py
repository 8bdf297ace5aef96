"""The programs and commands of docs/clients.md list the client's buckets, from a profile."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.e2e.clients.machine import BUCKETS
from tests.e2e.clients.sdks import build_with_go, find_node, write_javascript
from tests.e2e.stories import blocks, in_a_shell, same_on_every_run, story

PAGE = "docs/clients.md"


def program(language):
    """Return the page's only block in this language."""
    (text,) = [text for kind, text in blocks(PAGE) if kind == language]
    return text


def test_each_program_lists_the_buckets(machine, tmp_path):
    (tmp_path / "main.go").write_text(program("go"))
    for command in (
        [sys.executable, "-c", program("python")],
        [build_with_go(tmp_path, tmp_path / "list_buckets", "aws/aws-sdk-go-v2")],
        [find_node(), write_javascript(program("javascript"), tmp_path)],
    ):
        output = machine.run(*command)
        assert (output.code, output.out.splitlines()) == (0, BUCKETS), output.err


def test_the_commands_show_what_the_page_says(started, aws_cli, tmp_path):
    steps = story(PAGE)
    outputs = in_a_shell(started, [step.commands for step in steps], tmp_path, aws_cli)
    assert steps
    for step, output in zip(steps, outputs, strict=True):
        assert same_on_every_run(output, datetime.now(UTC)) == same_on_every_run(step.shows)


def test_the_page_says_which_programs_were_not_run():
    text = (Path(__file__).parents[3] / PAGE).read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if "| not run yet" in line]
    assert "Java" in row
    assert "Terraform" in row
