"""The commands of docs/api.md run against Daypass."""

import json
import subprocess

from tests.e2e.stories import story

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


def run(started, commands, home, *, shell="sh", typed=""):
    process = subprocess.run(
        [shell, "-c", commands],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "DAYPASS": started.url},
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (process.returncode, process.stderr) == (0, "")
    return process.stdout


def enrol(started, home, member):
    """Enrol a program of this member's with the page's first block."""
    code = started.api("lena")("POST", f"/v1/members/{member}/enrolment")["code"]
    enrolment, *_ = story("docs/api.md")
    assert run(started, enrolment.commands, home, typed=f"{code}\n") == ""


def test_a_program_enrols_alone_and_lists_what_its_member_may_enter(started, tmp_path):
    enrol(started, tmp_path, "bob")
    file = tmp_path / ".daypass" / "authorization"
    assert file.read_text().startswith("Authorization: Bearer daypass_bob_")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    _, first, _ = story("docs/api.md")
    listed = json.loads(run(started, first.commands, tmp_path))["access"]
    assert {row["engagement"] for row in listed} == {"globex"}


def test_the_command_that_imports_a_profile_runs_in_each_shell(started, tmp_path):
    enrol(started, tmp_path, "lena")
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(CONFIG)
    *_, step = story("docs/api.md")
    for shell, profile, account in (
        ("sh", "initech", "765432109876"),
        ("bash", "hooli", "543210987654"),
    ):
        commands = step.commands.replace("initech-prod", f"initech-{shell}")
        commands = commands.replace('"profile": "initech"', f'"profile": "{profile}"')
        imported = json.loads(run(started, commands, tmp_path, shell=shell))
        assert imported["engagement"]["id"] == f"initech-{shell}"
        assert imported["role"]["name"] == "readonly"
        assert imported["engagement"]["account_id"] == account
