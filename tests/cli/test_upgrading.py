"""`daypass upgrade` replaces the one-file command, whole or not at all."""

import subprocess
import sys
from hashlib import sha256

import pytest

from chalicelib.entrypoints.http.about import zipapp
from tests.cli.scripted_broker import answer_with

OLD = zipapp()
NEW = OLD + b"\0"  # a zip may be followed by a byte: Python reads it from its end


def serve(broker, content, checksum=None, media="application/zip"):
    """Let the broker serve this command, and this checksum in place of its own."""
    broker.answers["/cli"] = answer_with(content, Content_Type=media)
    text = f"{checksum or sha256(content).hexdigest()}  cli\n"
    broker.answers["/cli.sha256"] = answer_with(text, Content_Type="text/plain")


@pytest.fixture
def command(machine):
    path = machine.home / "bin" / "daypass"
    path.parent.mkdir()
    path.write_bytes(OLD)
    path.chmod(0o755)
    return path


def run(machine, command, *words):
    environment = {k: v for k, v in machine.environment.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, command, "upgrade", *words], env=environment, cwd=machine.home,
        capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_another_command_takes_its_place(machine, broker, command):
    serve(broker, NEW)
    output = run(machine, command, "--yes")
    assert (output.returncode, command.read_bytes()) == (0, NEW), output
    assert command.stat().st_mode & 0o777 == 0o755
    assert f"This replaces {command}" in output.stderr
    assert "is up to date" in run(machine, command).stdout
    assert not any("Authorization" in headers for _, _, headers, _ in broker.requests)


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        (NEW, {"checksum": "0" * 64}, 5),  # damaged on the way
        (b"<html>", {"media": "text/html"}, 5),  # another server
        (NEW, {}, 2),  # no one agrees
    ],
)
def test_otherwise_it_stays_as_it_is(machine, broker, command, content, options, code):
    serve(broker, content, **options)
    output = run(machine, command, *(["--yes"] if code == 5 else []))
    assert (output.returncode, command.read_bytes()) == (code, OLD), output
    assert "Traceback" not in output.stderr


@pytest.mark.parametrize("checksum", [" ", "<html>", "0" * 63])
def test_without_a_checksum_nothing_is_downloaded(machine, broker, command, checksum):
    serve(broker, NEW, checksum)
    output = run(machine, command, "--yes")
    assert (output.returncode, command.read_bytes()) == (5, OLD), output
    assert "does not match this version of daypass (a checksum)" in output.stderr
    assert "/cli" not in [path for _, path, *_ in broker.requests]


def test_a_command_of_a_package_manager_names_that(machine):
    assert "uv tool upgrade daypass" in machine.fails(2, "upgrade", "--yes")


def test_a_file_of_homebrew_stays_as_it_is(machine, command):
    cellar = machine.home / "Cellar" / "daypass"
    cellar.parent.mkdir()
    command.rename(cellar)
    output = run(machine, cellar, "--yes")
    assert (output.returncode, cellar.read_bytes()) == (2, OLD)
    assert "Upgrade it with brew or apt" in output.stderr
