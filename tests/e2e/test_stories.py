"""The documents' stories, typed line by line into a shell, print what the documents say."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

import pytest

from tests.running import ROOT, Started

# What differs from one run to the next: moments, names of vends, keys.
VARIES = (
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "<moment>"),
    (r"\bASIA[A-Z0-9]{16}\b", "<key>"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<request>"),
    (r"\b[0-9a-f]{16}\b", "<vend>"),
    (r"[ \t]+$", ""),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A command of the story, and what it prints."""

    command: str
    prints: str


STORIES = ("README.md", "docs/onboarding.md")


def story(document: str) -> list[Step]:
    text = (ROOT / document).read_text(encoding="utf-8")
    steps = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            first, *rest = part.splitlines()
            more = [line[2:] for line in rest if line.startswith("> ")]
            prints = [line for line in rest if not line.startswith("> ")]
            steps.append(Step("\n".join([first, *more]), "\n".join(prints)))
    return steps


def same_on_every_run(text: str) -> str:
    for pattern, name in VARIES:
        text = re.sub(pattern, name, text, flags=re.MULTILINE)
    return text.strip()


@pytest.fixture(scope="module")
def printed(started: Started) -> dict[str, list[str]]:
    """What each step of a story prints, in one shell with the lines that `make run` printed."""
    return {document: _typed(started, document) for document in STORIES}


def _typed(started: Started, document: str) -> list[str]:
    between = "---- next ----"
    steps = (f"{step.command}\necho '{between}'" for step in story(document))
    script = "\n".join([started.paste, *steps])
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""
    return done.stdout.split(f"{between}\n")[:-1]


@pytest.mark.parametrize("document", STORIES)
def test_a_story_is_not_empty(document: str) -> None:
    assert len(story(document)) >= 8


@pytest.mark.parametrize(
    ("document", "number"),
    [(document, number) for document in STORIES for number in range(len(story(document)))],
)
def test_each_step_prints_what_the_document_says(
    printed: dict[str, list[str]], document: str, number: int
) -> None:
    expected = same_on_every_run(story(document)[number].prints)
    assert same_on_every_run(printed[document][number]) == expected
