"""Completion scripts are valid in their shells, and complete commands, options and targets."""

import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def script(machine):
    """Return a function that puts `daypass` on the PATH and a shell's script into the home."""
    for name in ("ls", "requests", "engagements", "members"):
        machine.type(name)
    folder = machine.home / "bin"
    folder.mkdir()
    command = folder / "daypass"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m daypass "$@"\n')
    command.chmod(0o700)
    machine.variables["PATH"] = f"{folder}:{machine.environment['PATH']}"

    def script(shell):
        path = machine.home / "_daypass"
        path.write_text(machine.prints("completion", shell))
        return path

    return script


def run(machine, shell, *arguments, stdin=""):
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    output = subprocess.run(
        [path, *arguments], input=stdin, env=machine.environment, cwd=machine.home,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (output.returncode, output.stderr) == (0, ""), output
    return output.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_valid(machine, script, shell):
    run(machine, shell, "-n", script(shell))


COMPLETE = """
source ./_daypass
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_daypass
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("daypass gr", ["grant"]),
        ("daypass creds acme-prod/r", ["acme-prod/readonly"]),
        ("daypass creds --re", ["--reason"]),
        ("daypass use acme", ["acme-prod/deploy", "acme-prod/readonly"]),
        ("daypass console --ch", ["--chrome-profile"]),
        ("daypass grant acme-prod/r", []),
        ("daypass approve b", ["bob.00d9o4r5k3f81c2q"]),
        ("daypass withdraw --b", ["--broker"]),
        ("daypass request acme-prod/d", ["acme-prod/deploy"]),
        ("daypass grant bob ac", ["acme-prod"]),
        ("daypass invite b", ["bob"]),
        ("daypass who b", ["bob"]),
        ("daypass invite x --kind l", ["lead"]),
        ("daypass revoke me", ["member"]),
        ("daypass revoke role acme-prod/d", ["acme-prod/deploy"]),
        ("daypass nonsense x", []),
        ("daypass complete", []),
    ],
)
def test_bash_completes(machine, script, words, completions):
    script("bash")
    output = run(machine, "bash", "--norc", stdin=COMPLETE.format(words=words))
    assert output.split() == completions


@pytest.mark.parametrize(
    ("typed", "completion"),
    [("creds acme-prod/r", "acme-prod/readonly"), ("deny b", "bob.00d9o4r5k3f81c2q")],
)
def test_fish_completes(machine, script, typed, completion):
    script("fish")
    lines = f"source ./_daypass; complete -C 'daypass {typed}'"
    assert completion in run(machine, "fish", "--no-config", "-c", lines)


def test_zsh_loads_the_script(machine, script):
    script("zsh")
    lines = "source ./_daypass; print -r -- ${_comps[daypass]}"
    assert run(machine, "zsh", "-f", "-c", lines) == "_daypass\n"


@pytest.mark.parametrize("load", ["source ./_daypass", "fpath=(. $fpath); autoload -Uz _daypass"])
def test_zsh_completes_by_the_script_and_by_a_file_of_a_package(machine, script, load):
    """A package puts the script into a folder of `fpath`, which zsh loads when it first
    completes."""
    script("zsh")
    lines = f"""
        {load}
        compadd() {{ print -rl -- $offered }}
        words=(daypass creds acme-prod/r); CURRENT=3
        _daypass
    """
    assert "acme-prod/readonly" in run(machine, "zsh", "-f", "-c", lines).splitlines()


def test_what_completion_offers_cannot_run_anything(machine):
    """bash expands the words that it is given."""
    path = machine.store / "targets.json"
    path.write_text('["$(touch${IFS}owned)", "acme-prod/readonly", "`touch owned`", 5, null]')
    path.chmod(0o600)
    offered = machine.prints("complete", "creds").splitlines()
    assert [name for name in offered if not name.startswith("--")] == ["acme-prod/readonly"]


@pytest.mark.parametrize("content", ["", "5", "{", "[[]]"])
def test_without_a_list_only_options_are_offered(machine, content):
    path = machine.store / "targets.json"
    path.write_text(content)
    path.chmod(0o600)
    output = machine.type("complete", "creds", "--reason")
    assert (output.code, output.err) == (0, "")
    assert all(line.startswith("--") for line in output.out.splitlines())
