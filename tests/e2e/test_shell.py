"""What `make run` prints reads in `local/shell.sh`: its commands work, or say why they do not."""

from __future__ import annotations

import subprocess

import pytest

from tests.running import ROOT, Started


def run(started: Started, commands: str) -> tuple[int, str, str]:
    """The status, and what is printed on the two streams."""
    done = subprocess.run(
        ["sh", "-c", f"{started.paste}\n{commands}"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("acme-prod/ readonly", "Daypass: There is no such route."),
        ("acme-prod '\"'", "Daypass: "),
        ("globex readonly", "Daypass: There is no such engagement, or you are not on it."),
    ],
)
def test_who_is_refused_is_told_why_and_is_in_no_account(
    started: Started, wanted: str, sentence: str
) -> None:
    left = 'echo "$? ${AWS_ACCESS_KEY_ID-none}"'
    _, printed, said = run(started, f"export AWS_ACCESS_KEY_ID=old; enter $ALICE {wanted}; {left}")
    assert printed == "1 none\n"
    assert said.startswith(sentence)
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("answer", "names", "shown"),
    [
        ('{"a": {"b": 1}}', "a b", (0, "1\n", "")),
        ('{"detail": "Not so."}', "a", (1, "", "Daypass: Not so.\n")),
        ('{"a": 1}', "b", (1, "", "There is no field b in this answer.\n")),
        ('{"a": 1}', "a b", (1, "", "There is no field b in this answer.\n")),
        ("[]", "a", (1, "", "There is no field a in this answer.\n")),
        ("", "a", (1, "", "Daypass: This is no answer in JSON: it is empty\n")),
    ],
)
def test_a_field_is_shown_or_it_is_said_why_not(
    started: Started, answer: str, names: str, shown: tuple[int, str, str]
) -> None:
    assert run(started, f"printf '%s' '{answer}' | field {names}") == shown
