"""The AWS CLI that the commands use, and what the doctor says of it."""

import sys
from pathlib import Path

import pytest

from operating import aws_cli
from operating.aws_cli import Aws, configured_aws, find_tested_version
from operating.doctor.account import check_command_line
from tests.rows import every

OWN = str(Path(sys.executable).parent / "aws")


def executable(path, version):
    path.write_text(f"#!/bin/sh\necho {version} Python/3 Linux/6\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@every(
    "text, version",
    [
        ("aws-cli/1.46.3", 1),
        ("aws-cli/1.45.11", None),
        ("aws-cli/2.23.0", 2),
        ("aws-cli/2.22.9", None),
        ("aws-cli/3.0.0", None),
        ("something else", None),
    ],
)
def test_only_releases_that_were_tested_count(text, version):
    assert find_tested_version(text) == version


@pytest.mark.parametrize(
    ("installed", "is_used"), [("aws-cli/2.31.4", True), ("aws-cli/1.46.3", False), ("", False)]
)
def test_version_2_is_used_where_it_is_installed(monkeypatch, tmp_path, installed, *, is_used):
    path = executable(tmp_path / "aws", installed) if installed else ""
    monkeypatch.delenv("AWS_CLI", raising=False)
    monkeypatch.setenv("REGION", "eu-central-1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert configured_aws().command == (path if is_used else OWN)


def test_a_chosen_cli_is_used_whatever_is_installed(monkeypatch, tmp_path):
    executable(tmp_path / "aws", "aws-cli/2.31.4")
    chosen = executable(tmp_path / "older", "aws-cli/1.46.3")
    monkeypatch.setenv("AWS_CLI", chosen)
    monkeypatch.setenv("REGION", "eu-central-1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert configured_aws().command == chosen


@every(
    "text, finding",
    [
        ("aws-cli/2.31.4", "ok: The AWS CLI is aws-cli/2.31.4."),
        ("aws-cli/1.46.3", "ok: The AWS CLI is aws-cli/1.46.3. Version 1 is in maintenance"),
        ("aws-cli/2.1.0", "note: The AWS CLI is aws-cli/2.1.0. Daypass was tested with"),
        ("nothing", "note: aws --version does not print a version of the AWS CLI."),
    ],
)
def test_the_doctor_says_which_one_it_is(monkeypatch, text, finding):
    monkeypatch.setattr(aws_cli, "_run_command", lambda *_: text)
    (first,) = check_command_line(Aws("eu-central-1", "aws"))
    assert f"{first.kind}: {first.text}".startswith(finding)
