"""The commands of docs/api.md run against Daypass."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.stories import story
from tests.running import Started

CONFIG = """\
[profile default]
region = eu-central-1

[profile initech]
role_arn = arn:aws:iam::765432109876:role/Consultants
external_id = initech-7f3a91c4
source_profile = default

[profile hooli]
role_arn = arn:aws:iam::543210987654:role/Auditors
external_id = hooli-1
source_profile = default
"""


def home(folder: Path, started: Started, member: str) -> Path:
    """Write the files that the commands read, as this member has them, into a home directory."""
    for name, text in (
        (".daypass/address", started.url),
        (".daypass/authorization", f"Authorization: Bearer {started.tokens[member]}"),
        (".aws/config", CONFIG),
    ):
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{text}\n")
    return folder


def run(shell: str, commands: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shell, "-c", commands],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_first_request_lists_the_members_engagements(started: Started, tmp_path: Path) -> None:
    first, _ = story("docs/api.md")

    process = run("sh", first.commands, home(tmp_path, started, member="bob"))

    assert (process.returncode, process.stderr) == (0, "")
    assert [engagement["id"] for engagement in json.loads(process.stdout)["engagements"]] == [
        "globex"
    ]


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_command_that_imports_a_profile_runs_unchanged(
    started: Started, tmp_path: Path, shell: str
) -> None:
    _, step = story("docs/api.md")
    commands = step.commands.replace("initech-prod", f"initech-{shell}")
    commands = commands.replace('"profile": "initech"', '"profile": "hooli"', shell == "bash")
    process = run(shell, commands, home(tmp_path, started, member="lena"))

    assert (process.returncode, process.stderr) == (0, "")
    imported = json.loads(process.stdout)
    assert imported["engagement"]["id"] == f"initech-{shell}"
    assert imported["role"]["name"] == "readonly"
    account = {"sh": "765432109876", "bash": "543210987654"}[shell]
    assert imported["engagement"]["account_id"] == account
