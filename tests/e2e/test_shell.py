"""The commands of `local/shell.sh` work, or say why they do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local.sample_data import build_shell_lines
from tests.running import ROOT, Started


def run(started: Started, commands: str) -> tuple[int, str, str]:
    """Return the exit status, stdout and stderr."""
    process = subprocess.run(
        ["sh", "-c", f"{started.paste}\n{commands}"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return process.returncode, process.stdout, process.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("acme-prod/ readonly", "Daypass: This route does not exist."),
        ("acme-prod '\"'", "Daypass: "),
        (
            "globex readonly",
            "Daypass: This engagement does not exist, or you have no access to it.",
        ),
    ],
)
def test_a_refusal_shows_the_reason_and_unsets_the_credentials(
    started: Started, arguments: str, sentence: str
) -> None:
    print_status = 'echo "$? ${AWS_ACCESS_KEY_ID-none}"'
    _, printed, errors = run(
        started, f"export AWS_ACCESS_KEY_ID=old; enter $ALICE {arguments}; {print_status}"
    )
    assert printed == "1 none\n"
    assert errors.startswith(sentence)
    assert errors.count("\n") == 1


def test_the_shell_uses_the_tools_of_another_virtual_environment(
    started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with `make run VENV=…`: the lines to paste name it, and the commands run with it."""
    other_venv = tmp_path / "it's another"
    (other_venv / "bin").mkdir(parents=True)
    (other_venv / "bin" / "python3").write_text("#!/bin/sh\necho another\n")
    (other_venv / "bin" / "python3").chmod(0o755)
    monkeypatch.setattr(sys, "prefix", str(other_venv))

    lines = build_shell_lines(started.url, started.aws, started.tokens)

    other = Started("\n".join(lines), started.url, started.aws, started.tokens)
    assert run(other, "command -v python3; python3") == (
        0,
        f"{other_venv}/bin/python3\nanother\n",
        "",
    )


def test_the_lines_to_paste_name_only_a_virtual_environment_that_is_not_the_default(
    started: Started,
) -> None:
    assert ("VENV=" in started.paste) == (Path(sys.prefix) != ROOT / ".venv")
    assert run(started, "command -v python3") == (0, f"{sys.prefix}/bin/python3\n", "")


@pytest.mark.parametrize("arguments", ["", "$ALICE", "$ALICE acme-prod", "$ALICE a b c"])
def test_enter_with_too_few_or_too_many_arguments_prints_its_usage(
    started: Started, arguments: str
) -> None:
    _, printed, errors = run(started, f'enter {arguments}; echo "$? ${{AWS_ACCESS_KEY_ID-none}}"')

    assert printed == "1 none\n"
    assert errors == (
        "Daypass: enter needs a token, an engagement and a role."
        " For example: enter $ALICE acme-prod readonly\n"
    )


@pytest.mark.parametrize(
    ("answer", "names", "shown"),
    [
        ('{"a": {"b": 1}}', "a b", (0, "1\n", "")),
        ('{"detail": "Not so."}', "a", (1, "", "Daypass: Not so.\n")),
        ('{"a": 1}', "b", (1, "", "The response has no field b.\n")),
        ('{"a": 1}', "a b", (1, "", "The response has no field b.\n")),
        ("[]", "a", (1, "", "The response has no field a.\n")),
        ("", "a", (1, "", "Daypass: The response is not JSON: it is empty\n")),
    ],
)
def test_field_prints_the_field_or_says_why_it_cannot(
    started: Started, answer: str, names: str, shown: tuple[int, str, str]
) -> None:
    assert run(started, f"printf '%s' '{answer}' | field {names}") == shown
