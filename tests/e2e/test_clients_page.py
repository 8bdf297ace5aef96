"""The programs and commands of docs/clients.md list the client's buckets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.stories import blocks, in_a_shell, same_on_every_run, story
from tests.running import Started

PAGE = "docs/clients.md"
BUCKETS = "acme-invoices-2026\nacme-website-assets\n"


def program(language: str) -> str:
    """Return the page's only block in this language."""
    (text,) = [text for kind, text in blocks(PAGE) if kind == language]
    return text


@pytest.fixture(scope="module")
def shown(
    started: Started, aws_cli: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Return the output of the page's commands and of its program for Python, run as Alice."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "list_buckets.py").write_text(program("python"))
    run_python = f"{sys.executable} {folder}/list_buckets.py"
    commands = [step.commands for step in story(PAGE)]
    outputs = in_a_shell(started, [*commands, run_python], folder, aws_cli)
    return dict(zip([*commands, "python"], outputs, strict=True))


def test_the_commands_show_what_the_page_says(shown: dict[str, str]) -> None:
    assert story(PAGE)
    for step in story(PAGE):
        assert same_on_every_run(shown[step.commands]) == same_on_every_run(step.shows)


def test_the_program_for_python_lists_the_buckets(shown: dict[str, str]) -> None:
    assert shown["python"] == BUCKETS
