"""The README's story, typed line by line into a shell, prints what the README says."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

import pytest

from tests.e2e.conftest import ROOT, Started

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


def story() -> list[Step]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
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
def printed(started: Started) -> list[str]:
    """What each step prints, in one shell with the lines that `make run` printed."""
    between = "---- next ----"
    script = "\n".join([started.paste, *(f"{step.command}\necho '{between}'" for step in story())])
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""
    return done.stdout.split(f"{between}\n")[:-1]


def test_the_story_is_not_empty() -> None:
    assert len(story()) >= 8


@pytest.mark.parametrize("number", range(len(story())))
def test_each_step_prints_what_the_readme_says(printed: list[str], number: int) -> None:
    assert same_on_every_run(printed[number]) == same_on_every_run(story()[number].prints)
