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


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_command_that_imports_a_profile_runs_unchanged(
    started: Started, tmp_path: Path, shell: str
) -> None:
    (step,) = story("docs/api.md")
    for name, text in (
        (".daypass/address", started.url),
        (".daypass/authorization", f"Authorization: Bearer {started.tokens['lena']}"),
        (".aws/config", CONFIG),
    ):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{text}\n")

    commands = step.commands.replace("initech-prod", f"initech-{shell}")
    commands = commands.replace('"profile": "initech"', '"profile": "hooli"', shell == "bash")
    done = subprocess.run(
        [shell, "-c", commands],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["engagement"]["id"] == f"initech-{shell}"
    assert answer["role"]["name"] == "readonly"
    account = {"sh": "765432109876", "bash": "543210987654"}[shell]
    assert answer["engagement"]["account_id"] == account
