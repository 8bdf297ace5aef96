"""The command works however it was installed, on each Python, and as another user.

The installers fetch setuptools from PyPI, to build the package.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.e2e.clients.machine import BUCKETS, PROFILE, listing
from tests.e2e.clients.sdks import CLIENTS, PROGRAMS, debian_aws_cli
from tests.running import ROOT

BOTO3 = ["env", f"AWS_PROFILE={PROFILE}", sys.executable, str(PROGRAMS / "list_buckets.py")]
NOBODY = 65534


def find_pythons():
    """Return the oldest Python that the command supports and some later ones, if they are here."""
    pythons = {}
    for version in ("3.9", "3.11", "3.13"):
        name = f"python{version}"
        of_pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/{name}"))
        paths = [path for path in (*of_pyenv, Path("/usr/bin", name)) if path.exists()]
        if paths:
            pythons[version] = paths[0]
    return pythons


PYTHONS = find_pythons()


def copy_sources(folder):
    """Copy `cli/`, because setuptools writes beside the sources."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    return Path(shutil.copytree(ROOT / "cli", folder / "cli", ignore=ignored))


def install_with_pip(python, folder):
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    pip = [folder / "venv" / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, copy_sources(folder)], check=True)
    return folder / "venv" / "bin" / "daypass"


def install_with_uv(folder):
    uv = shutil.which("uv", path=f"{ROOT}/build/uv/bin:{os.environ['PATH']}")
    if uv is None:
        pytest.skip("uv is not installed (.ci/run installs it).")
    variables = {
        "UV_TOOL_DIR": str(folder / "tools"),
        "UV_TOOL_BIN_DIR": str(folder / "bin"),
        "UV_PYTHON": sys.executable,
    }
    command = [uv, "tool", "install", "--quiet", copy_sources(folder)]
    subprocess.run(command, env=os.environ | variables, check=True)
    return folder / "bin" / "daypass"


def list_with_boto3(machine):
    with listing(machine, BOTO3) as program:
        assert program.buckets() == BUCKETS, program.errors
    assert len(machine.sessions()) == 1


@pytest.mark.parametrize("version", PYTHONS)
def test_pip_installs_a_command_that_works(new_machine, tmp_path, version):
    machine = new_machine(install_with_pip(PYTHONS[version], tmp_path))
    assert f"(Python {version}." in machine.type("--version").out
    list_with_boto3(machine)


def test_uv_installs_a_command_that_works(new_machine, tmp_path):
    list_with_boto3(new_machine(install_with_uv(tmp_path)))


@pytest.mark.parametrize("version", PYTHONS)
def test_the_downloaded_command_works(new_machine, downloaded, tmp_path, version):
    """Its first line asks for `python3`, which is this version here."""
    shutil.copy(downloaded, tmp_path / "daypass")
    (tmp_path / "python3").symlink_to(PYTHONS[version])
    machine = new_machine(tmp_path / "daypass")
    assert f"(Python {version}." in machine.type("--version").out
    list_with_boto3(machine)


@pytest.fixture
def folder_of_nobody():
    """Yield a folder of another user, who cannot read those of pytest."""
    if os.geteuid() != 0:
        pytest.skip("Only root can become another user (.ci/run is root).")
    with tempfile.TemporaryDirectory(prefix="daypass-nobody-") as path:
        os.chown(path, NOBODY, NOBODY)
        yield Path(path)


def test_another_user_than_root_uses_it(new_machine, downloaded, folder_of_nobody):
    shutil.copy(downloaded, folder_of_nobody / "daypass")
    user = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    machine = new_machine(folder_of_nobody / "daypass", home=folder_of_nobody, user=user)
    listed = machine.run(debian_aws_cli(), "s3", "ls", "--profile", PROFILE)
    assert [line.split()[-1] for line in listed.out.splitlines()] == BUCKETS, listed.err
    for path in folder_of_nobody.rglob("*"):
        assert path.stat().st_uid == NOBODY or path.name == "daypass", path


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_path_with_blanks_and_quotes_works_in_a_profile(
    new_machine, downloaded, tmp_path, client, programs
):
    folder = tmp_path / 'Maria\'s "own" programs #1'
    folder.mkdir()
    shutil.copy(downloaded, folder / "daypass")
    machine = new_machine(folder / "daypass")
    command = ["env", f"AWS_PROFILE={PROFILE}", *programs.command(client)]
    with listing(machine, command) as program:
        assert program.buckets() == BUCKETS, program.errors
